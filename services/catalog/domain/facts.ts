// All that a product is, for every region, language and moment, and what of it holds for one buyer. The whole is what is cached:
// one entry a product, and a promotion begins and ends on time whenever the entry was made. Pure.

import { closed } from '@rialto/contracts/shapes/fields.ts'
import Type, { type Static } from 'typebox'
import type { PricedRow } from './product.ts'

const text = Type.String()

export const ProductFacts = closed({
  product_id: text,
  slug: text,
  title: text,
  /** In English. */
  description: text,
  /** In other languages, by locale. */
  descriptions: Type.Record(text, text),
  kind: Type.Literal('game'),
  genre: text,
  developer_id: text,
  age_mark: Type.Unsafe<PricedRow['age_mark']>(text),
  tax_code: text,
  limited: Type.Boolean(),
  /** By region; minor units as text, because JSON has no bigint. */
  prices: Type.Record(text, closed({ minor: text, currency: text })),
  /** Those not over yet, in the order in which they apply. */
  promotions: Type.Array(
    closed({
      promotionId: text,
      name: text,
      percentOff: Type.Number(),
      startsAtMs: Type.Number(),
      endsAtMs: Type.Number(),
    }),
  ),
})

export type ProductFacts = Static<typeof ProductFacts>

export interface Buying {
  readonly region: string
  readonly locale: string
  readonly atMs: number
}

/** The product as this buyer finds it. */
export function factsFor(
  { prices, promotions, descriptions, ...facts }: ProductFacts,
  { region, locale, atMs }: Buying,
): PricedRow & Pick<ProductFacts, 'tax_code' | 'limited'> {
  const price = prices[region]
  return {
    ...facts,
    description: descriptions[locale] ?? facts.description,
    amount_minor: price === undefined ? null : BigInt(price.minor),
    currency: price?.currency ?? null,
    promotions: promotions.filter((p) => p.startsAtMs <= atMs && atMs < p.endsAtMs),
  }
}
