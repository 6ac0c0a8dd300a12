import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { postPosting } from './features/post-to-ledger.ts'
import { getAccount, getBalance } from './features/read-account.ts'
import { getTrialBalance } from './features/read-trial-balance.ts'

export const features: Feature<AnyRoute>[] = [postPosting, getAccount, getBalance, getTrialBalance]
