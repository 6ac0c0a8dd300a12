// What is written when a call brought no payment object: no answer, or a definite no. Whoever got the outcome in first (a
// webhook may be quicker than the answer) has settled the operation; then there is nothing left to write.

import { operationStates } from '@rialto/contracts/payments/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { nextCheckAt } from '../domain/checks.ts'
import type { ProviderRefused } from '../domain/provider.ts'
import { lockPayment, type PaymentRow } from '../store.ts'
import { type OperationRow, selectOperationsOf, setOperationState } from '../store-operations.ts'
import { movePayment } from './move-payment.ts'

/** The operation and its payment, locked in the order that all writers keep. */
async function lockBoth(tx: Tx, about: { paymentId: string; operationId: string }) {
  const payment = await tx.one(lockPayment(about.paymentId))
  const operations = await tx.many(selectOperationsOf(about.paymentId))
  const operation = operations.find((op) => op.operation_id === about.operationId)
  if (operation === undefined) throw new Error(`no operation ${about.operationId}`)
  return { payment, operation }
}

/** The call may have reached the provider and nothing is known: the payment waits, and is looked at soon. */
export async function markUnknown(tx: Tx, op: OperationRow, error: string): Promise<PaymentRow> {
  const { operation_id: operationId, payment_id: paymentId } = op
  const { payment, operation } = await lockBoth(tx, { operationId, paymentId })
  if (operation.state !== 'sent') return payment
  const now = tx.ctx.now()
  const checkAtMs = nextCheckAt(operation.sent_at ?? now, now) ?? now
  const row = { operationId, state: 'unknown' as const, error, atMs: now, checkAtMs }
  await tx.move(operationStates, 'sent', 'unknown', setOperationState(row))
  if (payment.status !== 'pending_psp_redirect') return payment
  return movePayment(tx, payment, { to: 'processing', now })
}

/** The provider did nothing: the attempt failed. */
export async function markRefused(
  tx: Tx,
  op: OperationRow,
  refusal: ProviderRefused,
): Promise<void> {
  const { operation_id: operationId, payment_id: paymentId } = op
  const { payment, operation } = await lockBoth(tx, { operationId, paymentId })
  if (operation.state !== 'sent') return
  const now = tx.ctx.now()
  const error = `${refusal.code}: ${refusal.message}`
  const row = { operationId, state: 'declined' as const, error, atMs: now, checkAtMs: null }
  await tx.move(operationStates, 'sent', 'declined', setOperationState(row))
  movePayment(tx, payment, { to: 'failed', reason: `provider_${refusal.code}`, now })
}

/** After a day the provider has nothing of it. Whatever was heard meanwhile counts more. */
export async function markAbsent(
  tx: Tx,
  about: Pick<OperationRow, 'operation_id' | 'payment_id'>,
): Promise<void> {
  const { operation_id: operationId, payment_id: paymentId } = about
  const { payment, operation } = await lockBoth(tx, { operationId, paymentId })
  if (operation.state !== 'unknown' || payment.provider_payment_id !== null) return
  const now = tx.ctx.now()
  const reason = 'not_at_provider'
  const row = { operationId, state: 'declined' as const, error: reason, atMs: now, checkAtMs: null }
  await tx.move(operationStates, 'unknown', 'declined', setOperationState(row))
  movePayment(tx, payment, { to: 'failed', reason, now })
}
