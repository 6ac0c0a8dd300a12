// What a payment looks like from outside, and what a buyer who wants to pay meets. Pure.

import type { Order } from '@rialto/contracts/orders/http.ts'
import type { Payment } from '@rialto/contracts/payments/http.ts'
import type { PaymentState } from '@rialto/contracts/payments/states.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Static } from 'typebox'

interface Stored {
  readonly payment_id: string
  readonly order_id: string
  readonly user_id: string
  readonly status: PaymentState
  readonly amount_minor: bigint
  readonly currency: string
  readonly provider: string | null
  readonly redirect_url: string | null
  readonly failure_reason: string | null
  readonly late: boolean
  readonly created_at: number
  readonly completed_at: number | null
}

/** Where the buyer confirms, as long as that makes sense. */
const redirectOf = (p: Stored): string | undefined =>
  p.status === 'pending_psp_redirect' || p.status === 'processing'
    ? (p.redirect_url ?? undefined)
    : undefined

/** Until the provider has named its page, the buyer waits: there is nothing to be redirected to. */
const statusOf = (p: Stored): PaymentState =>
  p.status === 'pending_psp_redirect' && p.redirect_url === null ? 'processing' : p.status

/** The answer to a buyer who starts to pay. */
export function startView(p: Stored) {
  const redirect = redirectOf(p)
  return {
    transaction_id: p.payment_id,
    status: statusOf(p),
    ...(redirect === undefined ? {} : { redirect_url: redirect }),
  }
}

/** The public form of a payment. */
export const paymentView = (p: Stored): Static<typeof Payment> => ({
  ...startView(p),
  order_id: p.order_id,
  user_id: p.user_id,
  amount: toJsonMinor(p.amount_minor),
  currency: p.currency,
  late: p.late,
  created_at: isoInstant(p.created_at),
  ...(p.provider === null ? {} : { provider: p.provider }),
  ...(p.failure_reason === null ? {} : { failure_reason: p.failure_reason }),
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

/** What a second start of the same order does: it goes on with what there is, or waits for it. */
export function continuationOf(
  current: Pick<Stored, 'status' | 'redirect_url'>,
): 'start' | 'same' | 'payment_in_progress' | 'order_already_paid' {
  if (current.status === 'created') return 'start'
  if (current.status === 'completed') return 'order_already_paid'
  return current.redirect_url !== null && current.status !== 'authorized'
    ? 'same'
    : 'payment_in_progress'
}
