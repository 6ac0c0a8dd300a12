import { PaymentIntentCreated } from '@rialto/contracts/payments/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { lockOrder, setPayment } from '../../store.ts'
import { publishPaymentPending } from '../publishers.ts'

export const paymentIntentCreated = on(PaymentIntentCreated, {
  async act({ event, tx }) {
    const { order_id, payment_intent_id } = event.data
    const order = await tx.maybe(lockOrder(order_id))
    // An order that has ended meanwhile waits for nothing.
    if (order?.status !== 'pending_payment') return
    tx.write(setPayment(order_id, payment_intent_id))
    publishPaymentPending(tx, order, payment_intent_id)
  },
})
