// Whether the book adds up, as a figure for monitoring. Every posting does, so any other value than 0 says that rows were changed past
// the code. It looks at every account, so it is read seldom.

import type { Reading } from '@rialto/kernel/observability/readings.ts'
import { selectTrialBalance } from '../store.ts'

const IMBALANCE = 'rialto_wallets_ledger_imbalance_units'

export const watchBalance: Reading = {
  gauges: [
    {
      name: IMBALANCE,
      help: 'Minor units by which credits exceed debits over all accounts; 0, or the book is wrong',
      labels: ['currency'],
    },
  ],
  everySeconds: 300,
  async read(tx) {
    const sums = new Map<string, bigint>()
    for (const { currency, debit_minor, credit_minor } of await tx.many(selectTrialBalance()))
      sums.set(currency, (sums.get(currency) ?? 0n) + credit_minor - debit_minor)
    return [...sums].map(([currency, sum]) => ({
      gauge: IMBALANCE,
      labels: { currency },
      value: Number(sum),
    }))
  },
}
