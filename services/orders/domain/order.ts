// What an order is and what a message does to it. Pure.

import type { Order } from '@rialto/contracts/orders/http.ts'
import type { OrderState } from '@rialto/contracts/orders/states.ts'
import { money, toJsonMinor, total } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Static } from 'typebox'

export interface Line {
  readonly lineId: string
  readonly productId: string
  readonly title: string
  readonly quantity: number
  readonly listMinor: bigint
  readonly amountMinor: bigint
  readonly taxCode: string
  readonly developerId: string
  readonly promotions: readonly {
    readonly promotion_id: string
    readonly name: string
    readonly discount: number
  }[]
}

export interface NewOrder {
  readonly region: string
  readonly orderId: string
  readonly userId: string
  readonly lines: readonly Line[]
  readonly totalMinor: bigint
  readonly currency: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

/** What the lines cost together. */
export const totalOf = (currency: string, lines: readonly Line[]): bigint =>
  total(
    currency,
    lines.map((line) => money(line.amountMinor, currency)),
  ).minor

interface Stored {
  readonly status: OrderState
  readonly total_minor: bigint
  readonly currency: string
  readonly payment_id: string | null
}

export interface Money {
  readonly paymentId: string
  /** Payments gives it back: it came for an attempt that was replaced or had ended. */
  readonly late?: boolean
  readonly amount: number
  readonly currency: string
}

export type Completion =
  | { readonly kind: 'complete' }
  /** The same payment told again, as the second of the documents' names for it. */
  | { readonly kind: 'repeat' }
  /** Money that this order does not take; payments gives it back. */
  | {
      readonly kind: 'absorb'
      readonly reason: 'amount_differs' | 'paid_twice' | 'order_ended' | 'late'
    }

/** What an arrived payment does to an order. */
export function completionOf(order: Stored, paid: Money): Completion {
  if (order.status === 'canceled' || order.status === 'expired')
    return { kind: 'absorb', reason: 'order_ended' }
  if (order.status !== 'pending_payment' && order.payment_id === paid.paymentId)
    return { kind: 'repeat' }
  if (paid.late === true) return { kind: 'absorb', reason: 'late' }
  if (order.status !== 'pending_payment') return { kind: 'absorb', reason: 'paid_twice' }
  if (BigInt(paid.amount) !== order.total_minor || paid.currency !== order.currency)
    return { kind: 'absorb', reason: 'amount_differs' }
  return { kind: 'complete' }
}

/** How an order that ran out of time ends: an attempt that failed is told from none at all. */
export const endOf = (
  lastPaymentStatus: string | null,
): { status: 'expired' | 'canceled'; reason: string } =>
  lastPaymentStatus === 'failed' || lastPaymentStatus === 'canceled'
    ? { status: 'canceled', reason: 'payment_failed' }
    : { status: 'expired', reason: 'not_paid_in_time' }

interface StoredOrder extends Stored {
  readonly order_id: string
  readonly user_id: string
  readonly order_type: 'purchase'
  readonly channel: 'online' | 'pos'
  readonly version: number
  readonly created_at: number
  readonly expires_at: number
  readonly completed_at: number | null
  readonly ended_reason: string | null
}

interface StoredLine {
  readonly line_id: string
  readonly product_id: string
  readonly title: string
  readonly quantity: number
  readonly list_minor: bigint
  readonly amount_minor: bigint
  readonly tax_code: string
  readonly developer_id: string
  readonly promotions_applied: Line['promotions']
}

/** A line as events carry it. */
export const eventLine = (line: StoredLine) => ({
  line_id: line.line_id,
  product_id: line.product_id,
  title: line.title,
  quantity: line.quantity,
  amount: toJsonMinor(line.amount_minor),
  list_amount: toJsonMinor(line.list_minor),
  tax_code: line.tax_code,
  developer_id: line.developer_id,
})

/** The public form of an order. */
export const orderView = (
  order: StoredOrder,
  lines: readonly StoredLine[],
): Static<typeof Order> => ({
  order_id: order.order_id,
  user_id: order.user_id,
  order_type: order.order_type,
  channel: order.channel,
  status: order.status,
  total_amount: toJsonMinor(order.total_minor),
  currency: order.currency,
  items: lines.map((line) => ({
    ...eventLine(line),
    promotions_applied: [...line.promotions_applied],
  })),
  version: order.version,
  created_at: isoInstant(order.created_at),
  expires_at: isoInstant(order.expires_at),
  ...(order.payment_id === null ? {} : { payment_id: order.payment_id }),
  ...(order.completed_at === null ? {} : { completed_at: isoInstant(order.completed_at) }),
  ...(order.ended_reason === null ? {} : { ended_reason: order.ended_reason }),
})
