import { readTrialBalance } from '@rialto/contracts/wallets/http.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { selectTrialBalance } from '../store.ts'

export const getTrialBalance = query(readTrialBalance, async ({ now, read }) => {
  const found = await read((tx) => tx.many(selectTrialBalance()))
  const totals = new Map<string, bigint>()
  for (const { currency, debit_minor, credit_minor } of found)
    totals.set(currency, (totals.get(currency) ?? 0n) + credit_minor - debit_minor)
  return reply(200, {
    rows: found.map(({ kind, currency, accounts, debit_minor, credit_minor }) => ({
      ...{ kind, currency, accounts },
      debit: toJsonMinor(debit_minor),
      credit: toJsonMinor(credit_minor),
      balance: toJsonMinor(credit_minor - debit_minor),
    })),
    totals: [...totals].map(([currency, sum]) => ({ currency, balance: toJsonMinor(sum) })),
    balanced: [...totals.values()].every((sum) => sum === 0n),
    taken_at: isoInstant(now),
  })
})
