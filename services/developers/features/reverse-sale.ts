// A refund takes back what its payment gave. Late money never gave anything, so there is nothing to take.

import type { PaymentRefunded } from '@rialto/contracts/payments/events.ts'
import type { DataOf } from '@rialto/kernel/pure/contract.ts'
import { fromJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { type Entry, reversalsOf } from '../domain/entry.ts'
import { type EntryRow, selectEntriesOf } from '../store.ts'
import { book } from './book.ts'

const entryOf = (row: EntryRow): Entry => ({
  orderId: row.order_id,
  lineId: row.line_id,
  cause: row.cause,
  paymentId: row.payment_id,
  developerId: row.developer_id,
  productId: row.product_id,
  title: row.title,
  priceMinor: row.price_minor,
  taxMinor: row.tax_minor,
  amountMinor: row.amount_minor,
  currency: row.currency,
  soldAt: isoInstant(row.sold_at),
})

/** `told`: the event's own transaction and instant. */
export async function reverseSale(
  tx: Tx,
  refund: DataOf<typeof PaymentRefunded>,
  told: { readonly tx: Tx; readonly at: string; readonly now: number },
): Promise<void> {
  const rows = await tx.many(selectEntriesOf(refund.order_id, refund.payment_id))
  const reversals = reversalsOf(rows.map(entryOf), {
    refundId: refund.refund_id,
    amountMinor: fromJsonMinor(refund.amount),
    refundedAt: told.at,
  })
  const bookings = reversals.map((entry) => ({ entry, tx: told.tx }))
  await book(tx, bookings, told.now)
}
