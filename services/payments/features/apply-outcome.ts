// The one way in which a provider's truth reaches a payment: the API's answer, the webhook's re-fetch, the poll, and later the
// operator all come here.

import {
  type OperationState,
  operationStates,
  type PaymentState,
} from '@rialto/contracts/payments/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { nextCheckAt } from '../domain/checks.ts'
import { type Outcome, outcomeOf } from '../domain/outcome.ts'
import type { ProviderTruth } from '../domain/provider.ts'
import {
  insertReview,
  lockPayment,
  type OperationRow,
  type PaymentRow,
  selectOperationsOf,
  setOperationState,
  setProviderFacts,
} from '../store.ts'
import { movePayment } from './move-payment.ts'

export interface Told {
  readonly paymentId: string
  readonly truth: ProviderTruth
  readonly now: number
}

function review(tx: Tx, { paymentId, truth, now }: Told, reason: string): void {
  const { amountMinor, ...rest } = truth
  const details = { ...rest, amount_minor: String(amountMinor) }
  const reviewId = tx.ctx.env.ids.next('rev')
  tx.write(insertReview({ reviewId, paymentId, subject: paymentId, reason, details, atMs: now }))
  tx.ctx.log.error({ payment: paymentId, reason, details }, 'provider contradicts the payment')
}

/** An operation ends as its payment does. */
async function settle(tx: Tx, op: OperationRow, at: { payment: PaymentState; now: number }) {
  if (!['sent', 'pending', 'unknown'].includes(op.state)) return
  const ends = { completed: 'succeeded', failed: 'declined', canceled: 'declined' } as const
  const state: OperationState =
    at.payment in ends ? ends[at.payment as keyof typeof ends] : 'pending'
  if (state === 'pending' && op.state !== 'sent') return
  const checkAtMs =
    state === 'pending' ? (nextCheckAt(op.sent_at ?? at.now, at.now) ?? at.now) : null
  const row = { operationId: op.operation_id, state, error: null, atMs: at.now, checkAtMs }
  await tx.move(operationStates, op.state, state, setOperationState(row))
}

const factsOf = (payment: PaymentRow) => ({
  status: payment.status,
  amountMinor: payment.amount_minor,
  currency: payment.currency,
  providerPaymentId: payment.provider_payment_id,
  hasOrderEnded: payment.order_ended_at !== null,
})

export async function applyOutcome(tx: Tx, told: Told): Promise<Outcome> {
  const { paymentId, truth, now } = told
  const payment = await tx.one(lockPayment(paymentId))
  const outcome = outcomeOf(factsOf(payment), truth)
  if (outcome.kind === 'contradiction') {
    review(tx, told, outcome.reason)
    return outcome
  }
  const { providerPaymentId, redirectUrl = null, reason } = truth
  tx.write(setProviderFacts({ paymentId, providerPaymentId, redirectUrl }))
  if (outcome.kind === 'move')
    await movePayment(tx, payment, { ...outcome, ...(reason && { reason }), attempted: true, now })
  const status = outcome.kind === 'move' ? outcome.to : payment.status
  for (const operation of await tx.many(selectOperationsOf(paymentId)))
    await settle(tx, operation, { payment: status, now })
  return outcome
}
