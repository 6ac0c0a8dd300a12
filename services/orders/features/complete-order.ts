// The one way in which an order becomes paid. Two events tell of the same payment; the second one, a late one and one with
// another amount change nothing, and why is kept.

import { Terminal } from '@rialto/kernel/pure/failure.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { completionOf } from '../domain/order.ts'
import { publishOrderCompleted } from '../events/publishers.ts'
import { insertAbsorbed } from '../store.ts'
import type { OpenOrders } from './open-orders.ts'

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

export function completeOrder(
  orders: OpenOrders,
  paid: Paid,
  { tx, now }: { readonly tx: () => Tx; readonly now: number },
): void {
  const { orderId, paymentId, eventId, eventType, provider } = paid
  const order = orders.get(orderId)
  if (order === undefined)
    throw new Terminal(
      'orders.unknown_order',
      `${eventType} names ${orderId}, which does not exist`,
    )
  const decision = completionOf(order, paid)
  if (decision.kind === 'repeat') return
  const own = tx()
  if (decision.kind === 'absorb') {
    const { reason } = decision
    own.write(insertAbsorbed({ eventId, orderId, paymentId, eventType, reason, atMs: now }))
    own.ctx.log.warn({ order: orderId, payment: paymentId, reason }, 'payment absorbed')
    return
  }
  const change = { payment_id: paymentId, last_payment_status: 'completed', completed_at: now }
  orders.move(own, orderId, { status: 'completed', ...change })
  publishOrderCompleted(own, order, {
    ...{ lines: orders.linesOf(orderId), paymentId, provider, atMs: now },
  })
}
