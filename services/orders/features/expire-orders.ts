// Ends orders that were not paid in time. Each is a transaction of its own, because each has its own diagram; whoever is being
// paid or changed at this moment is passed over and looked at again 5 s later. What we heard of payments may be behind, and an order
// that ends wrongly gives the money of its buyer back instead of the game: so payments is asked before, outside any order's diagram,
// and while it does not answer nothing ends.

import { orderStates } from '@rialto/contracts/orders/states.ts'
import type { PaymentsClient } from '@rialto/contracts/payments/client.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { endOf } from '../domain/order.ts'
import { publishOrderCanceled, publishOrderExpired } from '../events/publishers.ts'
import { endOrder, lockExpired, releaseLines, selectAbsorbed, selectExpired } from '../store.ts'

interface Clients {
  readonly payments: PaymentsClient
}
type Run = JobRun<undefined, Parts, Clients>

const BATCH = 100
const BATCHES_MAX = 100

interface Named {
  readonly transaction_id: string
}

/** Payments that speak for the order, less those that it has heard of and did not take: their money goes back. */
export async function stillToHeed<P extends Named>(
  tx: Tx,
  orderId: string,
  payments: readonly P[],
): Promise<readonly P[]> {
  if (payments.length === 0) return payments
  const heard = new Set((await tx.many(selectAbsorbed(orderId))).map((row) => row.payment_id))
  return payments.filter(({ transaction_id: paymentId }) => !heard.has(paymentId))
}

async function expire(
  tx: Tx,
  orderId: string,
  { unsettled, now }: { readonly unsettled: readonly Named[]; readonly now: number },
): Promise<void> {
  const order = await tx.maybe(lockExpired(orderId, now))
  if (order === undefined || (await stillToHeed(tx, orderId, unsettled)).length > 0) return
  const { status, reason } = endOf(order.last_payment_status)
  await tx.move(orderStates, order.status, status, endOrder(orderId, status, reason))
  tx.write(releaseLines(orderId))
  if (status === 'expired') publishOrderExpired(tx, order, now)
  else publishOrderCanceled(tx, order, reason)
}

/** Payments of these orders that paid in time or still may, by order. */
async function askPayments(
  { ctx, clientsFor }: Run,
  orderIds: readonly string[],
): Promise<(orderId: string) => readonly Named[]> {
  const asking = ctx.for({})
  try {
    const { payments } = clientsFor(asking)
    const { items } = await payments.findUnsettled({ query: { order_id: [...orderIds] } })
    const found = Map.groupBy(items, (item) => item.order_id)
    return (orderId) => found.get(orderId) ?? []
  } finally {
    asking.end()
  }
}

async function run(given: Run): Promise<void> {
  const { unit, ctx, now } = given
  let last: { readonly expires_at: number; readonly order_id: string } | undefined
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const due = await unit((tx) => tx.many(selectExpired(now, last ?? null, BATCH)))
    last = due.at(-1)
    if (last === undefined) return
    const unsettledOf = await askPayments(
      given,
      due.map((order) => order.order_id),
    )
    for (const { order_id } of due) {
      ctx.flow = order_id
      await unit((tx) => expire(tx, order_id, { unsettled: unsettledOf(order_id), now }))
      ctx.end()
    }
    if (due.length < BATCH) return
  }
}

export const expireOrders = job<undefined, Parts, Clients>({
  name: 'orders.expire',
  everySeconds: 5,
  run,
})
