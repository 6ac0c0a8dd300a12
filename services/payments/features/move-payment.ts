// Every change of a payment's status but its start: row, then the status event, then what else the change is called.

import { type PaymentState, paymentStates } from '@rialto/contracts/payments/states.ts'
import { decideMove } from '@rialto/kernel/pure/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import {
  publishPaymentCompleted,
  publishPaymentFailed,
  publishStatusUpdated,
} from '../events/publishers.ts'
import { type PaymentRow, type ProviderRefs, setStatus } from '../store.ts'

export interface Change {
  readonly to: PaymentState
  readonly late?: boolean
  readonly reason?: string
  /** What the provider told on this occasion. */
  readonly refs?: ProviderRefs
  readonly now: number
}

const NO_REFS: ProviderRefs = { providerPaymentId: null, redirectUrl: null, qrData: null }

/** The payment with what the provider told of it; the first answer holds. */
export const withRefs = (payment: PaymentRow, refs: ProviderRefs): PaymentRow => ({
  ...payment,
  provider_payment_id: payment.provider_payment_id ?? refs.providerPaymentId,
  redirect_url: payment.redirect_url ?? refs.redirectUrl,
  qr_data: payment.qr_data ?? refs.qrData,
})

/** As `setStatus` leaves the row. */
function moved(payment: PaymentRow, { to, late = false, reason, refs, now }: Change): PaymentRow {
  return {
    ...withRefs(payment, refs ?? NO_REFS),
    status: to,
    late: payment.late || late,
    failure_reason: reason ?? payment.failure_reason,
    ...(to === 'completed' ? { completed_at: now, captured_minor: payment.amount_minor } : {}),
  }
}

/**
 * Whether not getting the money is a failed attempt: the provider was asked, and its buyer still waits for this payment. What was
 * superseded, or whose order has ended, ends in silence: nobody is to try again.
 */
const isAwaited = ({ status, superseded_at, order_ended_at }: PaymentRow): boolean =>
  status !== 'created' && superseded_at === null && order_ended_at === null

/** The caller holds the payment's lock, so its update need not be waited for; answers the payment as it is then. */
export function movePayment(tx: Tx, payment: PaymentRow, change: Change): PaymentRow {
  const { to, late = false, reason = null, refs = NO_REFS, now } = change
  const { payment_id: paymentId, status: from } = payment
  const decided = decideMove(paymentStates, from, to)
  if (decided !== 'move') {
    tx.ctx.log.info({ machine: paymentStates.name, from, to, decided }, 'transition not made')
    return payment
  }
  tx.write(setStatus({ paymentId, status: to, late, reason, refs, atMs: now }))
  tx.step(paymentStates, to)
  publishStatusUpdated(tx, payment, { to, late, atMs: now })
  if (to === 'completed') publishPaymentCompleted(tx, payment, late)
  if (isAwaited(payment) && (to === 'failed' || to === 'canceled'))
    publishPaymentFailed(tx, payment, reason ?? to)
  return moved(payment, change)
}
