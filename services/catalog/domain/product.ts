// A product as the storefront sees it.

import type { Product } from '@rialto/contracts/catalog/http.ts'
import { money, toJsonMinor } from '@rialto/kernel/pure/money.ts'
import type { Static } from 'typebox'
import { type Promotion, priceOf } from './pricing.ts'

export interface PricedRow {
  readonly product_id: string
  readonly slug: string
  readonly title: string
  readonly description: string
  readonly kind: 'game'
  readonly genre: string
  readonly developer_id: string
  readonly age_mark: '0+' | '6+' | '12+' | '16+' | '18+'
  readonly amount_minor: bigint | null
  readonly currency: string | null
  readonly promotions: readonly Promotion[] | null
}

/** The public form of a row; without a price in the region the price is left out. */
export function productOf(row: PricedRow): Static<typeof Product> {
  const { amount_minor: amount, currency, promotions, ...rest } = row
  const product = {
    product_id: rest.product_id,
    slug: rest.slug,
    title: rest.title,
    description: rest.description,
    kind: rest.kind,
    genre: rest.genre,
    developer_id: rest.developer_id,
    age_mark: rest.age_mark,
  }
  if (amount === null || currency === null) return product
  const { list, price, applied } = priceOf(money(amount, currency), promotions ?? [])
  return {
    ...product,
    price: {
      amount: toJsonMinor(price.minor),
      list_amount: toJsonMinor(list.minor),
      currency,
      promotions_applied: applied.map((a) => ({
        promotion_id: a.promotionId,
        name: a.name,
        discount: toJsonMinor(a.discount.minor),
      })),
    },
  }
}
