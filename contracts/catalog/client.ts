// What other services may ask the catalog, over gRPC.

import type { GetProductPriceRequest, ProductPriceResponse } from '../gen/catalog/pricing_pb.ts'
import { Pricing } from '../gen/catalog/pricing_pb.ts'

export const catalogRpc = {
  service: 'catalog',
  participant: 'CatalogSvc',
  descriptor: Pricing,
} as const

export interface CatalogClient {
  getProductPrice(
    request: Pick<GetProductPriceRequest, 'productId' | 'userRegion' | 'currency'>,
  ): Promise<ProductPriceResponse>
}
