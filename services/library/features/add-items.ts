// For each line of a paid order, the product enters the user's library. Lines delivered before are passed over, so that the
// same order may be delivered any number of times; that a line was delivered is for its index to say.

import { libraryItemStates } from '@rialto/contracts/library/states.ts'
import type { OrderProcessingCompleted } from '@rialto/contracts/orders/events.ts'
import type { DataOf } from '@rialto/kernel/pure/contract.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { publishLibraryGameAdded } from '../events/publishers.ts'
import { insertItems, type NewItem } from '../store.ts'

/** A paid order, and the transaction in its name. */
export interface PaidOrder {
  readonly order: DataOf<typeof OrderProcessingCompleted>
  readonly tx: Tx
}

const itemsOf = ({ order, tx }: PaidOrder): NewItem[] =>
  order.items.map((line) => ({
    itemId: tx.ctx.env.ids.next('lib'),
    userId: order.user_id,
    productId: line.product_id,
    title: line.title,
    orderId: order.order_id,
    lineId: line.line_id,
    purchasedAt: order.completed_at,
  }))

export async function addItems(tx: Tx, paid: readonly PaidOrder[]): Promise<void> {
  const items = paid.flatMap((one) => itemsOf(one).map((item) => ({ item, tx: one.tx })))
  const inserted = await tx.many(insertItems(items.map(({ item }) => item)))
  const added = new Set(inserted.map((row) => row.line_id))
  for (const { item, tx: own } of items) {
    // Two orders of one batch may be one, told twice: the first counts.
    if (!added.delete(item.lineId)) continue
    own.step(libraryItemStates, 'owned')
    publishLibraryGameAdded(own, item)
  }
}
