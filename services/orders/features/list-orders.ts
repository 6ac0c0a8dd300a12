import { listOrders as route } from '@rialto/contracts/orders/http.ts'
import { decodeCursor, pageOf } from '@rialto/kernel/service/cursor.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { orderView } from '../domain/order.ts'
import { selectLines, selectOrders } from '../store.ts'

const DEFAULT_LIMIT = 50

export const listOrders = query(route, ({ input, caller, read }) =>
  read(async (tx) => {
    const { limit = DEFAULT_LIMIT, cursor } = input.query
    const after = decodeCursor(cursor, ['instant', 'text']) ?? null
    const rows = await tx.many(selectOrders(caller.id, after, limit + 1))
    const { shown, next } = pageOf(rows, limit, (row) => [row.created_at, row.order_id])
    const lines = await tx.many(selectLines(shown.map((order) => order.order_id)))
    const byOrder = Map.groupBy(lines, (line) => line.order_id)
    return reply(200, {
      items: shown.map((order) => orderView(order, byOrder.get(order.order_id) ?? [])),
      ...next,
    })
  }),
)
