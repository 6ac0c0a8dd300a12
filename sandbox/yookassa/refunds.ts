// Refunds: pending → succeeded | canceled. A pending refund reserves its sum on the payment, so that refunds running at the
// same time never give back more than was captured.

import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { fieldsOf, optional, textOf } from '../input/fields.ts'
import type { Decision, Desk } from './engine/desk.ts'
import { invalid, notFound, notSupported } from './errors.ts'
import { type Amount, amountObject, amountOf } from './input/amount.ts'
import { checkReceipt } from './input/receipt.ts'
import { paymentOf } from './payments.ts'
import type { Change, JsonObject, PaymentRecord, RefundRecord } from './store.ts'

export function refundOf(desk: Desk, id: string): RefundRecord {
  const refund = desk.books.refunds.get(id)
  if (refund === undefined) throw notFound('refund_id', `Refund ${id} does not exist`)
  return refund
}

export const refundObject = (refund: RefundRecord): JsonObject => ({
  id: refund.id,
  payment_id: refund.paymentId,
  status: refund.status,
  created_at: isoInstant(refund.createdAt),
  amount: amountObject(refund.amountMinor, refund.currency),
  description: refund.description,
  receipt_registration: refund.withReceipt ? refund.status : undefined,
  cancellation_details: refund.cancellation,
})

/** The payment with this refund counted as it stands after `refund` was decided (or left pending). */
function counted(payment: PaymentRecord, refund: RefundRecord): PaymentRecord {
  const { amountMinor } = refund
  const reserved = { ...payment, refundingMinor: payment.refundingMinor + amountMinor }
  return refund.status === 'pending' ? reserved : released(reserved, refund)
}

const released = (payment: PaymentRecord, refund: RefundRecord): PaymentRecord => ({
  ...payment,
  refundingMinor: payment.refundingMinor - refund.amountMinor,
  refundedMinor: payment.refundedMinor + (refund.status === 'succeeded' ? refund.amountMinor : 0),
})

/** There is no event for a canceled refund: the merchant has to ask. */
function announced(desk: Desk, refund: RefundRecord): Change[] {
  if (refund.status !== 'succeeded') return []
  const object = refundObject(refund)
  return desk.announce({ event: 'refund.succeeded', paymentId: refund.paymentId, object })
}

function checkRefundable(payment: PaymentRecord, amount: Amount): void {
  if (payment.status !== 'succeeded')
    throw invalid('payment_id', `Payment is ${payment.status}, only a succeeded one is refunded`)
  if (amount.currency !== payment.currency)
    throw invalid('amount.currency', 'Differs from the currency of the payment')
  const left = payment.capturedMinor - payment.refundedMinor - payment.refundingMinor
  if (amount.minor > left) throw invalid('amount.value', 'Exceeds what is left of the payment')
}

export function createRefund(desk: Desk, body: unknown): Decision {
  const allowed = ['payment_id', 'amount', 'description', 'receipt', 'sources', 'deal']
  const fields = fieldsOf(body, '', allowed)
  for (const name of ['sources', 'deal']) if (fields[name] !== undefined) throw notSupported(name)
  const amount = amountOf(fields.amount, 'amount')
  const paymentId = textOf(fields.payment_id, 'payment_id', { max: 36 })
  const description = optional(fields.description, (v) => textOf(v, 'description', { max: 250 }))
  if (fields.receipt !== undefined) checkReceipt(fields.receipt, 'receipt', amount)
  const payment = desk.books.payments.get(paymentId)
  if (payment === undefined) throw invalid('payment_id', `Payment ${paymentId} does not exist`)
  checkRefundable(payment, amount)

  const plan = desk.nextRefund()
  const createdAt = desk.now()
  const waiting: RefundRecord = {
    id: desk.mint.id(createdAt),
    seq: desk.books.refundOrder.length,
    paymentId,
    status: 'pending',
    createdAt,
    currency: amount.currency,
    amountMinor: amount.minor,
    withReceipt: fields.receipt !== undefined,
    description,
  }
  const refund: RefundRecord =
    plan.status === 'pending'
      ? waiting
      : plan.settleAfterMs > 0
        ? {
            ...waiting,
            settlesAt: createdAt + plan.settleAfterMs,
            planned: { ...plan, status: plan.status },
          }
        : decided(waiting, plan.status, plan.reason)
  const changes: Change[] = [
    ['payment', counted(payment, refund)],
    ['refund', refund],
  ]
  return { changes: [...changes, ...announced(desk, refund)], answer: refundObject(refund) }
}

function decided(
  refund: RefundRecord,
  status: 'succeeded' | 'canceled',
  reason: string,
): RefundRecord {
  const party = reason === 'rejected_by_payee' ? 'payment_network' : 'yoo_money'
  const cancellation = status === 'canceled' ? ({ party, reason } as const) : undefined
  return { ...refund, status, cancellation, settlesAt: undefined, planned: undefined }
}

/** Decides a pending refund. */
export function settleRefund(
  desk: Desk,
  id: string,
  result: { readonly status: 'succeeded' | 'canceled'; readonly reason: string },
): Decision {
  const refund = refundOf(desk, id)
  if (refund.status !== 'pending') throw invalid('refund_id', `Refund is ${refund.status}`)
  const next = decided(refund, result.status, result.reason)
  const changes: Change[] = [
    ['payment', released(paymentOf(desk, refund.paymentId), next)],
    ['refund', next],
  ]
  return { changes: [...changes, ...announced(desk, next)], answer: refundObject(next) }
}

/** Decides a refund whose planned time has come; `undefined` if it has not. */
export function settleDue(desk: Desk, refund: RefundRecord): Decision | undefined {
  if (refund.status !== 'pending' || refund.planned === undefined) return undefined
  if ((refund.settlesAt ?? Number.POSITIVE_INFINITY) > desk.now()) return undefined
  const { status, reason } = refund.planned
  return settleRefund(desk, refund.id, { status, reason })
}
