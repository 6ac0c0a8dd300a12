import { readOrder as route } from '@rialto/contracts/orders/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { orderView } from '../domain/order.ts'
import { problems } from '../errors.ts'
import { selectOrder } from '../store.ts'

export const readOrder = query(route, async ({ input, read }) => {
  const lines = await read((tx) => tx.many(selectOrder(input.params.order_id)))
  const [order] = lines
  if (order === undefined) throw new Problem(problems.unknown_order)
  return reply(200, orderView(order, lines))
})
