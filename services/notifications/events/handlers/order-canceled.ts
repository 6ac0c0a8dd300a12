import { OrderCanceled } from '@rialto/contracts/orders/events.ts'
import { present, sum, tell } from '../told.ts'

export const orderCanceled = tell(OrderCanceled, (order) => ({
  kind: 'order_canceled',
  factId: order.order_id,
  userId: order.user_id,
  orderId: order.order_id,
  facts: present({
    order_id: order.order_id,
    refund: order.refund_amount > 0 ? sum(order.refund_amount, order.currency) : undefined,
  }),
}))
