import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { exportStatement } from './features/export-statement.ts'
import { getBalance } from './features/get-balance.ts'
import { getStatement } from './features/get-statement.ts'

export const features: Feature<AnyRoute>[] = [getBalance, getStatement, exportStatement]
