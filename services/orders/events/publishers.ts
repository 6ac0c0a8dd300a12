// Typed publishing functions. Who publishes twice for one fact does it here, in the order in which the documents name them.

import {
  OrderCanceled,
  OrderCompleted,
  OrderCreated,
  OrderExpired,
  OrderFulfilled,
  OrderPaymentInitiationRequested,
  OrderPaymentPending,
  OrderProcessingCompleted,
  OrderUpdated,
} from '@rialto/contracts/orders/events.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { eventLine, type NewOrder } from '../domain/order.ts'
import type { LineRow, OrderRow } from '../store.ts'

const about = (order: Pick<OrderRow, 'order_id' | 'user_id'>) => ({
  order_id: order.order_id,
  user_id: order.user_id,
})

export function publishOrderCreated(
  tx: Tx,
  order: NewOrder,
  preferredMethod: string | undefined,
): void {
  const items = order.lines.map((line) => ({
    line_id: line.lineId,
    product_id: line.productId,
    title: line.title,
    quantity: line.quantity,
    amount: toJsonMinor(line.amountMinor),
    list_amount: toJsonMinor(line.listMinor),
    tax_code: line.taxCode,
    developer_id: line.developerId,
  }))
  const total = {
    order_id: order.orderId,
    user_id: order.userId,
    total_amount: toJsonMinor(order.totalMinor),
    currency: order.currency,
  }
  tx.publish(OrderCreated, {
    ...total,
    order_type: 'purchase',
    channel: 'online',
    items,
    expires_at: isoInstant(order.expiresAtMs),
  })
  tx.publish(OrderPaymentInitiationRequested, {
    ...total,
    items_for_receipt: items,
    preferred_payment_method_id: preferredMethod ?? null,
  })
}

export const publishPaymentPending = (tx: Tx, order: OrderRow, paymentId: string) =>
  tx.publish(OrderPaymentPending, {
    ...about(order),
    payment_intent_id: paymentId,
    amount: toJsonMinor(order.total_minor),
    currency: order.currency,
  })

export function publishOrderCompleted(
  tx: Tx,
  order: OrderRow,
  paid: {
    lines: readonly LineRow[]
    paymentId: string
    provider: string | undefined
    atMs: number
  },
): void {
  const completed = {
    ...about(order),
    items: paid.lines.map(eventLine),
    total_amount: toJsonMinor(order.total_minor),
    currency: order.currency,
    completed_at: isoInstant(paid.atMs),
  }
  tx.publish(OrderCompleted, {
    ...completed,
    order_type: order.order_type,
    payment_id: paid.paymentId,
    region: order.region,
    ...(paid.provider === undefined ? {} : { provider: paid.provider }),
  })
  tx.publish(OrderProcessingCompleted, completed)
}

export const publishOrderFulfilled = (
  tx: Tx,
  order: OrderRow,
  delivered: readonly { line_id: string; delivered_at: string }[],
) => tx.publish(OrderFulfilled, { ...about(order), fulfillment_details: [...delivered] })

export const publishOrderExpired = (tx: Tx, order: OrderRow, atMs: number) =>
  tx.publish(OrderExpired, { ...about(order), expired_at: isoInstant(atMs) })

export const publishOrderCanceled = (tx: Tx, order: OrderRow, reason: string) =>
  tx.publish(OrderCanceled, {
    ...about(order),
    reason,
    refund_amount: 0,
    currency: order.currency,
  })

export const publishOrderUpdated = (
  tx: Tx,
  order: OrderRow,
  changed: { lines: readonly LineRow[]; removed: readonly string[] },
) =>
  tx.publish(OrderUpdated, {
    ...about(order),
    changes: {
      total_amount: toJsonMinor(order.total_minor),
      removed_line_ids: [...changed.removed],
    },
    updated_fields: ['items', 'total_amount'],
    total_amount: toJsonMinor(order.total_minor),
    currency: order.currency,
    items: changed.lines.map(eventLine),
    version: order.version,
  })
