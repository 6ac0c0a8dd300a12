import { Problem } from '@rialto/kernel/pure/problem.ts'
import type { Unit } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { type Buying, factsFor } from '../domain/facts.ts'
import { problems } from '../errors.ts'
import { selectFacts } from '../store.ts'

/** A product as a buyer finds it, from the cache where it is there. Throws `unknown_product`. */
export async function readProduct(
  at: { readonly read: Unit; readonly parts: Parts },
  productId: string,
  buying: Buying,
) {
  const facts = await at.parts.products.through(productId, () =>
    at.read((tx) => tx.maybe(selectFacts(productId, buying.atMs))),
  )
  if (facts === undefined)
    throw new Problem(problems.unknown_product, { facts: { product_id: productId } })
  return factsFor(facts, buying)
}
