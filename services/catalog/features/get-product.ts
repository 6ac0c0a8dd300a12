import { getProduct } from '@rialto/contracts/catalog/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { productOf } from '../domain/product.ts'
import { problems } from '../errors.ts'
import { selectProduct } from '../store.ts'

export const getOne = query(getProduct, async ({ input, read, now }) => {
  const { product_id: productId } = input.params
  const { region = 'RU', locale = 'en' } = input.query
  const row = await read((tx) => tx.maybe(selectProduct(productId, { region, locale, atMs: now })))
  if (row === undefined)
    throw new Problem(problems.unknown_product, { facts: { product_id: productId } })
  return reply(200, productOf(row))
})
