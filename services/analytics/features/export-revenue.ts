import { getRevenueCsv } from '@rialto/contracts/analytics/http.ts'
import { csvOf } from '@rialto/kernel/documents/csv.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { rangeOf } from '../domain/range.ts'
import { selectRevenue } from '../store.ts'

const ROWS_MAX = 50_000

export const exportRevenue = query(getRevenueCsv, async ({ input, now, read }) => {
  const { group_by } = input.query
  const range = rangeOf(input.query, now)
  const rows = await read((tx) => tx.many(selectRevenue(group_by, range, ROWS_MAX)))
  const header = [group_by, 'label', 'currency', 'orders', 'lines', 'amount_minor']
  return reply(
    200,
    csvOf(
      header,
      rows.map((r) => [r.key, r.label, r.currency, r.orders, r.lines, r.amount_minor]),
    ),
  )
})
