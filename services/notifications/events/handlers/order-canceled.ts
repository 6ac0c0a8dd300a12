import { OrderCanceled } from '@rialto/contracts/orders/events.ts'
import { tell } from '../told.ts'

/** Only an unpaid order is canceled, so nothing goes back; late money is told of by its own refund. */
export const orderCanceled = tell(OrderCanceled, ({ order_id, user_id }) => ({
  kind: 'order_canceled',
  factId: order_id,
  userId: user_id,
  orderId: order_id,
  facts: { order_id },
}))
