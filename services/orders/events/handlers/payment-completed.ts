import { PaymentCompleted } from '@rialto/contracts/payments/events.ts'
import { completeOrder } from '../../features/complete-order.ts'
import { reaction } from './reaction.ts'

export const paymentCompleted = reaction(PaymentCompleted, {
  needs: () => 'lines',
  act({ event, orders, tx, now }) {
    const { order_id, payment_intent_id, amount, currency, provider, late } = event.data
    const told = { eventId: event.id, eventType: event.type, provider, late }
    const paid = { orderId: order_id, paymentId: payment_intent_id, amount, currency, ...told }
    completeOrder(orders, paid, { tx, now })
  },
})
