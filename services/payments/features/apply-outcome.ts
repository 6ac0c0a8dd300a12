// The one way in which a provider's truth reaches a payment: the API's answer, the webhook's re-fetch, the poll, and later the
// operator all come here.

import type { LateReason } from '@rialto/contracts/payments/late.ts'
import {
  type OperationState,
  operationStates,
  type PaymentState,
} from '@rialto/contracts/payments/states.ts'
import type { Sql } from '@rialto/kernel/db/sql.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { nextCheckAt } from '../domain/checks.ts'
import { type Outcome, outcomeOf } from '../domain/outcome.ts'
import type { ProviderTruth } from '../domain/provider.ts'
import { lockPayment, type PaymentRow, setProviderRefs, setProviderRefsIfRepeat } from '../store.ts'
import {
  endOperations,
  type OperationRow,
  selectOperationsOf,
  setPending,
} from '../store-operations.ts'
import { giveUp } from './cancel-payment.ts'
import { dropRevoked, keepMethod } from './method-keep.ts'
import { movePayment, withRefs } from './move-payment.ts'
import { openReview, truthDetails } from './open-review.ts'
import { refundLate } from './refund-request.ts'

export interface Told {
  readonly paymentId: string
  readonly truth: ProviderTruth
  readonly now: number
  readonly parts: Parts
  /** The call that this is the answer to. */
  readonly operation?: OperationRow
  /** The payment, if the caller has locked it already. */
  readonly locked?: PaymentRow
}

export interface Applied {
  readonly outcome: Outcome
  /** As it is now. */
  readonly payment: PaymentRow
}

/** The provider's words without what must not be kept in clear. */
function shownTruth({ savedMethod: _token, ...truth }: ProviderTruth) {
  return truthDetails(truth)
}

const ENDS: Partial<Record<PaymentState, 'succeeded' | 'declined'>> = {
  ...({ completed: 'succeeded', failed: 'declined', canceled: 'declined' } as const),
}

/** Writes what moves some operations, and notes a step for each that it moved. */
function moveOperations(tx: Tx, to: OperationState, update: Sql<{ operation_id: string }>): void {
  const heard = (rows: readonly unknown[]) => {
    for (const _row of rows) tx.step(operationStates, to)
  }
  tx.write({ ...update, heard })
}

/** An operation ends as its payment does. Whoever moves one holds its payment's lock, so nothing is read before. */
async function settle(tx: Tx, payment: PaymentRow, { operation, now }: Told): Promise<void> {
  const { payment_id: paymentId } = payment
  const end = ENDS[payment.status]
  if (end !== undefined) return moveOperations(tx, end, endOperations(paymentId, end, now))
  const open = operation === undefined ? await tx.many(selectOperationsOf(paymentId)) : [operation]
  for (const { operation_id: operationId, state, sent_at: sentAt } of open) {
    if (state !== 'sent') continue
    const checkAtMs = nextCheckAt(sentAt ?? now, now) ?? now
    moveOperations(tx, 'pending', setPending(operationId, checkAtMs))
  }
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
function lateReason({ superseded_at, order_ended_at, status }: PaymentRow): LateReason {
  if (superseded_at !== null) return 'superseded'
  if (order_ended_at !== null) return 'order_ended'
  return status === 'failed' ? 'payment_failed' : 'payment_canceled'
}

/** What a move asks for besides its row and its events; `before` is the payment as it was. */
async function follow(
  tx: Tx,
  payment: PaymentRow,
  { before, told, isLate }: { before: PaymentRow; told: Told; isLate: boolean },
): Promise<void> {
  const { truth, now, parts } = told
  const { status: to, payment_method_id: methodId } = payment
  if (to === 'completed' && payment.save_method && truth.savedMethod !== undefined)
    await keepMethod(tx, payment, { saved: truth.savedMethod, fields: parts.fields, now })
  if (to === 'failed' && truth.reason === 'permission_revoked' && methodId !== null)
    dropRevoked(tx, methodId, now)
  if (to === 'completed' && isLate)
    await refundLate(tx, payment, { reason: lateReason(before), now, parts })
  const isWanted = payment.superseded_at === null && payment.order_ended_at === null
  if (to === 'authorized' && !isWanted) await giveUp(tx, payment, parts)
}

const refsOf = (truth: ProviderTruth) => ({
  providerPaymentId: truth.providerPaymentId,
  redirectUrl: truth.redirectUrl ?? null,
  qrData: truth.qrData ?? null,
})

/** What an answer says most often is what was asked for: all that is new is where its payer goes, and the row need not be read before. */
async function keepRepeat(tx: Tx, told: Told): Promise<Applied | undefined> {
  const { paymentId, truth } = told
  if (truth.status !== 'pending_psp_redirect' && truth.status !== 'processing') return undefined
  const payment = await tx.maybe(setProviderRefsIfRepeat(paymentId, truth, refsOf(truth)))
  if (payment === undefined) return undefined
  await settle(tx, payment, told)
  return { outcome: { kind: 'repeat' }, payment }
}

function keepRefs(tx: Tx, before: PaymentRow, truth: ProviderTruth): PaymentRow {
  const refs = refsOf(truth)
  const payment = withRefs(before, refs)
  const isNew =
    payment.provider_payment_id !== before.provider_payment_id ||
    payment.redirect_url !== before.redirect_url ||
    payment.qr_data !== before.qr_data
  if (isNew) tx.write(setProviderRefs(payment.payment_id, refs))
  return payment
}

export async function applyOutcome(tx: Tx, told: Told): Promise<Applied> {
  const { paymentId, truth, now } = told
  const repeat = told.operation === undefined ? undefined : await keepRepeat(tx, told)
  if (repeat !== undefined) return repeat
  const before = told.locked ?? (await tx.one(lockPayment(paymentId)))
  const outcome = outcomeOf(factsOf(before), truth)
  if (outcome.kind === 'contradiction') {
    const { reason } = outcome
    openReview(tx, { paymentId, subject: paymentId, reason, details: shownTruth(truth), now })
    return { outcome, payment: before }
  }
  let payment: PaymentRow
  if (outcome.kind === 'move') {
    const { to, late } = outcome
    const { reason } = truth
    const change = { to, late, ...(reason && { reason }), refs: refsOf(truth), now }
    payment = movePayment(tx, before, change)
    await follow(tx, payment, { before, told, isLate: late })
  } else payment = keepRefs(tx, before, truth)
  await settle(tx, payment, told)
  return { outcome, payment }
}
