import { PaymentIntentCreated } from '@rialto/contracts/payments/events.ts'
import { publishPaymentPending } from '../publishers.ts'
import { reaction } from './reaction.ts'

export const paymentIntentCreated = reaction(PaymentIntentCreated, {
  needs: () => 'order',
  act({ event, orders, tx }) {
    const { order_id: orderId, payment_intent_id: paymentId } = event.data
    const order = orders.get(orderId)
    // An order that has ended meanwhile waits for nothing.
    if (order?.status !== 'pending_payment') return
    orders.change(orderId, { payment_id: paymentId, last_payment_status: 'created' })
    publishPaymentPending(tx(), order, paymentId)
  },
})
