import { OrderExpired } from '@rialto/contracts/orders/events.ts'
import { instant, tell } from '../told.ts'

export const orderExpired = tell(OrderExpired, ({ order_id, user_id, expired_at }) => ({
  kind: 'order_expired',
  factId: order_id,
  userId: user_id,
  orderId: order_id,
  facts: { order_id, ended_at: instant(expired_at) },
}))
