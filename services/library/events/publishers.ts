import { LibraryGameAdded } from '@rialto/contracts/library/events.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { NewItem } from '../store.ts'

export const publishLibraryGameAdded = (tx: Tx, item: NewItem) =>
  tx.publish(LibraryGameAdded, {
    user_id: item.userId,
    product_id: item.productId,
    order_id: item.orderId,
    line_id: item.lineId,
    acquisition_type: 'purchase',
    purchase_date: item.purchasedAt,
  })
