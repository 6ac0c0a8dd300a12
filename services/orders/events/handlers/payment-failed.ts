import { PaymentFailed } from '@rialto/contracts/payments/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { setAttemptError } from '../../store.ts'

/** That it failed is known from its status; this adds why. */
export const paymentFailed = on(PaymentFailed, {
  async act({ event, tx, now }) {
    const { order_id, payment_intent_id, error } = event.data
    tx.write(setAttemptError({ paymentId: payment_intent_id, orderId: order_id, error, atMs: now }))
  },
})
