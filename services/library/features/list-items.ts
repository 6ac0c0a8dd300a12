import { listLibraryItems } from '@rialto/contracts/library/http.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { decodeCursor, pageOf } from '@rialto/kernel/service/cursor.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { selectItems } from '../store.ts'

const DEFAULT_LIMIT = 50

export const listItems = query(listLibraryItems, async ({ input, caller, read, ctx }) => {
  const { limit = DEFAULT_LIMIT, cursor } = input.query
  const from = decodeCursor(cursor, ['instant', 'text']) ?? null
  const rows = await read((tx) => tx.many(selectItems(caller.id, from, limit + 1)))
  const { shown, next } = pageOf(rows, limit, (row) => [row.purchased_at, row.item_id])
  // The read is drawn in the diagram of the order that it shows first: the one a person looks for.
  ctx.flow ??= shown[0]?.order_id
  return reply(200, {
    items: shown.map(({ purchased_at, ...item }) => ({
      ...item,
      purchase_date: isoInstant(purchased_at),
    })),
    ...next,
  })
})
