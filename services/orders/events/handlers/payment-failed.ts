import { PaymentFailed } from '@rialto/contracts/payments/events.ts'
import { setAttemptError } from '../../store.ts'
import { reaction } from './reaction.ts'

/** That it failed is known from its status; this adds why. */
export const paymentFailed = reaction(PaymentFailed, {
  needs: () => 'nothing',
  act({ event, tx, now }) {
    const { order_id: orderId, payment_intent_id: paymentId, error } = event.data
    tx().write(setAttemptError({ paymentId, orderId, error, atMs: now }))
  },
})
