import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { catalogProblems } from '../catalog/problems.ts'
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
  summary: 'Places an order for a game; it waits 30 minutes for its payment.',
  access: ['customer'],
  idempotent: true,
  body: closed({
    product_id: id('prd'),
    quantity: Type.Integer(),
    selected_payment_method_hint: Type.Optional(paymentMethodHint),
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
