import { getFunnel as route } from '@rialto/contracts/analytics/http.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { MARK_NAMES } from '../domain/facts.ts'
import { rangeOf } from '../domain/range.ts'
import { type CountRow, selectCounts } from '../store.ts'

const POINTS = [...MARK_NAMES, 'orders_paid'] as const
type Counts = Record<(typeof POINTS)[number], number>

const sumOf = (rows: readonly CountRow[]): Counts => {
  const sum = (name: string): number =>
    rows.filter((row) => row.name === name).reduce((all, row) => all + row.count, 0)
  return Object.fromEntries(POINTS.map((name) => [name, sum(name)])) as Counts
}

export const getFunnel = query(route, async ({ input, now, read }) => {
  const range = rangeOf(input.query, now)
  const rows = await read((tx) => tx.many(selectCounts(range)))
  const days = [...new Set(rows.map((row) => row.day))]
  return reply(200, {
    ...range,
    totals: sumOf(rows),
    days: days.map((day) => ({ day, counts: sumOf(rows.filter((row) => row.day === day)) })),
  })
})
