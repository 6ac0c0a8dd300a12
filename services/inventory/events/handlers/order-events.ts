// Follows the orders: created, paid, ended. One batch handler for the four events, because most orders hold no limited copy
// and should cost no transaction of their own here: what a batch's orders hold is looked up at once. Within a batch the events
// are taken in the order in which they happened.

import {
  OrderCanceled,
  OrderCompleted,
  OrderCreated,
  OrderExpired,
} from '@rialto/contracts/orders/events.ts'
import type { BatchHandler } from '@rialto/kernel/service/service.ts'
import { settleReservations } from '../../features/settle-reservations.ts'
import { confirmReservations, lockReservations, type ReservationState } from '../../store.ts'

/** What becomes of an order's reservations. */
const AFTER: Readonly<Record<string, ReservationState>> = {
  [OrderCreated.type]: 'held',
  [OrderCompleted.type]: 'committed',
  [OrderCanceled.type]: 'released',
  [OrderExpired.type]: 'released',
}

export const orderEvents: BatchHandler = {
  group: 'inventory',
  // What is held stays held meanwhile; most orders hold nothing, and then this is all they cost here.
  lingerMs: 250,
  events: [OrderCreated, OrderCompleted, OrderCanceled, OrderExpired],
  async act({ events, tx }) {
    const about = events.map((event) => ({
      orderId: (event.data as { order_id: string }).order_id,
      after: AFTER[event.type] as ReservationState,
    }))
    const locked = await tx.many(lockReservations([...new Set(about.map((a) => a.orderId))]))
    const held = Map.groupBy(locked, (reservation) => reservation.order_id)
    for (const { orderId, after } of about) {
      const reservations = held.get(orderId)
      if (reservations === undefined) continue
      held.set(orderId, await settleReservations(tx, reservations, after))
      if (after === 'held') tx.write(confirmReservations(orderId))
    }
  },
}
