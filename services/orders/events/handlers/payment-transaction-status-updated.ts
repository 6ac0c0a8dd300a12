import { PaymentStatusUpdated } from '@rialto/contracts/payments/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../../config.ts'
import { completeOrder } from '../../features/complete-order.ts'
import { noteAttempt } from '../../features/note-attempt.ts'

export const paymentTransactionStatusUpdated = on<typeof PaymentStatusUpdated, {}, Parts>(
  PaymentStatusUpdated,
  {
    async act({ event, tx, now, parts }) {
      const { order_id, transaction_id, new_status, amount, currency } = event.data
      const orderId = order_id
      const paymentId = transaction_id
      const windowMs = parts.config.attemptWindowMs
      await noteAttempt(
        tx,
        { orderId, paymentId, status: new_status, error: null },
        { now, windowMs },
      )
      if (new_status !== 'completed') return
      const told = {
        eventId: event.id,
        eventType: event.type,
        provider: event.data.provider,
        late: event.data.late,
      }
      await completeOrder(tx, { orderId, paymentId, amount, currency, ...told }, now)
    },
  },
)
