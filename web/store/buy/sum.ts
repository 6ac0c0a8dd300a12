import type { Product } from '../data/queries.ts'

export interface Sum {
  readonly amount: number
  /** Undefined: nothing is sold here, or not in one currency. */
  readonly currency: string | undefined
}

/** What these games cost together, if they can be ordered together. */
export function sumOf(products: readonly Product[]): Sum {
  const prices = products.flatMap(({ price }) => (price === undefined ? [] : [price]))
  const currencies = new Set(prices.map(({ currency }) => currency))
  const amount = prices.reduce((sum, price) => sum + price.amount, 0)
  return { amount, currency: currencies.size === 1 ? prices[0]?.currency : undefined }
}
