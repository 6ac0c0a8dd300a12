// Every change of a payment's status but its start: row, then the status event, then what else the change is called.

import { type PaymentState, paymentStates } from '@rialto/contracts/payments/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import {
  publishPaymentCompleted,
  publishPaymentFailed,
  publishStatusUpdated,
} from '../events/publishers.ts'
import { type PaymentRow, setStatus } from '../store.ts'

export interface Change {
  readonly to: PaymentState
  readonly late?: boolean
  readonly reason?: string
  /** The provider was asked, so that not getting the money is a failed attempt. */
  readonly attempted: boolean
}

export async function movePayment(
  tx: Tx,
  payment: PaymentRow,
  change: Change & { now: number },
): Promise<void> {
  const { to, late = false, reason, attempted, now } = change
  const update = setStatus({
    ...{ paymentId: payment.payment_id, status: to, late, reason: reason ?? null, atMs: now },
  })
  if ((await tx.move(paymentStates, payment.status, to, update)) !== 'move') return
  publishStatusUpdated(tx, payment, { to, late, atMs: now })
  if (to === 'completed') publishPaymentCompleted(tx, payment, late)
  if (attempted && (to === 'failed' || to === 'canceled'))
    publishPaymentFailed(tx, payment, reason ?? to)
}
