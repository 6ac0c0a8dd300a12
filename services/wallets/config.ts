import { batchReporter } from '@rialto/kernel/observability/figures.ts'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import { type Ledger, openLedger } from './ledger/ledger.ts'

/** What the features and handlers get. */
export interface Parts {
  readonly ledger: Ledger
}

export const partsOf = ({ pool, env }: BuildInput): Parts => {
  const onBatch = env.figures && batchReporter(env.figures, 'ledger')
  return { ledger: openLedger({ pool, env, ...(onBatch && { onBatch }) }) }
}
