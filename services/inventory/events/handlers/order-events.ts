// Follows the orders: created, changed, paid, ended. One batch handler for these events, because most orders hold no limited copy
// and should cost no transaction of their own here: what a batch's orders hold is looked up at once. Within a batch the events
// are taken in the order in which they happened.

import {
  OrderCanceled,
  OrderCompleted,
  OrderCreated,
  OrderExpired,
  OrderUpdated,
} from '@rialto/contracts/orders/events.ts'
import type { BatchHandler } from '@rialto/kernel/service/service.ts'
import { type Locked, settleReservations } from '../../features/settle-reservations.ts'
import { confirmReservations, lockReservations, type ReservationState } from '../../store.ts'

/** What becomes of the copies that an order still lists; one that it lists no more is released. */
const AFTER: Readonly<Record<string, ReservationState>> = {
  [OrderCreated.type]: 'held',
  [OrderUpdated.type]: 'held',
  [OrderCompleted.type]: 'committed',
  [OrderCanceled.type]: 'released',
  [OrderExpired.type]: 'released',
}

interface Told {
  readonly order_id: string
  /** Absent when the order has ended. */
  readonly items?: readonly { readonly product_id: string }[]
}

export const orderEvents: BatchHandler = {
  group: 'inventory',
  // What is held stays held meanwhile; most orders hold nothing, and then this is all they cost here.
  lingerMs: 250,
  events: [OrderCreated, OrderUpdated, OrderCompleted, OrderCanceled, OrderExpired],
  async act({ events, tx }) {
    const about = events.map((event) => {
      const { order_id: orderId, items = [] } = event.data as unknown as Told
      const listed = new Set(items.map((item) => item.product_id))
      return { orderId, after: AFTER[event.type] as ReservationState, listed }
    })
    const locked = await tx.many(lockReservations([...new Set(about.map((a) => a.orderId))]))
    const held: Locked = Map.groupBy(locked, (reservation) => reservation.order_id)
    for (const { orderId, after, listed } of about) {
      if (!held.has(orderId)) continue
      const stateOf = (productId: string) => (listed.has(productId) ? after : 'released')
      await settleReservations(tx, held, { orderId, stateOf })
      tx.write(confirmReservations(orderId))
    }
  },
}
