// The one way in which an order becomes paid. Two events tell of the same payment; the second one, a late one and one with
// another amount change nothing, and why is kept.

import { orderStates } from '@rialto/contracts/orders/states.ts'
import { Terminal } from '@rialto/kernel/pure/failure.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { completionOf } from '../domain/order.ts'
import { publishOrderCompleted } from '../events/publishers.ts'
import { completeOrder as complete, insertAbsorbed, lockOrder, selectLines } from '../store.ts'

export interface Paid {
  readonly orderId: string
  readonly paymentId: string
  readonly amount: number
  readonly currency: string
  /** It goes back to the buyer: nothing may be delivered for it. */
  readonly late: boolean
  /** The event that says so. */
  readonly eventId: string
  readonly eventType: string
  /** Who took the money; unknown in old events. */
  readonly provider?: string | undefined
}

export async function completeOrder(tx: Tx, paid: Paid, now: number): Promise<void> {
  const { orderId, paymentId, eventId, eventType } = paid
  const order = await tx.maybe(lockOrder(orderId))
  if (order === undefined)
    throw new Terminal(
      'orders.unknown_order',
      `${eventType} names ${orderId}, which does not exist`,
    )
  const decision = completionOf(order, paid)
  if (decision.kind === 'repeat') return
  if (decision.kind === 'absorb') {
    const { reason } = decision
    tx.write(insertAbsorbed({ eventId, orderId, paymentId, eventType, reason, atMs: now }))
    tx.ctx.log.warn({ order: orderId, payment: paymentId, reason }, 'payment absorbed')
    return
  }
  await tx.move(orderStates, order.status, 'completed', complete(orderId, paymentId, now))
  const lines = await tx.many(selectLines([orderId]))
  publishOrderCompleted(tx, order, { lines, paymentId, provider: paid.provider, atMs: now })
}
