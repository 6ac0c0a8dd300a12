// For each line of a paid order, the product enters the user's library. Lines delivered before are passed over, so that the
// same order may be delivered any number of times.

import { libraryItemStates } from '@rialto/contracts/library/states.ts'
import type { OrderProcessingCompleted } from '@rialto/contracts/orders/events.ts'
import type { DataOf } from '@rialto/kernel/pure/contract.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { publishLibraryGameAdded } from '../events/publishers.ts'
import { insertItem, type NewItem, selectDelivered } from '../store.ts'

export async function addItems(
  tx: Tx,
  order: DataOf<typeof OrderProcessingCompleted>,
): Promise<void> {
  const delivered = new Set(
    (await tx.many(selectDelivered(order.items.map((line) => line.line_id)))).map(
      (row) => row.line_id,
    ),
  )
  for (const line of order.items) {
    if (delivered.has(line.line_id)) continue
    const item: NewItem = {
      itemId: tx.ctx.env.ids.next('lib'),
      userId: order.user_id,
      productId: line.product_id,
      title: line.title,
      orderId: order.order_id,
      lineId: line.line_id,
      purchasedAt: order.completed_at,
    }
    tx.begin(libraryItemStates, 'owned', insertItem(item))
    publishLibraryGameAdded(tx, item)
  }
}
