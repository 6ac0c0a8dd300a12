import { event } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { amountMinor, currency, id, instant, oneOf, open, region } from '../shapes/fields.ts'

const about = { order_id: id('ord'), user_id: id('usr') }
const line = open({
  line_id: id('lin'),
  product_id: id('prd'),
  title: Type.String(),
  quantity: Type.Integer(),
  amount: amountMinor,
  list_amount: amountMinor,
  tax_code: Type.String(),
  developer_id: Type.String(),
})
const orderType = oneOf('purchase')

export const OrderCreated = event({
  type: 'order.created',
  source: 'orders',
  key: 'order_id',
  summary: 'An order was placed and waits for its payment.',
  data: open({
    ...about,
    order_type: orderType,
    channel: oneOf('online', 'pos'),
    total_amount: amountMinor,
    currency,
    items: Type.Array(line),
    expires_at: instant,
  }),
})

export const OrderPaymentInitiationRequested = event({
  type: 'order.payment.initiation.requested.v1',
  source: 'orders',
  key: 'order_id',
  summary: 'What the receipt of this order will list, and how the buyer means to pay.',
  data: open({
    ...about,
    total_amount: amountMinor,
    currency,
    items_for_receipt: Type.Array(line),
    preferred_payment_method_id: Type.Union([Type.String(), Type.Null()]),
  }),
})

export const OrderPaymentPending = event({
  type: 'order.payment_pending',
  source: 'orders',
  key: 'order_id',
  summary: 'The order’s payment exists and waits for the buyer.',
  data: open({ ...about, payment_intent_id: id('pay'), amount: amountMinor, currency }),
})

export const OrderCompleted = event({
  type: 'order.completed',
  source: 'orders',
  key: 'order_id',
  summary: 'The order is paid.',
  data: open({
    ...about,
    order_type: orderType,
    total_amount: amountMinor,
    currency,
    payment_id: id('pay'),
    items: Type.Array(line),
    completed_at: instant,
    /** Where the buyer buys; absent in events before it was noted. */
    region: Type.Optional(region),
    /** Who took the money; absent in events before it was noted. */
    provider: Type.Optional(Type.String()),
  }),
})

export const OrderProcessingCompleted = event({
  type: 'order.processing.completed.v1',
  source: 'orders',
  key: 'order_id',
  summary: 'The order is paid; what was bought may be delivered.',
  data: open({
    ...about,
    items: Type.Array(line),
    total_amount: amountMinor,
    currency,
    completed_at: instant,
  }),
})

export const OrderFulfilled = event({
  type: 'order.fulfilled',
  source: 'orders',
  key: 'order_id',
  summary: 'Everything that was bought is delivered.',
  data: open({
    ...about,
    fulfillment_details: Type.Array(open({ line_id: id('lin'), delivered_at: instant })),
  }),
})

export const OrderCanceled = event({
  type: 'order.canceled',
  source: 'orders',
  key: 'order_id',
  summary: 'The order ended without a payment, for a reason.',
  data: open({ ...about, reason: Type.String(), refund_amount: amountMinor, currency }),
})

export const OrderExpired = event({
  type: 'order.expired',
  source: 'orders',
  key: 'order_id',
  summary: 'The order was not paid in time.',
  data: open({ ...about, expired_at: instant }),
})

export const OrderUpdated = event({
  type: 'order.updated',
  source: 'orders',
  key: 'order_id',
  summary: 'An unpaid order was changed by its buyer.',
  data: open({
    ...about,
    changes: open({ total_amount: amountMinor, removed_line_ids: Type.Array(id('lin')) }),
    updated_fields: Type.Array(Type.String()),
    total_amount: amountMinor,
    currency,
    items: Type.Array(line),
    version: Type.Integer(),
  }),
})
