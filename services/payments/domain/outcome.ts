// What a provider's truth does to a payment. It does not matter who brings it (answer, webhook, poll, operator), how often or
// in which order: a payment never moves backwards, and arrived money is never forgotten. What cannot be true is not acted on;
// a person looks at it.

import { type PaymentState, paymentStates } from '@rialto/contracts/payments/states.ts'
import { decideMove } from '@rialto/kernel/pure/states.ts'
import type { ProviderTruth } from './provider.ts'

export interface PaymentFacts {
  readonly status: PaymentState
  readonly amountMinor: bigint
  readonly currency: string
  /** Known once the provider has answered. */
  readonly providerPaymentId: string | null
  readonly hasOrderEnded: boolean
  /** Another attempt has taken its place. */
  readonly isSuperseded: boolean
}

export type ReviewReason =
  | 'unmapped_status'
  | 'foreign_reference'
  | 'amount_differs'
  | 'currency_differs'
  | 'impossible_status'

export type Outcome =
  | { readonly kind: 'move'; readonly to: PaymentState; readonly late: boolean }
  /** Known already. */
  | { readonly kind: 'repeat' }
  /** Was true once; something newer is known. */
  | { readonly kind: 'old' }
  | { readonly kind: 'contradiction'; readonly reason: ReviewReason }

/** How far a state is; truths of a lower rank than the payment's are old. */
export const RANK: Readonly<Record<PaymentState, number>> = {
  created: 0,
  pending_psp_redirect: 1,
  processing: 2,
  authorized: 3,
  failed: 4,
  canceled: 4,
  completed: 5,
}

function contradictionOf(payment: PaymentFacts, truth: ProviderTruth): ReviewReason | undefined {
  if (truth.status === 'unmapped') return 'unmapped_status'
  const known = payment.providerPaymentId
  if (known !== null && known !== truth.providerPaymentId) return 'foreign_reference'
  if (truth.currency !== payment.currency) return 'currency_differs'
  if (truth.amountMinor !== payment.amountMinor) return 'amount_differs'
  return undefined
}

export function outcomeOf(payment: PaymentFacts, truth: ProviderTruth): Outcome {
  const reason = contradictionOf(payment, truth)
  if (reason !== undefined || truth.status === 'unmapped')
    return { kind: 'contradiction', reason: reason ?? 'unmapped_status' }
  const from = payment.status
  // A hold that the provider let go of, for whatever reason, was canceled: its buyer had paid.
  const to = from === 'authorized' && truth.status === 'failed' ? 'canceled' : truth.status
  const move = decideMove(paymentStates, from, to)
  if (move === 'repeat') return { kind: 'repeat' }
  if (move === 'move') {
    const isOver = RANK[from] >= RANK.failed || payment.hasOrderEnded || payment.isSuperseded
    return { kind: 'move', to, late: to === 'completed' && isOver }
  }
  // A hold on an ended payment, or money taken back from a completed one, is more than old news.
  const isHeld = to === 'authorized' && from !== 'completed'
  const isTakenBack = from === 'completed' && RANK[to] === RANK.failed
  return isHeld || isTakenBack || RANK[to] > RANK[from]
    ? { kind: 'contradiction', reason: 'impossible_status' }
    : { kind: 'old' }
}
