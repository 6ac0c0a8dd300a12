import { PaymentCompleted } from '@rialto/contracts/payments/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { completeOrder } from '../../features/complete-order.ts'

export const paymentCompleted = on(PaymentCompleted, {
  async act({ event, tx, now }) {
    const { order_id, payment_intent_id, amount, currency } = event.data
    const told = {
      eventId: event.id,
      eventType: event.type,
      provider: event.data.provider,
      late: event.data.late,
    }
    const paid = { orderId: order_id, paymentId: payment_intent_id, amount, currency, ...told }
    await completeOrder(tx, paid, now)
  },
})
