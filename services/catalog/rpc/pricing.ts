// GetProductPrice: what this product costs this buyer now. Refusals are the same problems as over HTTP.

import { type GetProductPriceRequest, Pricing } from '@rialto/contracts/gen/catalog/pricing_pb.ts'
import { money } from '@rialto/kernel/pure/money.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import type { RpcBinding } from '@rialto/kernel/service/service.ts'
import { priceOf } from '../domain/pricing.ts'
import { problems } from '../errors.ts'
import { readProduct } from '../features/read-product.ts'

export const pricing: RpcBinding = {
  descriptor: Pricing,
  implement: ({ read, parts, env }) => ({
    async getProductPrice({ productId, userRegion, currency }: GetProductPriceRequest) {
      const buying = { region: userRegion, locale: 'en', atMs: env.clock.now() }
      const row = await readProduct({ read, parts }, productId, buying)
      if (row.amount_minor === null || row.currency === null)
        throw new Problem(problems.not_sold_in_region, { facts: { region: userRegion } })
      if (currency !== '' && currency !== row.currency)
        throw new Problem(problems.wrong_currency, { facts: { currency: row.currency } })
      const { list, price, applied } = priceOf(
        money(row.amount_minor, row.currency),
        row.promotions ?? [],
      )
      return {
        price: { minorUnits: price.minor, currency: row.currency },
        listPrice: { minorUnits: list.minor, currency: row.currency },
        promotionsApplied: applied.map((a) => ({
          id: a.promotionId,
          name: a.name,
          discountMinor: a.discount.minor,
        })),
        title: row.title,
        kind: row.kind,
        developerId: row.developer_id,
        taxCode: row.tax_code,
        limited: row.limited,
      }
    },
  }),
}
