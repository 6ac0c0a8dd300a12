// Follows the orders: created, paid, ended. One batch handler for the four events, because most orders hold no limited copy
// and should cost no transaction of their own here; within a batch they are taken in the order in which they happened.

import {
  OrderCanceled,
  OrderCompleted,
  OrderCreated,
  OrderExpired,
} from '@rialto/contracts/orders/events.ts'
import type { BatchHandler } from '@rialto/kernel/service/service.ts'
import {
  commitReservations,
  keepReservations,
  releaseReservations,
} from '../../features/settle-reservations.ts'
import { confirmReservations } from '../../store.ts'

export const orderEvents: BatchHandler = {
  group: 'inventory',
  // What is held stays held meanwhile; most orders hold nothing, and then this is all they cost here.
  lingerMs: 250,
  events: [OrderCreated, OrderCompleted, OrderCanceled, OrderExpired],
  async act({ events, tx }) {
    for (const event of events) {
      const { order_id: orderId } = event.data as { order_id: string }
      if (event.type === OrderCompleted.type) await commitReservations(tx, orderId)
      else if (event.type !== OrderCreated.type) await releaseReservations(tx, orderId)
      else {
        await keepReservations(tx, orderId)
        tx.write(confirmReservations(orderId))
      }
    }
  },
}
