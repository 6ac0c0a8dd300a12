// Holds whose order never came to be: placement failed between the hold and its own commit. That nothing was heard of an order
// proves nothing, because the bus may be behind: orders is asked, and while it does not answer nothing is released.

import type { OrdersClient } from '@rialto/contracts/orders/client.ts'
import { orderProblems } from '@rialto/contracts/orders/problems.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import { confirmReservations, lockOrphan, selectOrphans } from '../store.ts'
import { settleReservations } from './settle-reservations.ts'

interface Clients {
  readonly orders: OrdersClient
}

const AFTER_MS = 15 * MINUTE
const BATCH = 100

async function exists(orders: OrdersClient, orderId: string): Promise<boolean> {
  try {
    await orders.getOrder({ params: { order_id: orderId } })
    return true
  } catch (error) {
    if (error instanceof Problem && error.kind.code === orderProblems.unknown_order.code)
      return false
    throw error
  }
}

async function run({ unit, now, clients }: JobRun<undefined, {}, Clients>): Promise<void> {
  const find = () => unit((tx) => tx.many(selectOrphans(now - AFTER_MS, BATCH)))
  // Again and again, because what one order gives up may lie with the next that stands behind it; each is settled once and for all.
  for (let orphans = await find(); orphans.length > 0; orphans = await find())
    for (const { order_id: orderId } of orphans) {
      const isPlaced = await exists(clients.orders, orderId)
      await unit(async (tx) => {
        // Its news is on the way, and says what becomes of the copies.
        if (isPlaced) return tx.write(confirmReservations(orderId))
        const locked = new Map([[orderId, await tx.many(lockOrphan(orderId))]])
        await settleReservations(tx, locked, { orderId, stateOf: () => 'released' })
      })
    }
}

export const releaseOrphans = job<undefined, {}, Clients>({
  name: 'inventory.release-orphans',
  everySeconds: 60,
  run,
})
