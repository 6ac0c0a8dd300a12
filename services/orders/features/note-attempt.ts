// Notes how an attempt to pay stands. Only the current attempt decides how long the order waits and how it ends; news of an
// earlier one is history.

import type { Attempt } from '../store.ts'
import type { OpenOrders } from './open-orders.ts'

const BEGUN = new Set(['pending_psp_redirect', 'processing', 'authorized'])

export function noteAttempt(orders: OpenOrders, attempt: Attempt, windowMs: number): void {
  const { orderId, paymentId, status, atMs } = attempt
  const order = orders.get(orderId)
  if (order === undefined) return
  orders.note(attempt)
  const isCurrent = order.payment_id === null || order.payment_id === paymentId
  if (order.status !== 'pending_payment' || !isCurrent) return
  const begins = BEGUN.has(status) && !BEGUN.has(order.last_payment_status ?? '')
  // An attempt that has begun gives the order more time, never less.
  const expires_at = begins ? Math.max(order.expires_at, atMs + windowMs) : order.expires_at
  orders.change(orderId, { last_payment_status: status, expires_at })
}
