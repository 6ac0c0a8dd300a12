import { listProducts } from '@rialto/contracts/catalog/http.ts'
import { decodeCursor, pageOf } from '@rialto/kernel/service/cursor.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { productOf } from '../domain/product.ts'
import { searchOf } from '../domain/search.ts'
import { selectProducts } from '../store.ts'

const DEFAULT_LIMIT = 24

export const listAll = query(listProducts, async ({ input, read, now }) => {
  const { q, genre, region, locale = 'en', limit = DEFAULT_LIMIT, cursor } = input.query
  const after = decodeCursor(cursor, ['text', 'text'])
  const rows = await read((tx) =>
    tx.many(
      selectProducts({
        words: searchOf(q),
        genre: genre ?? null,
        region: region ?? 'RU',
        locale,
        atMs: now,
        after: after ?? null,
        limit: limit + 1,
      }),
    ),
  )
  const { shown, next } = pageOf(rows, limit, (row) => [row.title, row.product_id])
  return reply(200, { items: shown.map(productOf), ...next })
})
