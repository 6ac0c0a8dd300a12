// The one way in which a provider's truth reaches a refund: the answer, the webhook's re-fetch and the poll all come here.

import { type RefundState, refundStates } from '@rialto/contracts/payments/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { nextCheckAt, REFUND_CHECKS_AFTER_MS } from '../domain/checks.ts'
import type { ProviderRefused, RefundTruth } from '../domain/provider.ts'
import {
  countersAfter,
  countersOf,
  type RefundOutcome,
  type RefundReviewReason,
  refundOutcomeOf,
  shownStatus,
} from '../domain/refund.ts'
import { publishPaymentRefunded, publishStatusUpdated } from '../events/publishers.ts'
import { lockPayment, type PaymentRow } from '../store.ts'
import {
  type RefundRow,
  selectRefundOfLocked,
  selectUnansweredRefund,
  setCounters,
  setProviderRefund,
  setRefundState,
} from '../store-refunds-and-methods.ts'
import { openReview, truthDetails } from './open-review.ts'

interface Locked {
  readonly payment: PaymentRow
  readonly refund: RefundRow
}

/** The payment first, as all writers do. */
export async function lockRefund(
  tx: Tx,
  about: { refundId: string; paymentId: string },
): Promise<Locked> {
  const payment = await tx.one(lockPayment(about.paymentId))
  return { payment, refund: await tx.one(selectRefundOfLocked(about.refundId)) }
}

interface Settled {
  readonly to: RefundState
  readonly error: string | null
  readonly now: number
}

async function settle(tx: Tx, { payment, refund }: Locked, settled: Settled): Promise<void> {
  const { to, error, now } = settled
  const { refund_id: refundId, amount_minor: amountMinor } = refund
  const row = { refundId, state: to, error, atMs: now, checkAtMs: null }
  if ((await tx.move(refundStates, refund.state, to, setRefundState(row))) !== 'move') return
  const before = countersOf(payment)
  const after = countersAfter(before, to, amountMinor)
  tx.write(setCounters(payment.payment_id, after))
  if (to !== 'succeeded') return
  const change = { to: shownStatus(after), late: payment.late, atMs: now }
  publishStatusUpdated(tx, { ...payment, status: shownStatus(before) }, change)
  publishPaymentRefunded(tx, payment, refund)
}

function review(
  tx: Tx,
  { payment, refund }: Locked,
  found: { reason: RefundReviewReason; details: Readonly<Record<string, unknown>>; now: number },
): void {
  openReview(tx, { paymentId: payment.payment_id, subject: refund.refund_id, ...found })
}

export async function applyRefundOutcome(
  tx: Tx,
  told: { refundId: string; paymentId: string; truth: RefundTruth; now: number },
): Promise<RefundOutcome> {
  const { truth, now } = told
  const locked = await lockRefund(tx, told)
  const { payment, refund } = locked
  const outcome = refundOutcomeOf(
    {
      ...{ state: refund.state, amountMinor: refund.amount_minor, currency: refund.currency },
      providerPaymentId: payment.provider_payment_id,
      providerRefundId: refund.provider_refund_id,
    },
    truth,
  )
  const details = truthDetails(truth)
  if (outcome.kind === 'contradiction') {
    review(tx, locked, { reason: outcome.reason, details, now })
    return outcome
  }
  tx.write(setProviderRefund(refund.refund_id, truth.providerRefundId))
  if (outcome.kind !== 'move') return outcome
  await settle(tx, locked, { to: outcome.to, error: truth.reason ?? null, now })
  if (outcome.review !== undefined) review(tx, locked, { reason: outcome.review, details, now })
  return outcome
}

/** The call may have reached the provider and nothing is known: looked at soon. */
export async function markRefundUnknown(
  tx: Tx,
  about: { refundId: string; paymentId: string },
  error: string,
): Promise<void> {
  const { refund } = await lockRefund(tx, about)
  if (refund.state !== 'submitted') return
  const now = tx.ctx.now()
  const checkAtMs = nextCheckAt(refund.submitted_at ?? now, now, REFUND_CHECKS_AFTER_MS) ?? now
  const row = { refundId: refund.refund_id, state: 'unknown' as const, error, atMs: now, checkAtMs }
  await tx.move(refundStates, 'submitted', 'unknown', setRefundState(row))
}

/** A definite no to the first call: nothing went back, and a person has to see to it. */
export async function markRefundRefused(
  tx: Tx,
  about: { refundId: string; paymentId: string },
  refusal: ProviderRefused,
): Promise<void> {
  const locked = await lockRefund(tx, about)
  if (locked.refund.state !== 'submitted') return
  const now = tx.ctx.now()
  const error = `${refusal.code}: ${refusal.message}`
  await settle(tx, locked, { to: 'failed', error, now })
  review(tx, locked, { reason: 'refund_declined', details: { error }, now })
}

/** After a day the provider has nothing of it: nothing went back, and a person has to see to it. Whatever was heard counts more. */
export async function markRefundAbsent(
  tx: Tx,
  about: { refundId: string; paymentId: string },
): Promise<void> {
  const locked = await lockRefund(tx, about)
  const { state, provider_refund_id: known } = locked.refund
  if (state !== 'unknown' || known !== null) return
  const now = tx.ctx.now()
  const error = 'not_at_provider'
  await settle(tx, locked, { to: 'failed', error, now })
  review(tx, locked, { reason: 'refund_declined', details: { error }, now })
}

/**
 * Somebody has given back all that the payment brought, past us: what we had asked for and nobody answered cannot have been made,
 * and will not be. The caller holds the payment's lock; answers the payment as it is then.
 */
export async function markRefundForestalled(
  tx: Tx,
  payment: PaymentRow,
  now: number,
): Promise<PaymentRow> {
  const refund = await tx.maybe(selectUnansweredRefund(payment.payment_id))
  if (refund === undefined) return payment
  await settle(tx, { payment, refund }, { to: 'failed', error: 'given_back_at_desk', now })
  return tx.one(lockPayment(payment.payment_id))
}
