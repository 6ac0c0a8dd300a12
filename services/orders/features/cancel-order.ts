// The buyer gives an unpaid order up. A buyer who comes back from the provider's page is often quicker than its webhook: so payments
// is asked before, which looks at the provider, and an order whose money is there is not ended. While a provider is deciding, or
// does not answer, nobody ends it either: the money may be on its way.

import { cancelOrder as route } from '@rialto/contracts/orders/http.ts'
import { orderStates } from '@rialto/contracts/orders/states.ts'
import type { PaymentsClient } from '@rialto/contracts/payments/client.ts'
import type { lookNow } from '@rialto/contracts/payments/http.ts'
import { paymentProblems } from '@rialto/contracts/payments/problems.ts'
import type { ReplyOf } from '@rialto/kernel/pure/contract.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { feature, reply } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { orderView } from '../domain/order.ts'
import { problems } from '../errors.ts'
import { publishOrderCanceled } from '../events/publishers.ts'
import {
  endOrder,
  lockOrders,
  type OrderRow,
  releaseLines,
  selectAttempts,
  selectLines,
} from '../store.ts'
import { stillToHeed } from './expire-orders.ts'

interface Clients {
  readonly payments: PaymentsClient
}
type Looked = ReplyOf<typeof lookNow>['body']['items']

const REASON = 'canceled_by_buyer'
const AGAIN_SECONDS = 5

const NOTHING_TAKEN = new Set(['created', 'failed', 'canceled'])

/** Refuses when the order has ended. Nobody who has paid, or may have, is told that nothing was charged. */
export async function checkOpen(tx: Tx, order: OrderRow): Promise<void> {
  const { status, order_id: orderId } = order
  if (status === 'pending_payment') return
  if (status !== 'canceled' && status !== 'expired') throw new Problem(problems.order_paid)
  const attempts = await tx.many(selectAttempts(orderId))
  const money = attempts.every((one) => NOTHING_TAKEN.has(one.status)) ? 'untouched' : 'checking'
  throw new Problem({ ...problems.order_ended, money })
}

/** Refuses while a payment speaks for the order, as payments has just seen it: what orders last heard may be old. */
async function checkUnpaid(tx: Tx, order: OrderRow, looked: Looked): Promise<void> {
  const named = await stillToHeed(tx, order.order_id, looked)
  const isAny = (standing: Looked[number]['standing']) =>
    named.some((payment) => payment.standing === standing)
  if (isAny('paid'))
    throw new Problem(
      { ...problems.order_in_payment, money: 'safe' },
      { detail: 'Its money has arrived; the order is being completed.' },
    )
  if (isAny('unanswered'))
    throw new Problem(paymentProblems.provider_unavailable, { retryAfterSeconds: AGAIN_SECONDS })
  if (isAny('deciding')) throw new Problem(problems.order_in_payment)
}

export const cancelOrder = feature<typeof route, Clients, Parts, Looked>(route, {
  async ask({ input, caller, clients }) {
    const about = { order_id: input.params.order_id, user_id: caller.id }
    return (await clients.payments.lookNow({ body: about })).items
  },
  async act({ input, caller, tx, ctx, facts }) {
    const { order_id: orderId } = input.params
    const order = await tx.maybe(lockOrders([orderId]))
    if (order === undefined || order.user_id !== caller.id)
      throw new Problem(problems.unknown_order)
    ctx.flow = orderId
    let shown: OrderRow = order
    if (order.status !== 'canceled') {
      await checkOpen(tx, order)
      await checkUnpaid(tx, order, facts)
      await tx.move(orderStates, order.status, 'canceled', endOrder(orderId, 'canceled', REASON))
      tx.write(releaseLines(orderId))
      publishOrderCanceled(tx, order, REASON)
      shown = { ...order, status: 'canceled', ended_reason: REASON, version: order.version + 1 }
    }
    const lines = await tx.many(selectLines([orderId]))
    return reply(200, orderView(shown, lines))
  },
})
