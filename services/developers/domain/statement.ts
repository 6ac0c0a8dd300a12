// A month's statement as its reader sees it.

import type { StatementEntry } from '@rialto/contracts/developers/http.ts'
import type { Cell } from '@rialto/kernel/documents/csv.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Static } from 'typebox'
import type { EntryRow, Span, TotalRow } from '../store.ts'

export type EntryView = Static<typeof StatementEntry>

/** The instants of a month such as `2026-11`, UTC. */
export function spanOf(month: string): Span {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return { fromMs: Date.UTC(year, number - 1), toMs: Date.UTC(year, number) }
}

export const entryView = (row: EntryRow): EntryView => ({
  booked_at: isoInstant(row.booked_at),
  sold_at: isoInstant(row.sold_at),
  reason: row.cause === 'sale' ? 'sale' : 'refund',
  transaction_item_id: row.line_id,
  order_id: row.order_id,
  product_id: row.product_id,
  title: row.title,
  price: toJsonMinor(row.price_minor),
  tax: toJsonMinor(row.tax_minor),
  amount: toJsonMinor(row.amount_minor),
  currency: row.currency,
})

export function totalView(row: TotalRow) {
  const closing = row.balance_minor - row.later_minor
  return {
    currency: row.currency,
    opening_balance: toJsonMinor(closing - row.sales_minor - row.refunds_minor),
    sales: toJsonMinor(row.sales_minor),
    refunds: toJsonMinor(row.refunds_minor),
    closing_balance: toJsonMinor(closing),
    entries: row.entries,
  }
}

export const COLUMNS = [
  'booked_at',
  'sold_at',
  'reason',
  'transaction_item_id',
  'order_id',
  'product_id',
  'title',
  'price',
  'tax',
  'amount',
  'currency',
] as const satisfies readonly (keyof EntryView)[]

export const csvRow = (row: EntryRow): Cell[] => {
  const view = entryView(row)
  return COLUMNS.map((column) => view[column])
}
