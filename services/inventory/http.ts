import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { reserve } from './features/reserve-stock.ts'

export const features: Feature<AnyRoute>[] = [reserve]
