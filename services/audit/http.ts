import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { exportEntries } from './features/export-entries.ts'
import { listEntries } from './features/list-entries.ts'

export const features: Feature<AnyRoute>[] = [listEntries, exportEntries]
