import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { checkOwned } from './features/check-owned.ts'
import { listItems } from './features/list-items.ts'

export const features: Feature<AnyRoute>[] = [listItems, checkOwned]
