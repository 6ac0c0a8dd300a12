// A line was delivered; when it was the last one, the order is fulfilled.

import type { LibraryGameAdded } from '@rialto/contracts/library/events.ts'
import { orderStates } from '@rialto/contracts/orders/states.ts'
import type { DataOf } from '@rialto/kernel/pure/contract.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { publishOrderFulfilled } from '../events/publishers.ts'
import { deliverLine, fulfillOrder as fulfill, lockOrder, selectLines } from '../store.ts'

export async function fulfillOrder(
  tx: Tx,
  added: DataOf<typeof LibraryGameAdded>,
  now: number,
): Promise<void> {
  const order = await tx.maybe(lockOrder(added.order_id))
  if (order === undefined) return
  if ((await tx.run(deliverLine(added.line_id, added.purchase_date))) === 0) return
  const lines = await tx.many(selectLines([order.order_id]))
  const delivered = lines.flatMap(({ line_id, delivered_at }) =>
    delivered_at === null ? [] : [{ line_id, delivered_at: isoInstant(delivered_at) }],
  )
  if (order.status !== 'completed' || delivered.length < lines.length) return
  await tx.move(orderStates, order.status, 'fulfilled', fulfill(order.order_id, now))
  publishOrderFulfilled(tx, order, delivered)
}
