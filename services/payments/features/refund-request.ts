// Asks for money to go back: reserves it on the payment, writes the refund and hands it to a job, in the commit of whatever made
// it necessary. The caller holds the payment's lock.

import assert from 'node:assert/strict'
import type { LateReason } from '@rialto/contracts/payments/late.ts'
import { refundStates } from '@rialto/contracts/payments/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { LOST_AFTER_MS } from '../domain/checks.ts'
import { countersAfter, countersOf, refundableMinor } from '../domain/refund.ts'
import { markLate, type PaymentRow } from '../store.ts'
import {
  hasLateRefund,
  insertRefund,
  type RefundRow,
  setCounters,
} from '../store-refunds-and-methods.ts'
import { openReview } from './open-review.ts'
import { runRefundJob } from './refund-run.ts'

export interface Asked {
  readonly amountMinor: bigint
  readonly cause: RefundRow['cause']
  readonly reason: string
  readonly now: number
  readonly parts: Parts
}

/** The caller has seen that so much is left. */
export async function requestRefund(tx: Tx, payment: PaymentRow, asked: Asked): Promise<string> {
  const { amountMinor, cause, reason, now, parts } = asked
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
  await parts.jobs.now(tx, runRefundJob, { refund_id: refundId })
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
  const { reason, now } = found
  const refundId = await requestRefund(tx, payment, { ...found, amountMinor, cause: 'late' })
  const details = { refund_id: refundId, amount_minor: String(amountMinor), why: reason }
  openReview(tx, { paymentId, subject: paymentId, reason: 'late_money', details, now })
}
