import { DeveloperBalanceUpdated } from '@rialto/contracts/developers/events.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Entry } from '../domain/entry.ts'

export const publishBalanceUpdated = (
  tx: Tx,
  entry: Entry,
  moved: { balanceMinor: bigint; atMs: number },
) =>
  tx.publish(DeveloperBalanceUpdated, {
    developer_id: entry.developerId,
    new_balance: toJsonMinor(moved.balanceMinor),
    currency: entry.currency,
    transaction_item_id: entry.lineId,
    amount: toJsonMinor(entry.amountMinor),
    ...(entry.cause === 'sale' ? { reason: 'sale' } : { reason: 'refund', refund_id: entry.cause }),
    order_id: entry.orderId,
    product_id: entry.productId,
    updated_at: isoInstant(moved.atMs),
  })
