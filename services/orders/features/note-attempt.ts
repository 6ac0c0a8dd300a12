// Keeps what payments tells of attempts. Only the current attempt decides how long the order waits and how it ends; news of an
// earlier one is history.

import type { Tx } from '@rialto/kernel/service/tx.ts'
import { lockOrder, notePaymentStatus, upsertAttempt } from '../store.ts'

export interface Attempt {
  readonly orderId: string
  readonly paymentId: string
  readonly status: string
  readonly error: string | null
}

const BEGUN = new Set(['pending_psp_redirect', 'processing', 'authorized'])

export async function noteAttempt(
  tx: Tx,
  attempt: Attempt,
  at: { now: number; windowMs: number },
): Promise<void> {
  const { orderId, paymentId, status, error } = attempt
  const order = await tx.maybe(lockOrder(orderId))
  if (order === undefined) return
  tx.write(upsertAttempt({ paymentId, orderId, status, error, atMs: at.now }))
  const isCurrent = order.payment_id === null || order.payment_id === paymentId
  if (order.status !== 'pending_payment' || !isCurrent) return
  const begins = BEGUN.has(status) && !BEGUN.has(order.last_payment_status ?? '')
  tx.write(notePaymentStatus(orderId, status, begins ? at.now + at.windowMs : null))
}
