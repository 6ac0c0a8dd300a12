// What an event adds to the projections. Pure and from the event alone, so that any order and any repetition adds the same.

import { DeveloperBalanceUpdated } from '@rialto/contracts/developers/events.ts'
import { LibraryGameAdded } from '@rialto/contracts/library/events.ts'
import { NotificationStatusUpdated } from '@rialto/contracts/notifications/events.ts'
import {
  OrderCanceled,
  OrderCompleted,
  OrderCreated,
  OrderExpired,
} from '@rialto/contracts/orders/events.ts'
import {
  PaymentFailed,
  PaymentIntentCreated,
  PaymentStatusUpdated,
} from '@rialto/contracts/payments/events.ts'
import type { DataOf } from '@rialto/kernel/pure/contract.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { fromJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isEvent } from '@rialto/kernel/service/service.ts'

export interface Purchase {
  readonly paymentId: string
  readonly orderId: string
  readonly provider: string | null
  readonly method: string | null
  readonly amountMinor: bigint
  readonly currency: string
  readonly paidAt: string
}

export interface PurchaseLine {
  readonly orderId: string
  readonly lineId: string
  readonly paymentId: string
  readonly productId: string
  readonly title: string
  readonly developerId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly region: string | null
}

/** Something reached a point of its way on a day. */
export interface Mark {
  readonly name: MarkName
  readonly subject: string
  readonly day: string
}

export const MARK_NAMES = [
  'orders_created',
  'payments_created',
  'payments_failed',
  'orders_expired',
  'orders_canceled',
  'lines_delivered',
  'messages_sent',
  'messages_failed',
  'developer_credits',
  'developer_reversals',
] as const
export type MarkName = (typeof MARK_NAMES)[number]

/** Everything that is heard. */
export const HEARD = [
  PaymentStatusUpdated,
  PaymentIntentCreated,
  PaymentFailed,
  OrderCreated,
  OrderCompleted,
  OrderExpired,
  OrderCanceled,
  LibraryGameAdded,
  NotificationStatusUpdated,
  DeveloperBalanceUpdated,
] as const

/** Money that came and stays. */
export const isPurchase = (
  event: Envelope,
): event is Envelope<DataOf<typeof PaymentStatusUpdated>> =>
  isEvent(PaymentStatusUpdated, event) && event.data.new_status === 'completed' && !event.data.late

export const purchaseOf = ({ data }: Envelope<DataOf<typeof PaymentStatusUpdated>>): Purchase => ({
  paymentId: data.transaction_id,
  orderId: data.order_id,
  provider: data.provider ?? null,
  method: data.method ?? null,
  amountMinor: fromJsonMinor(data.amount),
  currency: data.currency,
  paidAt: data.updated_at,
})

export const linesOf = ({ data }: Envelope<DataOf<typeof OrderCompleted>>): PurchaseLine[] =>
  data.items.map((line) => ({
    orderId: data.order_id,
    lineId: line.line_id,
    paymentId: data.payment_id,
    productId: line.product_id,
    title: line.title,
    developerId: line.developer_id,
    amountMinor: fromJsonMinor(line.amount),
    currency: data.currency,
    region: data.region ?? null,
  }))

function pointOf(event: Envelope): readonly [MarkName, string] | undefined {
  if (isEvent(OrderCreated, event)) return ['orders_created', event.data.order_id]
  if (isEvent(OrderExpired, event)) return ['orders_expired', event.data.order_id]
  if (isEvent(OrderCanceled, event)) return ['orders_canceled', event.data.order_id]
  if (isEvent(PaymentIntentCreated, event))
    return ['payments_created', event.data.payment_intent_id]
  if (isEvent(PaymentFailed, event)) return ['payments_failed', event.data.payment_intent_id]
  if (isEvent(LibraryGameAdded, event)) return ['lines_delivered', event.data.line_id]
  if (isEvent(NotificationStatusUpdated, event))
    return [`messages_${event.data.status}`, event.data.message_id]
  if (!isEvent(DeveloperBalanceUpdated, event)) return undefined
  const { reason, transaction_item_id: line, refund_id: refund } = event.data
  // A line is credited once, but may be refunded in pieces.
  return reason === 'sale'
    ? ['developer_credits', line]
    : ['developer_reversals', `${line} ${refund}`]
}

/** The days of all projections are UTC's. */
export const dayOf = (instant: string): string => instant.slice(0, 10)

export function markOf(event: Envelope): Mark | undefined {
  const point = pointOf(event)
  if (point === undefined) return undefined
  return { name: point[0], subject: point[1], day: dayOf(event.time) }
}
