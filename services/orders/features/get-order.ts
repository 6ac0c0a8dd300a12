import { getOrder as route } from '@rialto/contracts/orders/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { orderView } from '../domain/order.ts'
import { problems } from '../errors.ts'
import { selectOrder } from '../store.ts'

/** Somebody else's order reads as one that does not exist, so that ids cannot be tried out. */
export const getOrder = query(route, async ({ input, caller, ctx, read }) => {
  const lines = await read((tx) => tx.many(selectOrder(input.params.order_id)))
  const [order] = lines
  const allowed = order?.user_id === caller.id || caller.roles.includes('operator')
  if (order === undefined || !allowed) throw new Problem(problems.unknown_order)
  ctx.flow = order.order_id
  return reply(200, orderView(order, lines))
})
