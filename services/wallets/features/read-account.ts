import { readAccount, readBalance } from '@rialto/contracts/wallets/http.ts'
import { walletProblems } from '@rialto/contracts/wallets/problems.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { nameFrom } from '../domain/accounts.ts'
import { type AccountRow, selectAccount, selectAccountByName } from '../store.ts'

const existing = (row: AccountRow | undefined): AccountRow => {
  if (row === undefined) throw new Problem(walletProblems.unknown_account)
  return row
}

export const getAccount = query(readAccount, async ({ input, read }) => {
  const row = existing(await read((tx) => tx.maybe(selectAccount(input.params.account_id))))
  const { account_id, kind, owner, currency, state, min_balance_minor } = row
  return reply(200, {
    ...{ account_id, kind, owner, currency, state },
    balance: toJsonMinor(row.balance_minor),
    ...(min_balance_minor === null ? {} : { min_balance: toJsonMinor(min_balance_minor) }),
    version: Number(row.version),
    opened_at: isoInstant(row.opened_at),
  })
})

export const getBalance = query(readBalance, async ({ input, read }) => {
  const { account, currency } = input.query
  const found = await read((tx) =>
    tx.maybe(
      account.startsWith('acc_')
        ? selectAccount(account)
        : selectAccountByName(nameFrom(account, currency)),
    ),
  )
  const row = existing(found?.currency === currency ? found : undefined)
  return reply(200, {
    account_id: row.account_id,
    balance: toJsonMinor(row.balance_minor),
    version: Number(row.version),
  })
})
