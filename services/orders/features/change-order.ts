// The buyer takes lines out of a cart. Only while its payment was not begun: what a provider was asked for must stay what is
// ordered. The payment that waits for the order follows by `order.updated`.

import { changeOrder as route } from '@rialto/contracts/orders/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { feature, reply } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { orderView } from '../domain/order.ts'
import { problems } from '../errors.ts'
import { publishOrderUpdated } from '../events/publishers.ts'
import { lockOrders, removeLines, selectLines, setTotal } from '../store.ts'
import { checkOpen } from './cancel-order.ts'

export const changeOrder = feature<typeof route, {}, Parts>(route, {
  async act({ input, caller, tx, ctx, now }) {
    const { order_id: orderId } = input.params
    const removed = new Set(input.body.remove_line_ids)
    const order = await tx.maybe(lockOrders([orderId]))
    if (order === undefined || order.user_id !== caller.id)
      throw new Problem(problems.unknown_order)
    ctx.flow = orderId
    await checkOpen(tx, order)
    if (![null, 'created'].includes(order.last_payment_status))
      throw new Problem(problems.order_in_payment)
    const lines = await tx.many(selectLines([orderId]))
    const kept = lines.filter((line) => !removed.has(line.line_id))
    if (lines.length - kept.length < removed.size) throw new Problem(problems.unknown_line)
    if (kept.length === 0) throw new Problem(problems.last_line)
    const totalMinor = kept.reduce((sum, line) => sum + line.amount_minor, 0n)
    tx.write(removeLines(orderId, [...removed], now))
    tx.write(setTotal(orderId, totalMinor))
    const changed = { ...order, total_minor: totalMinor, version: order.version + 1 }
    publishOrderUpdated(tx, changed, { lines: kept, removed: [...removed] })
    return reply(200, orderView(changed, kept))
  },
})
