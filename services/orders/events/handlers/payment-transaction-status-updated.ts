import { PaymentStatusUpdated } from '@rialto/contracts/payments/events.ts'
import { completeOrder } from '../../features/complete-order.ts'
import { noteAttempt } from '../../features/note-attempt.ts'
import { reaction } from './reaction.ts'

export const paymentTransactionStatusUpdated = reaction(PaymentStatusUpdated, {
  needs: ({ new_status }) => (new_status === 'completed' ? 'lines' : 'order'),
  act({ event, orders, tx, now, config }) {
    const { order_id: orderId, transaction_id: paymentId, new_status: status } = event.data
    noteAttempt(orders, { orderId, paymentId, status, atMs: now }, config)
    if (status !== 'completed') return
    const { amount, currency, provider, late } = event.data
    const told = { eventId: event.id, eventType: event.type, provider, late }
    completeOrder(orders, { orderId, paymentId, amount, currency, ...told }, { tx, now })
  },
})
