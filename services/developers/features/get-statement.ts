import { getDeveloperStatement } from '@rialto/contracts/developers/http.ts'
import { decodeCursor, pageOf } from '@rialto/kernel/service/cursor.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { entryView, spanOf, totalView } from '../domain/statement.ts'
import { selectEntries, selectTotals } from '../store.ts'
import { findDeveloper } from './find-developer.ts'

const DEFAULT_LIMIT = 50

export const getStatement = query(getDeveloperStatement, ({ input, caller, read }) =>
  read(async (tx) => {
    const { month, developer_id, limit = DEFAULT_LIMIT, cursor } = input.query
    const after = decodeCursor(cursor, ['instant', 'text', 'text', 'text']) ?? null
    const developerId = await findDeveloper(tx, caller, developer_id)
    const span = spanOf(month)
    const totals = await tx.many(selectTotals(developerId, span))
    const rows = await tx.many(selectEntries(developerId, span, { after, limit: limit + 1 }))
    const { shown, next } = pageOf(rows, limit, (row) => [
      row.booked_at,
      row.line_id,
      row.cause,
      row.payment_id,
    ])
    return reply(200, {
      developer_id: developerId,
      month,
      totals: totals.map(totalView),
      items: shown.map(entryView),
      ...next,
    })
  }),
)
