import { getRevenue as route } from '@rialto/contracts/analytics/http.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { rangeOf } from '../domain/range.ts'
import { selectRevenue, selectRevenueTotals } from '../store.ts'

/** A year of days fits; of games the best-selling ones. */
const GROUPS_MAX = 1_000

export const getRevenue = query(route, async ({ input, now, read }) => {
  const { group_by } = input.query
  const range = rangeOf(input.query, now)
  const [rows, totals] = await read(async (tx) => [
    await tx.many(selectRevenue(group_by, range, GROUPS_MAX + 1)),
    await tx.many(selectRevenueTotals(range)),
  ])
  return reply(200, {
    group_by,
    ...range,
    items: rows
      .slice(0, GROUPS_MAX)
      .map(({ amount_minor, ...row }) => ({ ...row, amount: toJsonMinor(amount_minor) })),
    totals: totals.map(({ amount_minor, ...row }) => ({
      ...row,
      amount: toJsonMinor(amount_minor),
    })),
    more: rows.length > GROUPS_MAX,
  })
})
