// What a product costs: the region's list price less the promotions that hold now, one after another. Pure.

import { type Money, percent, remainderOf, scale, subtract } from '@rialto/kernel/pure/money.ts'

export interface Promotion {
  readonly promotionId: string
  readonly name: string
  readonly percentOff: number
}

export interface AppliedPromotion {
  readonly promotionId: string
  readonly name: string
  readonly discount: Money
}

export interface Price {
  readonly list: Money
  readonly price: Money
  readonly applied: readonly AppliedPromotion[]
}

/** Applies promotions in the given order; each discount is what its rounding really took off. */
export function priceOf(list: Money, promotions: readonly Promotion[]): Price {
  let price = list
  const applied: AppliedPromotion[] = []
  for (const { promotionId, name, percentOff } of promotions) {
    const reduced = scale(price, remainderOf(percent(String(percentOff))))
    applied.push({ promotionId, name, discount: subtract(price, reduced) })
    price = reduced
  }
  return { list, price, applied }
}
