// Asks for money to go back: reserves it on the payment, writes the refund and hands it to a job, in the commit of whatever made
// it necessary; or records that a person has given it back. The caller holds the payment's lock.

import assert from 'node:assert/strict'
import type { LateReason } from '@rialto/contracts/payments/late.ts'
import { refundStates } from '@rialto/contracts/payments/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { LOST_AFTER_MS } from '../domain/checks.ts'
import type { RefundTruth } from '../domain/provider.ts'
import { countersAfter, countersOf, refundableMinor } from '../domain/refund.ts'
import { markLate, type PaymentRow } from '../store.ts'
import {
  hasLateRefund,
  insertRefund,
  type RefundRow,
  selectFailedRefund,
  setCounters,
  setRefundSubmitted,
} from '../store-refunds-and-methods.ts'
import { openReview } from './open-review.ts'
import { applyRefundOutcome, markRefundForestalled } from './refund-apply.ts'
import { runRefundJob } from './refund-run.ts'

interface Asked {
  readonly amountMinor: bigint
  readonly cause: RefundRow['cause']
  readonly reason: string
  readonly now: number
}

/** Reserves the money and writes the refund. The caller has seen that so much is left. */
function beginRefund(tx: Tx, payment: PaymentRow, asked: Asked): string {
  const { amountMinor, cause, reason, now } = asked
  const counters = countersOf(payment)
  assert(amountMinor > 0n && amountMinor <= refundableMinor(counters), 'more than is left')
  const refundId = tx.ctx.env.ids.next('rfd')
  const { payment_id: paymentId, currency } = payment
  const row = { refundId, paymentId, cause, reason, amountMinor, currency }
  tx.begin(
    refundStates,
    'requested',
    insertRefund({ ...row, atMs: now, checkAtMs: now + LOST_AFTER_MS }),
  )
  tx.write(setCounters(paymentId, countersAfter(counters, 'requested', amountMinor)))
  return refundId
}

/** Money for which nothing waits goes back, once, and somebody is told. */
export async function refundLate(
  tx: Tx,
  payment: PaymentRow,
  found: { reason: LateReason; now: number; parts: Parts },
): Promise<void> {
  const { payment_id: paymentId } = payment
  const amountMinor = refundableMinor(countersOf(payment))
  if (amountMinor === 0n) return
  if ((await tx.maybe(hasLateRefund(paymentId))) !== undefined) return
  if (!payment.late) tx.write(markLate(paymentId))
  const { reason, now, parts } = found
  const refundId = beginRefund(tx, payment, { reason, now, amountMinor, cause: 'late' })
  await parts.jobs.now(tx, runRefundJob, { refund_id: refundId })
  const details = { refund_id: refundId, amount_minor: String(amountMinor), why: reason }
  openReview(tx, { paymentId, subject: paymentId, reason: 'late_money', details, now })
}

/**
 * A refund of ours failed, and a person gave the money back at the provider: that becomes a refund like any other; receipt, mail and
 * developers' statements follow. Whether it was such a one; what is not just the sum of a failed one is left to a person, because
 * nobody here knows what it was for. Where all the money was given back, one of ours without an answer has failed by that. The caller
 * holds the payment's lock, and knows of no refund that the provider calls so.
 */
export async function repayFailed(
  tx: Tx,
  locked: PaymentRow,
  told: { readonly truth: RefundTruth; readonly now: number },
): Promise<boolean> {
  const { truth, now } = told
  const { amountMinor, currency, status, refundId: ours } = truth
  if (status !== 'succeeded' || ours !== undefined) return false
  const isAll = amountMinor === locked.captured_minor && currency === locked.currency
  const payment = isAll ? await markRefundForestalled(tx, locked, now) : locked
  if (amountMinor > refundableMinor(countersOf(payment))) return false
  const { payment_id: paymentId } = payment
  const failed = await tx.maybe(selectFailedRefund({ paymentId, amountMinor, currency }))
  if (failed === undefined) return false
  const { cause, reason } = failed
  const refundId = beginRefund(tx, payment, { amountMinor, cause, reason, now })
  // It was sent, though not by us.
  const submitted = setRefundSubmitted(refundId, now, now + LOST_AFTER_MS)
  await tx.move(refundStates, 'requested', 'submitted', submitted)
  await applyRefundOutcome(tx, { refundId, paymentId, truth, now })
  return true
}
