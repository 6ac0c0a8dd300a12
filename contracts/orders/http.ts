import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { catalogProblems } from '../catalog/problems.ts'
import { inventoryProblems } from '../inventory/problems.ts'
import { paymentProblems } from '../payments/problems.ts'
import {
  amountMinor,
  closed,
  currency,
  id,
  instant,
  oneOf,
  page,
  pageOf,
  shortText,
} from '../shapes/fields.ts'
import { orderProblems } from './problems.ts'

export const orderState = oneOf(
  'pending_payment',
  'completed',
  'fulfilled',
  'partially_refunded',
  'refunded',
  'canceled',
  'expired',
)
export const paymentMethodHint = oneOf('card', 'sbp', 'saved')

export const OrderLine = closed({
  line_id: id('lin'),
  product_id: id('prd'),
  title: shortText,
  quantity: Type.Integer({ minimum: 1 }),
  list_amount: amountMinor,
  amount: amountMinor,
  tax_code: Type.String(),
  developer_id: Type.String(),
  promotions_applied: Type.Array(
    closed({ promotion_id: Type.String(), name: shortText, discount: amountMinor }),
  ),
})

export const Order = closed({
  order_id: id('ord'),
  user_id: id('usr'),
  order_type: oneOf('purchase'),
  channel: oneOf('online', 'pos'),
  status: orderState,
  total_amount: amountMinor,
  currency,
  items: Type.Array(OrderLine),
  version: Type.Integer(),
  payment_id: Type.Optional(id('pay')),
  created_at: instant,
  expires_at: instant,
  completed_at: Type.Optional(instant),
  ended_reason: Type.Optional(Type.String()),
})

export const initiateOrder = route({
  name: 'initiateOrder',
  service: 'orders',
  method: 'POST',
  path: '/orders/initiate',
  summary: 'Places an order for a game or a cart of games; it waits 30 minutes for its payment.',
  access: ['customer'],
  idempotent: true,
  body: closed({
    product_id: Type.Optional(id('prd')),
    quantity: Type.Optional(Type.Integer()),
    /** A cart, instead of `product_id` and `quantity`. */
    items: Type.Optional(
      Type.Array(closed({ product_id: id('prd'), quantity: Type.Integer() }), {
        minItems: 1,
        maxItems: 20,
      }),
    ),
    selected_payment_method_hint: Type.Optional(paymentMethodHint),
    /** What the buyer was shown as the sum of it all: nothing is placed at another price. */
    expected_total: Type.Optional(closed({ amount: amountMinor, currency })),
  }),
  replies: {
    201: closed({
      order_id: id('ord'),
      status: Type.Literal('pending_payment'),
      total_amount: amountMinor,
      currency,
      expires_at: instant,
    }),
  },
  problems: [
    catalogProblems.unknown_product,
    catalogProblems.not_sold_in_region,
    catalogProblems.wrong_currency,
    orderProblems.quantity_not_allowed,
    orderProblems.already_owned,
    orderProblems.already_in_order,
    orderProblems.mixed_currencies,
    orderProblems.price_changed,
    inventoryProblems.sold_out,
  ],
})

export const getOrder = route({
  name: 'getOrder',
  service: 'orders',
  method: 'GET',
  path: '/orders/:order_id',
  summary: 'One of the caller’s orders.',
  access: ['customer', 'operator'],
  params: closed({ order_id: id('ord') }),
  replies: { 200: Order },
  problems: [orderProblems.unknown_order],
})

export const listOrders = route({
  name: 'listOrders',
  service: 'orders',
  method: 'GET',
  path: '/orders',
  summary: 'The caller’s orders, newest first.',
  access: ['customer'],
  query: closed(page),
  replies: { 200: pageOf(Order) },
})

export const cancelOrder = route({
  name: 'cancelOrder',
  service: 'orders',
  method: 'POST',
  path: '/orders/:order_id/cancel',
  summary: 'Cancels an order that is not paid.',
  access: ['customer'],
  idempotent: true,
  params: closed({ order_id: id('ord') }),
  replies: { 200: Order },
  problems: [
    orderProblems.unknown_order,
    orderProblems.order_ended,
    orderProblems.order_paid,
    orderProblems.order_in_payment,
    paymentProblems.provider_unavailable,
  ],
})

/** Only while nothing was asked of a provider: afterwards what is paid and what is ordered could differ. */
export const changeOrder = route({
  name: 'changeOrder',
  service: 'orders',
  method: 'PATCH',
  path: '/orders/:order_id',
  summary: 'Takes lines out of a cart whose payment has not begun.',
  access: ['customer'],
  params: closed({ order_id: id('ord') }),
  body: closed({ remove_line_ids: Type.Array(id('lin'), { minItems: 1, maxItems: 20 }) }),
  replies: { 200: Order },
  problems: [
    orderProblems.unknown_order,
    orderProblems.order_ended,
    orderProblems.order_paid,
    orderProblems.order_in_payment,
    orderProblems.unknown_line,
    orderProblems.last_line,
  ],
})

/** For services: the order as it stands, with its version. */
export const readOrder = route({
  name: 'readOrder',
  service: 'orders',
  method: 'GET',
  path: '/internal/orders/:order_id',
  summary: 'An order, for other services.',
  access: 'internal',
  params: closed({ order_id: id('ord') }),
  replies: { 200: Order },
  problems: [orderProblems.unknown_order],
})
