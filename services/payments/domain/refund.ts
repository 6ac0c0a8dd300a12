// What may go back of a payment, and what a provider's truth does to a refund. Pure. The counters of a payment are the cap:
// whatever is asked for is reserved first, so that refunds running side by side never give back more than arrived.

import type { PaymentStatus, RefundState } from '@rialto/contracts/payments/states.ts'
import type { RefundTruth } from './provider.ts'

export interface Counters {
  readonly capturedMinor: bigint
  /** In refunds that are under way. */
  readonly reservedMinor: bigint
  readonly refundedMinor: bigint
}

export const countersOf = (payment: {
  readonly captured_minor: bigint
  readonly reserved_minor: bigint
  readonly refunded_minor: bigint
}): Counters => ({
  capturedMinor: payment.captured_minor,
  reservedMinor: payment.reserved_minor,
  refundedMinor: payment.refunded_minor,
})

/** What may still be asked back. */
export const refundableMinor = (c: Counters): bigint =>
  c.capturedMinor - c.reservedMinor - c.refundedMinor

/** How a refund that reaches this state changes its payment's counters. */
export function countersAfter(c: Counters, to: RefundState, amountMinor: bigint): Counters {
  const reserved = { ...c, reservedMinor: c.reservedMinor - amountMinor }
  switch (to) {
    case 'requested':
      return { ...c, reservedMinor: c.reservedMinor + amountMinor }
    case 'succeeded':
      return { ...reserved, refundedMinor: c.refundedMinor + amountMinor }
    case 'failed':
      return reserved
    case 'reversed':
      return { ...c, refundedMinor: c.refundedMinor - amountMinor }
    default:
      return c
  }
}

/** A completed payment as it is shown: by how much of it went back. */
export function shownStatus(
  c: Pick<Counters, 'capturedMinor' | 'refundedMinor'>,
): Extract<PaymentStatus, 'completed' | 'partially_refunded' | 'refunded'> {
  if (c.refundedMinor === 0n) return 'completed'
  return c.refundedMinor < c.capturedMinor ? 'partially_refunded' : 'refunded'
}

export interface RefundFacts {
  readonly state: RefundState
  readonly amountMinor: bigint
  readonly currency: string
  /** The payment's id at the provider. */
  readonly providerPaymentId: string | null
  /** Known once the provider has answered. */
  readonly providerRefundId: string | null
}

export type RefundReviewReason =
  | 'refund_unmapped_status'
  | 'refund_foreign_reference'
  | 'refund_amount_differs'
  | 'refund_currency_differs'
  | 'refund_impossible_status'
  | 'refund_declined'
  | 'refund_reversed'

export type RefundOutcome =
  /** `review`: a person has to look, because the money did not go back. */
  | { readonly kind: 'move'; readonly to: RefundState; readonly review?: RefundReviewReason }
  /** Still under way; only its id may be new. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'repeat' }
  | { readonly kind: 'old' }
  | { readonly kind: 'contradiction'; readonly reason: RefundReviewReason }

function contradictionOf(refund: RefundFacts, truth: RefundTruth): RefundReviewReason | undefined {
  if (truth.status === 'unmapped') return 'refund_unmapped_status'
  const isOther =
    refund.providerRefundId !== null && refund.providerRefundId !== truth.providerRefundId
  if (isOther || refund.providerPaymentId !== truth.providerPaymentId)
    return 'refund_foreign_reference'
  if (truth.currency !== refund.currency) return 'refund_currency_differs'
  if (truth.amountMinor !== refund.amountMinor) return 'refund_amount_differs'
  return undefined
}

/** Refunds that the provider may have been asked for. */
const UNDER_WAY: readonly RefundState[] = ['submitted', 'unknown']

export function refundOutcomeOf(refund: RefundFacts, truth: RefundTruth): RefundOutcome {
  const reason = contradictionOf(refund, truth)
  if (reason !== undefined) return { kind: 'contradiction', reason }
  const { state } = refund
  const isUnderWay = UNDER_WAY.includes(state)
  switch (truth.status) {
    case 'pending':
      return isUnderWay ? { kind: 'waiting' } : { kind: 'old' }
    case 'succeeded':
      if (state === 'succeeded') return { kind: 'repeat' }
      if (isUnderWay) return { kind: 'move', to: 'succeeded' }
      break
    case 'canceled':
      if (state === 'failed' || state === 'reversed') return { kind: 'repeat' }
      if (isUnderWay) return { kind: 'move', to: 'failed', review: 'refund_declined' }
      if (state === 'succeeded') return { kind: 'move', to: 'reversed', review: 'refund_reversed' }
      break
  }
  // The provider paid back what it had said no to, or what it was never asked for.
  return { kind: 'contradiction', reason: 'refund_impossible_status' }
}
