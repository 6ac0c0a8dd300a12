import { getDeveloperBalance } from '@rialto/contracts/developers/http.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { selectBalances } from '../store.ts'
import { findDeveloper } from './find-developer.ts'

export const getBalance = query(getDeveloperBalance, ({ input, caller, read }) =>
  read(async (tx) => {
    const developerId = await findDeveloper(tx, caller, input.query.developer_id)
    const rows = await tx.many(selectBalances(developerId))
    return reply(200, {
      developer_id: developerId,
      balances: rows.map((row) => ({
        currency: row.currency,
        balance: toJsonMinor(row.balance_minor),
        updated_at: isoInstant(row.updated_at),
      })),
    })
  }),
)
