import { OrderProcessingCompleted } from '@rialto/contracts/orders/events.ts'
import { hasReceipt } from '@rialto/contracts/payments/receipts.ts'
import { instant, sum, tell } from '../told.ts'

export const orderProcessingCompleted = tell(OrderProcessingCompleted, (order) => ({
  kind: 'order_confirmation',
  factId: order.order_id,
  userId: order.user_id,
  orderId: order.order_id,
  facts: {
    order_id: order.order_id,
    total: sum(order.total_amount, order.currency),
    ...(hasReceipt(order.currency)
      ? { receipt_total: sum(order.total_amount, order.currency) }
      : {}),
    paid_at: instant(order.completed_at),
    items: order.items.map(({ title, amount }) => ({ title, price: sum(amount, order.currency) })),
  },
}))
