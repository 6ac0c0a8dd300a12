import { getProduct } from '@rialto/contracts/catalog/http.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { productOf } from '../domain/product.ts'
import { readProduct } from './read-product.ts'

export const getOne = query<typeof getProduct, {}, Parts>(
  getProduct,
  async ({ input, read, parts, now }) => {
    const { region = 'RU', locale = 'en' } = input.query
    const buying = { region, locale, atMs: now }
    return reply(
      200,
      productOf(await readProduct({ read, parts }, input.params.product_id, buying)),
    )
  },
)
