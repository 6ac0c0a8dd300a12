// Notes how an attempt to pay stands. Only the current attempt decides how long the order waits and how it ends; news of an
// earlier one is history.

import type { OrdersConfig } from '../config.ts'
import type { Attempt } from '../store.ts'
import type { OpenOrders } from './open-orders.ts'

const BEGUN = new Set(['pending_psp_redirect', 'processing', 'authorized'])

export function noteAttempt(orders: OpenOrders, attempt: Attempt, config: OrdersConfig): void {
  const { orderId, paymentId, status, atMs } = attempt
  const order = orders.get(orderId)
  if (order === undefined) return
  orders.note(attempt)
  const isCurrent = order.payment_id === null || order.payment_id === paymentId
  if (order.status !== 'pending_payment' || !isCurrent) return
  const begins = BEGUN.has(status) && !BEGUN.has(order.last_payment_status ?? '')
  // An attempt that has begun gives the order more time, never less; but what it holds is not held for ever by attempts alone.
  const latest = order.created_at + config.waitsAtMostMs
  const until = Math.min(atMs + config.attemptWindowMs, latest)
  const expires_at = begins ? Math.max(order.expires_at, until) : order.expires_at
  orders.change(orderId, { last_payment_status: status, expires_at })
}
