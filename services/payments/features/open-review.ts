// What a person has to look at: one row a subject and reason, and an alert in the log each time.

import type { Tx } from '@rialto/kernel/service/tx.ts'
import { insertReview } from '../store-inbox.ts'

export interface Review {
  /** Absent of what only the provider knows. */
  readonly paymentId: string | null
  /** The payment, or the operation, refund, receipt or notification that is meant. */
  readonly subject: string
  readonly reason: string
  readonly details: Readonly<Record<string, unknown>>
  readonly now: number
}

export function openReview(tx: Tx, review: Review): void {
  const { paymentId, subject, reason, details, now } = review
  const reviewId = tx.ctx.env.ids.next('rev')
  tx.write(insertReview({ reviewId, paymentId, subject, reason, details, atMs: now }))
  tx.ctx.log.error({ payment: paymentId, subject, reason, details }, 'a person has to look')
}

/** A provider's truth as it is kept: JSON has no bigint. */
export const truthDetails = (truth: { readonly amountMinor: bigint }) => {
  const { amountMinor, ...rest } = truth
  return { ...rest, amount_minor: String(amountMinor) }
}
