import { event } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { amountMinor, currency, id, instant, oneOf, open } from '../shapes/fields.ts'
import { paymentStatus } from './http.ts'

const about = { order_id: id('ord'), user_id: id('usr'), amount: amountMinor, currency }
/** By whom and how it is paid; absent until the buyer has chosen. */
const way = { provider: Type.Optional(Type.String()), method: Type.Optional(Type.String()) }

export const PaymentIntentCreated = event({
  type: 'payment.intent.created',
  source: 'payments',
  key: 'order_id',
  summary: 'An order has a payment that can be started.',
  data: open({ payment_intent_id: id('pay'), ...about }),
})

export const PaymentStatusUpdated = event({
  type: 'payment.transaction.status.updated.v1',
  source: 'payments',
  key: 'order_id',
  summary: 'A payment changed its status.',
  data: open({
    transaction_id: id('pay'),
    ...about,
    ...way,
    old_status: paymentStatus,
    new_status: paymentStatus,
    updated_at: instant,
    /** The money came for nothing that still waits for it: it goes back, and whoever hears of it delivers nothing. */
    late: Type.Boolean(),
  }),
})

export const PaymentCompleted = event({
  type: 'payment.completed',
  source: 'payments',
  key: 'order_id',
  summary: 'The buyer’s money has arrived.',
  data: open({ payment_intent_id: id('pay'), ...about, ...way, late: Type.Boolean() }),
})

export const PaymentFailed = event({
  type: 'payment.failed',
  source: 'payments',
  key: 'order_id',
  summary: 'An attempt to pay ended without money.',
  data: open({ payment_intent_id: id('pay'), ...about, error: Type.String() }),
})

export const PaymentRefunded = event({
  type: 'payment.refunded',
  source: 'payments',
  key: 'order_id',
  summary: 'Money of a payment went back to the buyer.',
  data: open({
    payment_id: id('pay'),
    refund_id: id('rfd'),
    ...about,
    reason: Type.String(),
    destination: oneOf('original'),
    /** Nobody asked for it: the money had come too late. */
    late: Type.Boolean(),
  }),
})
