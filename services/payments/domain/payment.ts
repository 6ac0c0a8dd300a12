// What a payment looks like from outside, and what a buyer who wants to pay meets. Pure.

import type { Order } from '@rialto/contracts/orders/http.ts'
import type { Payment } from '@rialto/contracts/payments/http.ts'
import type { PaymentState, PaymentStatus } from '@rialto/contracts/payments/states.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Static } from 'typebox'
import { shownStatus } from './refund.ts'

interface Stored {
  readonly payment_id: string
  readonly order_id: string
  readonly user_id: string
  readonly status: PaymentState
  readonly amount_minor: bigint
  readonly currency: string
  readonly captured_minor: bigint
  readonly refunded_minor: bigint
  readonly provider: string | null
  readonly method: string | null
  readonly redirect_url: string | null
  readonly qr_data: string | null
  readonly failure_reason: string | null
  readonly late: boolean
  readonly order_ended_at: number | null
  readonly superseded_at: number | null
  readonly created_at: number
  readonly completed_at: number | null
}

const isOpen = ({ status }: Pick<Stored, 'status'>): boolean =>
  status === 'pending_psp_redirect' || status === 'processing'

const isAwaited = (p: Pick<Stored, 'order_ended_at' | 'superseded_at'>): boolean =>
  p.order_ended_at === null && p.superseded_at === null

/** What the buyer confirms with, as long as that makes sense: for what nobody waits for any more money would come late. */
function confirmationOf(p: Stored) {
  if (!isOpen(p) || !isAwaited(p)) return {}
  return {
    ...(p.redirect_url === null ? {} : { redirect_url: p.redirect_url }),
    ...(p.qr_data === null ? {} : { psp_sdk_data: { qr: p.qr_data } }),
  }
}

const hasConfirmation = (p: Pick<Stored, 'redirect_url' | 'qr_data'>): boolean =>
  p.redirect_url !== null || p.qr_data !== null

/** Until the provider has named its page or code, the buyer waits: there is nothing to be sent to. */
function statusOf(p: Stored): PaymentStatus {
  if (p.status === 'completed')
    return shownStatus({ capturedMinor: p.captured_minor, refundedMinor: p.refunded_minor })
  return p.status === 'pending_psp_redirect' && !hasConfirmation(p) ? 'processing' : p.status
}

/** Why a start leads nowhere: the order ended, or the attempt was replaced, while the provider was asked. */
export function refusalOfStart(
  p: Pick<Stored, 'status' | 'order_ended_at' | 'superseded_at'>,
): 'order_not_payable' | 'payment_in_progress' | undefined {
  if (!isOpen(p) || isAwaited(p)) return undefined
  return p.order_ended_at === null ? 'payment_in_progress' : 'order_not_payable'
}

/** The answer to a buyer who starts to pay. */
export const startView = (p: Stored) => ({
  transaction_id: p.payment_id,
  status: statusOf(p),
  ...confirmationOf(p),
  ...(p.failure_reason === null ? {} : { failure_reason: p.failure_reason }),
})

/** The public form of a payment. */
export const paymentView = (p: Stored): Static<typeof Payment> => ({
  ...startView(p),
  order_id: p.order_id,
  user_id: p.user_id,
  amount: toJsonMinor(p.amount_minor),
  currency: p.currency,
  refunded_amount: toJsonMinor(p.refunded_minor),
  late: p.late,
  created_at: isoInstant(p.created_at),
  ...(p.provider === null ? {} : { provider: p.provider }),
  ...(p.method === null ? {} : { method: p.method }),
  ...(p.completed_at === null ? {} : { completed_at: isoInstant(p.completed_at) }),
})

export type Payability = 'payable' | 'order_already_paid' | 'order_not_payable'

/** Whether this order takes money now. */
export function payabilityOf(order: Static<typeof Order>, now: number): Payability {
  if (order.status === 'canceled' || order.status === 'expired') return 'order_not_payable'
  if (order.status !== 'pending_payment') return 'order_already_paid'
  const isOpen = order.channel === 'online' && Date.parse(order.expires_at) > now
  return isOpen && order.total_amount > 0 ? 'payable' : 'order_not_payable'
}

/** How the buyer wants to pay. */
export interface Way {
  readonly method: string | null
  readonly confirmation: string | null
  readonly payment_method_id: string | null
  readonly save_method: boolean
  readonly amount_minor: bigint
  readonly currency: string
}

const WAY = [
  ...(['method', 'confirmation', 'payment_method_id', 'save_method'] as const),
  ...(['amount_minor', 'currency'] as const),
]

/**
 * What a second start of the same order does. What the buyer can still confirm is gone on with when it is the same way to pay,
 * and replaced by another one otherwise; while nobody knows what the provider did, everything waits.
 */
export function continuationOf(
  current: Pick<Stored, 'status' | 'redirect_url' | 'qr_data'> & Way,
  wanted: Way,
): 'start' | 'same' | 'supersede' | 'payment_in_progress' | 'order_already_paid' {
  if (current.status === 'created') return 'start'
  if (current.status === 'completed') return 'order_already_paid'
  if (!hasConfirmation(current) || current.status === 'authorized') return 'payment_in_progress'
  return WAY.every((part) => current[part] === wanted[part]) ? 'same' : 'supersede'
}
