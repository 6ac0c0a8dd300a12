// What is pushed to whom: of each event the user it names, and of its data the fields named here. A list of what may leave, so
// that a field added to an event one day does not. The other events of an order say the same things to other services.

import { LibraryGameAdded } from '@rialto/contracts/library/events.ts'
import { NotificationStatusUpdated } from '@rialto/contracts/notifications/events.ts'
import {
  OrderCanceled,
  OrderCompleted,
  OrderCreated,
  OrderExpired,
  OrderFulfilled,
  OrderPaymentPending,
  OrderUpdated,
} from '@rialto/contracts/orders/events.ts'
import {
  PaymentFailed,
  PaymentRefunded,
  PaymentStatusUpdated,
} from '@rialto/contracts/payments/events.ts'
import { FiscalReceiptStatusUpdated } from '@rialto/contracts/payments/receipts.ts'
import type { AnyEvent, DataOf } from '@rialto/kernel/pure/contract.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'

interface Told {
  readonly event: AnyEvent
  readonly fields: readonly string[]
}

const told = <E extends AnyEvent>(event: E, ...fields: (keyof DataOf<E> & string)[]): Told => ({
  event,
  fields,
})

const TOLD: readonly Told[] = [
  told(OrderCreated, 'order_id', 'total_amount', 'currency', 'expires_at'),
  told(OrderUpdated, 'order_id', 'updated_fields', 'total_amount', 'currency'),
  told(OrderPaymentPending, 'order_id', 'payment_intent_id'),
  told(OrderCompleted, 'order_id', 'payment_id', 'completed_at'),
  told(OrderFulfilled, 'order_id'),
  told(OrderCanceled, 'order_id', 'reason', 'refund_amount', 'currency'),
  told(OrderExpired, 'order_id', 'expired_at'),
  told(
    PaymentStatusUpdated,
    ...(['order_id', 'transaction_id', 'old_status', 'new_status', 'late'] as const),
  ),
  told(PaymentFailed, 'order_id', 'payment_intent_id', 'error'),
  told(
    PaymentRefunded,
    ...(['order_id', 'payment_id', 'refund_id', 'amount', 'currency', 'late'] as const),
  ),
  told(FiscalReceiptStatusUpdated, 'order_id', 'receipt_id', 'kind', 'status'),
  told(LibraryGameAdded, 'order_id', 'product_id', 'purchase_date'),
  told(
    NotificationStatusUpdated,
    ...(['order_id', 'message_id', 'template', 'channel', 'status'] as const),
  ),
]

const FIELDS = new Map(TOLD.map(({ event, fields }) => [event.type, fields]))

export const pushedEvents: readonly AnyEvent[] = TOLD.map(({ event }) => event)

export interface Push {
  readonly userId: string
  readonly event: string
  /** JSON text. */
  readonly data: string
  readonly at: string
}

/** What one event pushes; undefined for one that nobody is told of. */
export function pushOf({ type, data, time }: Envelope): Push | undefined {
  const fields = FIELDS.get(type)
  const all = data as Readonly<Record<string, unknown>>
  if (fields === undefined || typeof all.user_id !== 'string') return undefined
  const shown = Object.fromEntries(fields.map((name) => [name, all[name]]))
  return { userId: all.user_id, event: type, data: JSON.stringify(shown), at: time }
}
