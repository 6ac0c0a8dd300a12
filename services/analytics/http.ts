import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { exportRevenue } from './features/export-revenue.ts'
import { getFunnel } from './features/get-funnel.ts'
import { getRevenue } from './features/get-revenue.ts'

export const features: Feature<AnyRoute>[] = [getRevenue, exportRevenue, getFunnel]
