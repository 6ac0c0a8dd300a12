import { event } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { amountMinor, currency, id, instant, open } from '../shapes/fields.ts'
import { paymentState } from './http.ts'

const about = { order_id: id('ord'), user_id: id('usr'), amount: amountMinor, currency }

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
    old_status: paymentState,
    new_status: paymentState,
    updated_at: instant,
    late: Type.Boolean(),
  }),
})

export const PaymentCompleted = event({
  type: 'payment.completed',
  source: 'payments',
  key: 'order_id',
  summary: 'The buyer’s money has arrived.',
  data: open({ payment_intent_id: id('pay'), ...about, late: Type.Boolean() }),
})

export const PaymentFailed = event({
  type: 'payment.failed',
  source: 'payments',
  key: 'order_id',
  summary: 'An attempt to pay ended without money.',
  data: open({ payment_intent_id: id('pay'), ...about, error: Type.String() }),
})
