import { findOwned } from '@rialto/contracts/library/http.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { selectOwned } from '../store.ts'

export const checkOwned = query(findOwned, async ({ input, read }) => {
  const row = await read((tx) =>
    tx.maybe(selectOwned(input.params.user_id, input.query.product_id)),
  )
  return reply(200, { owned: row !== undefined })
})
