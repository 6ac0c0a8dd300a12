import { PaymentRefunded } from '@rialto/contracts/payments/events.ts'
import { insertAbsorbed } from '../../store.ts'
import { reaction } from './reaction.ts'

/** Late money went back: no order was ever made of it, so there is nothing to undo; that it happened is kept. */
export const paymentRefunded = reaction(PaymentRefunded, {
  needs: () => 'nothing',
  act({ event, tx, now }) {
    const { order_id: orderId, payment_id: paymentId, late } = event.data
    if (!late) return
    const told = { eventId: event.id, eventType: event.type, orderId, paymentId }
    tx().write(insertAbsorbed({ ...told, reason: 'late_money_refunded', atMs: now }))
  },
})
