// How recorded runs compare with their diagrams: found one by one, and counted.

import * as contract from '@rialto/contracts/observer/admin.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { decodeCursor, pageOf } from '@rialto/kernel/service/cursor.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { countDeviations, countVerdicts, type FlowRow, selectFlows } from '../store.ts'

const DEFAULT_LIMIT = 50

const summaryOf = (row: FlowRow) => ({
  flow: row.flow,
  diagram: row.diagram,
  deviations: row.deviations.map((d) => ({ ...d })),
  first_at: isoInstant(row.first_at),
  ...(row.user_id === null ? {} : { user_id: row.user_id }),
  ...(row.verdict === null ? {} : { verdict: row.verdict }),
  ...(row.required === null ? {} : { required: row.required }),
  ...(row.seen === null ? {} : { seen: row.seen }),
  ...(row.judged_at === null ? {} : { judged_at: isoInstant(row.judged_at) }),
})

export const findFlows = query(contract.listFlows, async ({ input, read }) => {
  const { limit = DEFAULT_LIMIT, cursor, ...filter } = input.query
  const [firstAtMs, flow] = decodeCursor(cursor, ['instant', 'text']) ?? []
  const after = firstAtMs === undefined || flow === undefined ? {} : { after: { firstAtMs, flow } }
  const rows = await read((tx) => tx.many(selectFlows({ ...filter, ...after, limit: limit + 1 })))
  const { shown, next } = pageOf(rows, limit, (row) => [row.first_at, row.flow])
  return reply(200, { items: shown.map(summaryOf), ...next })
})

export const showConformance = query(contract.showConformance, ({ input, read }) =>
  read(async (tx) => {
    const { from, to = null } = input.query
    const counts = await tx.many(countVerdicts(from, to))
    const deviations = await tx.many(countDeviations(from, to))
    const names = [...new Set(counts.map((row) => row.diagram))]
    return reply(200, {
      diagrams: names.map((diagram) => {
        const own = counts.filter((row) => row.diagram === diagram)
        const runs = (verdict: FlowRow['verdict']): number =>
          own.find((row) => row.verdict === verdict)?.runs ?? 0
        return {
          diagram,
          runs: own.reduce((sum, row) => sum + row.runs, 0),
          conforms: runs('conforms'),
          deviates: runs('deviates'),
          running: runs('running'),
          inconclusive: runs('inconclusive'),
          unjudged: runs(null),
          deviations: deviations
            .filter((row) => row.diagram === diagram)
            .map(({ type, message, runs: times, flow }) => ({
              ...{ type, runs: times, flow },
              ...(message === null ? {} : { message }),
            })),
        }
      }),
    })
  }),
)
