import { PaymentFailed } from '@rialto/contracts/payments/events.ts'
import { sum, tell } from '../told.ts'

export const paymentFailed = tell(PaymentFailed, (payment) => ({
  kind: 'payment_failed',
  factId: payment.payment_intent_id,
  userId: payment.user_id,
  orderId: payment.order_id,
  facts: {
    order_id: payment.order_id,
    total: sum(payment.amount, payment.currency),
    reason: { code: payment.error },
  },
}))
