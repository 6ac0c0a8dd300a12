import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { paymentMethodHint } from '../orders/http.ts'
import { orderProblems } from '../orders/problems.ts'
import { amountMinor, closed, currency, httpUrl, id, instant, oneOf } from '../shapes/fields.ts'
import { paymentProblems } from './problems.ts'

/** What a payment is shown as: once money went back, how much of it. */
export const paymentStatus = oneOf(
  'created',
  'pending_psp_redirect',
  'processing',
  'authorized',
  'completed',
  'failed',
  'canceled',
  'partially_refunded',
  'refunded',
)
const sdkData = closed({ qr: Type.String({ maxLength: 4096 }) })

export const Payment = closed({
  transaction_id: id('pay'),
  order_id: id('ord'),
  user_id: id('usr'),
  status: paymentStatus,
  amount: amountMinor,
  currency,
  refunded_amount: amountMinor,
  provider: Type.Optional(Type.String()),
  method: Type.Optional(Type.String()),
  redirect_url: Type.Optional(Type.String()),
  psp_sdk_data: Type.Optional(sdkData),
  failure_reason: Type.Optional(Type.String()),
  late: Type.Boolean(),
  created_at: instant,
  completed_at: Type.Optional(instant),
})

export const initiatePayment = route({
  name: 'initiatePayment',
  service: 'payments',
  method: 'POST',
  path: '/payments/transactions/initiate',
  summary: 'Starts paying an order; answers where the buyer confirms.',
  access: ['customer'],
  idempotent: true,
  body: closed({
    order_id: id('ord'),
    payment_method_type_hint: paymentMethodHint,
    success_url: httpUrl,
    fail_url: httpUrl,
    /** `qr`: the buyer confirms in the bank's app by a code that is shown here. */
    confirmation: Type.Optional(oneOf('redirect', 'qr')),
    /** Of `saved`: which of the buyer's methods. */
    payment_method_id: Type.Optional(id('pmt')),
    /** The buyer agrees that the method is kept for later payments. */
    save_payment_method: Type.Optional(Type.Boolean()),
  }),
  replies: {
    201: closed({
      transaction_id: id('pay'),
      status: paymentStatus,
      redirect_url: Type.Optional(Type.String()),
      psp_sdk_data: Type.Optional(sdkData),
      failure_reason: Type.Optional(Type.String()),
    }),
  },
  problems: [
    orderProblems.unknown_order,
    paymentProblems.order_not_payable,
    paymentProblems.order_already_paid,
    paymentProblems.payment_in_progress,
    paymentProblems.method_not_supported,
    paymentProblems.payment_method_required,
    paymentProblems.unknown_payment_method,
    paymentProblems.provider_refused,
  ],
})

export const getPayment = route({
  name: 'getPayment',
  service: 'payments',
  method: 'GET',
  path: '/payments/transactions/:transaction_id',
  summary: 'One of the caller’s payments.',
  access: ['customer', 'operator'],
  params: closed({ transaction_id: id('pay') }),
  replies: { 200: Payment },
  problems: [paymentProblems.unknown_payment],
})

/** So that a page that was left finds the attempt under way, and a buyer sees how the ones before ended. */
export const listPayments = route({
  name: 'listPayments',
  service: 'payments',
  method: 'GET',
  path: '/payments/transactions',
  summary: 'The caller’s attempts to pay an order, newest first.',
  access: ['customer'],
  query: closed({ order_id: id('ord') }),
  replies: { 200: closed({ items: Type.Array(Payment) }) },
})

/** No more of a card than its last four digits is ever known here. */
export const SavedMethod = closed({
  payment_method_id: id('pmt'),
  type: Type.String(),
  title: Type.String(),
  created_at: instant,
})

export const listPaymentMethods = route({
  name: 'listPaymentMethods',
  service: 'payments',
  method: 'GET',
  path: '/payments/methods',
  summary: 'The caller’s saved payment methods, newest first.',
  access: ['customer'],
  replies: { 200: closed({ items: Type.Array(SavedMethod) }) },
})

export const removePaymentMethod = route({
  name: 'removePaymentMethod',
  service: 'payments',
  method: 'DELETE',
  path: '/payments/methods/:payment_method_id',
  summary: 'Forgets a saved payment method.',
  access: ['customer'],
  params: closed({ payment_method_id: id('pmt') }),
  replies: { 204: Type.Null() },
  problems: [paymentProblems.unknown_payment_method, paymentProblems.payment_method_in_use],
})

/** Answers 200 as soon as the body is stored; what it says is then asked of the provider. */
export const receiveWebhook = route({
  name: 'receiveWebhook',
  service: 'payments',
  method: 'POST',
  path: '/webhooks/:provider',
  summary: 'A payment provider’s notification.',
  access: 'public',
  raw: true,
  caller: 'PSP',
  params: closed({ provider: Type.String({ pattern: '^[a-z0-9_-]{1,30}$' }) }),
  body: Type.Unknown(),
  replies: { 200: Type.String() },
  problems: [paymentProblems.unknown_provider, paymentProblems.webhook_invalid],
})

/** For the order that is about to end: what its own news may not have told yet. */
export const findUnsettled = route({
  name: 'findUnsettled',
  service: 'payments',
  method: 'GET',
  path: '/internal/payments/unsettled',
  summary: 'Payments of orders that were paid in time or still may be, for other services.',
  access: 'internal',
  query: closed({ order_id: Type.Array(id('ord'), { minItems: 1, maxItems: 100 }) }),
  replies: {
    200: closed({ items: Type.Array(closed({ order_id: id('ord'), transaction_id: id('pay') })) }),
  },
})

/**
 * For the order that its buyer gives up: what was begun is looked at at the provider, and money that it tells of has taken effect when
 * this answers; a decline is left to the planned looks. Named is what still speaks for the order: its money is there, the provider
 * decides, or did not answer.
 */
export const lookNow = route({
  name: 'lookNow',
  service: 'payments',
  method: 'POST',
  path: '/internal/payments/looks',
  summary:
    'Payments for which an order must not end now, after a look at the provider, for other services.',
  access: 'internal',
  body: closed({ order_id: id('ord'), user_id: id('usr') }),
  replies: {
    200: closed({
      items: Type.Array(
        closed({ transaction_id: id('pay'), standing: oneOf('paid', 'deciding', 'unanswered') }),
      ),
    }),
  },
})
