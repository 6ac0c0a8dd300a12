import { readOrder as route } from '@rialto/contracts/orders/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { orderView } from '../domain/order.ts'
import { problems } from '../errors.ts'
import { selectLines, selectOrder } from '../store.ts'

export const readOrder = query(route, ({ input, read }) =>
  read(async (tx) => {
    const order = await tx.maybe(selectOrder(input.params.order_id))
    if (order === undefined) throw new Problem(problems.unknown_order)
    return reply(200, orderView(order, await tx.many(selectLines([order.order_id]))))
  }),
)
