import { getDeveloperStatementCsv } from '@rialto/contracts/developers/http.ts'
import { csvOf } from '@rialto/kernel/documents/csv.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { COLUMNS, csvRow, spanOf } from '../domain/statement.ts'
import { problems } from '../errors.ts'
import { selectEntries } from '../store.ts'
import { findDeveloper } from './find-developer.ts'

/** About 10 MB, and what a spreadsheet opens without complaint. */
const ROWS_MAX = 50_000

export const exportStatement = query(getDeveloperStatementCsv, ({ input, caller, read }) =>
  read(async (tx) => {
    const developerId = await findDeveloper(tx, caller, input.query.developer_id)
    const page = { after: null, limit: ROWS_MAX + 1 }
    const rows = await tx.many(selectEntries(developerId, spanOf(input.query.month), page))
    if (rows.length > ROWS_MAX) throw new Problem(problems.statement_too_long)
    return reply(200, csvOf(COLUMNS, rows.map(csvRow)))
  }),
)
