import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { paymentMethodHint } from '../orders/http.ts'
import { orderProblems } from '../orders/problems.ts'
import { amountMinor, closed, currency, httpUrl, id, instant, oneOf } from '../shapes/fields.ts'
import { paymentProblems } from './problems.ts'

export const paymentState = oneOf(
  'created',
  'pending_psp_redirect',
  'processing',
  'authorized',
  'completed',
  'failed',
  'canceled',
)

export const Payment = closed({
  transaction_id: id('pay'),
  order_id: id('ord'),
  user_id: id('usr'),
  status: paymentState,
  amount: amountMinor,
  currency,
  provider: Type.Optional(Type.String()),
  redirect_url: Type.Optional(Type.String()),
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
  }),
  replies: {
    201: closed({
      transaction_id: id('pay'),
      status: paymentState,
      redirect_url: Type.Optional(Type.String()),
      psp_sdk_data: Type.Optional(Type.Object({})),
    }),
  },
  problems: [
    orderProblems.unknown_order,
    paymentProblems.order_not_payable,
    paymentProblems.order_already_paid,
    paymentProblems.payment_in_progress,
    paymentProblems.method_not_supported,
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
