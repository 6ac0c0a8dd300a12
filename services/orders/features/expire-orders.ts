// Ends orders that were not paid in time. Each is a transaction of its own, because each has its own diagram; whoever is being
// paid or changed at this moment is passed over and looked at again 5 s later.

import { orderStates } from '@rialto/contracts/orders/states.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { endOf } from '../domain/order.ts'
import { publishOrderCanceled, publishOrderExpired } from '../events/publishers.ts'
import { endOrder, lockExpired, releaseLines, selectExpired } from '../store.ts'

const BATCH = 100
const BATCHES_MAX = 10

async function expire(tx: Tx, orderId: string, now: number): Promise<void> {
  const order = await tx.maybe(lockExpired(orderId, now))
  if (order === undefined) return
  const { status, reason } = endOf(order.last_payment_status)
  await tx.move(orderStates, order.status, status, endOrder(orderId, status, reason))
  tx.write(releaseLines(orderId))
  if (status === 'expired') publishOrderExpired(tx, order, now)
  else publishOrderCanceled(tx, order, reason)
}

async function run({ unit, ctx, now }: JobRun<undefined, Parts>): Promise<void> {
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const due = await unit((tx) => tx.many(selectExpired(now, BATCH)))
    for (const { order_id } of due) {
      ctx.flow = order_id
      await unit((tx) => expire(tx, order_id, now))
      ctx.end()
    }
    if (due.length < BATCH) return
  }
}

export const expireOrders = job<undefined, Parts>({ name: 'orders.expire', everySeconds: 5, run })
