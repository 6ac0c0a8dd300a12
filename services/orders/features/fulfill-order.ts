// A line was delivered; when it was the last one, the order is fulfilled.

import type { LibraryGameAdded } from '@rialto/contracts/library/events.ts'
import type { DataOf } from '@rialto/kernel/pure/contract.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { publishOrderFulfilled } from '../events/publishers.ts'
import type { OpenOrders } from './open-orders.ts'

export function fulfillOrder(
  orders: OpenOrders,
  added: DataOf<typeof LibraryGameAdded>,
  { tx, now }: { readonly tx: () => Tx; readonly now: number },
): void {
  const order = orders.get(added.order_id)
  if (order === undefined) return
  const { order_id: orderId, status } = order
  if (!orders.deliver(orderId, added.line_id, added.purchase_date)) return
  const lines = orders.linesOf(orderId)
  const delivered = lines.flatMap(({ line_id, delivered_at }) =>
    delivered_at === null ? [] : [{ line_id, delivered_at: isoInstant(delivered_at) }],
  )
  if (status !== 'completed' || delivered.length < lines.length) return
  const own = tx()
  orders.move(own, orderId, { status: 'fulfilled', fulfilledAtMs: now })
  publishOrderFulfilled(own, order, delivered)
}
