// The one way in which a provider's truth reaches a payment: the API's answer, the webhook's re-fetch, the poll, and later the
// operator all come here.

import {
  type OperationState,
  operationStates,
  type PaymentState,
} from '@rialto/contracts/payments/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { nextCheckAt } from '../domain/checks.ts'
import { type Outcome, outcomeOf } from '../domain/outcome.ts'
import type { ProviderTruth } from '../domain/provider.ts'
import {
  lockPayment,
  type OperationRow,
  type PaymentRow,
  selectOperationsOf,
  setOperationState,
  setProviderFacts,
} from '../store.ts'
import { giveUp } from './cancel-payment.ts'
import { dropRevoked, keepMethod } from './method-keep.ts'
import { movePayment } from './move-payment.ts'
import { openReview, truthDetails } from './open-review.ts'
import { refundLate } from './refund-request.ts'

export interface Told {
  readonly paymentId: string
  readonly truth: ProviderTruth
  readonly now: number
  readonly parts: Parts
}

/** The provider's words without what must not be kept in clear. */
function shownTruth({ savedMethod: _token, ...truth }: ProviderTruth) {
  return truthDetails(truth)
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
  isSuperseded: payment.superseded_at !== null,
})

/** Why money came too late. */
function lateReason(payment: PaymentRow): string {
  if (payment.superseded_at !== null) return 'superseded'
  return payment.order_ended_at === null ? `payment_${payment.status}` : 'order_ended'
}

/** What a move asks for besides its row and its events. */
async function follow(
  tx: Tx,
  payment: PaymentRow,
  { told, to, late }: { told: Told; to: PaymentState; late: boolean },
): Promise<void> {
  const { truth, now, parts } = told
  const methodId = payment.payment_method_id
  if (to === 'completed' && payment.save_method && truth.savedMethod !== undefined)
    await keepMethod(tx, payment, { saved: truth.savedMethod, fields: parts.fields, now })
  if (to === 'failed' && truth.reason === 'permission_revoked' && methodId !== null)
    dropRevoked(tx, methodId, now)
  const moved = { ...payment, status: to, late: payment.late || late }
  if (to === 'completed' && late)
    await refundLate(
      tx,
      { ...moved, captured_minor: payment.amount_minor },
      { reason: lateReason(payment), now, parts },
    )
  const isWanted = payment.superseded_at === null && payment.order_ended_at === null
  if (to === 'authorized' && !isWanted) await giveUp(tx, moved, parts)
}

export async function applyOutcome(tx: Tx, told: Told): Promise<Outcome> {
  const { paymentId, truth, now } = told
  const payment = await tx.one(lockPayment(paymentId))
  const outcome = outcomeOf(factsOf(payment), truth)
  if (outcome.kind === 'contradiction') {
    openReview(tx, { paymentId, reason: outcome.reason, details: shownTruth(truth), now })
    return outcome
  }
  const { providerPaymentId, redirectUrl = null, qrData = null, reason } = truth
  tx.write(setProviderFacts({ paymentId, providerPaymentId, redirectUrl, qrData }))
  if (outcome.kind === 'move') {
    const { to, late } = outcome
    // What was superseded ends in silence: its buyer is paying another way.
    const attempted = payment.superseded_at === null
    await movePayment(tx, payment, { to, late, ...(reason && { reason }), attempted, now })
    const known = payment.provider_payment_id ?? providerPaymentId
    await follow(tx, { ...payment, provider_payment_id: known }, { told, to, late })
  }
  const status = outcome.kind === 'move' ? outcome.to : payment.status
  for (const operation of await tx.many(selectOperationsOf(paymentId)))
    await settle(tx, operation, { payment: status, now })
  return outcome
}
