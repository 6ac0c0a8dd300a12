import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { getOne } from './features/get-product.ts'
import { listAll } from './features/list-products.ts'

export const features: Feature<AnyRoute>[] = [listAll, getOne]
