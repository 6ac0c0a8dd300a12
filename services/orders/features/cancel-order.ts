// The buyer gives an unpaid order up. While a provider is deciding about its payment, nobody ends it: the money may be on its way.

import { cancelOrder as route } from '@rialto/contracts/orders/http.ts'
import { orderStates } from '@rialto/contracts/orders/states.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { feature, reply } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { orderView } from '../domain/order.ts'
import { problems } from '../errors.ts'
import { publishOrderCanceled } from '../events/publishers.ts'
import { endOrder, lockOrders, releaseLines, selectLines } from '../store.ts'

const REASON = 'canceled_by_buyer'
const DECIDING = new Set(['processing', 'authorized'])

export const cancelOrder = feature<typeof route, {}, Parts>(route, {
  async act({ input, caller, tx, ctx }) {
    const { order_id: orderId } = input.params
    const order = await tx.maybe(lockOrders([orderId]))
    if (order === undefined || order.user_id !== caller.id)
      throw new Problem(problems.unknown_order)
    ctx.flow = orderId
    if (order.status !== 'pending_payment' && order.status !== 'canceled')
      throw new Problem(problems.order_ended)
    if (order.status === 'pending_payment') {
      if (DECIDING.has(order.last_payment_status ?? ''))
        throw new Problem(problems.order_in_payment)
      await tx.move(orderStates, order.status, 'canceled', endOrder(orderId, 'canceled', REASON))
      tx.write(releaseLines(orderId))
      publishOrderCanceled(tx, order, REASON)
    }
    const lines = await tx.many(selectLines([orderId]))
    const ended = {
      ...order,
      status: 'canceled' as const,
      ended_reason: order.ended_reason ?? REASON,
    }
    return reply(200, orderView(ended, lines))
  },
})
