import { OrderPaymentInitiationRequested } from '@rialto/contracts/orders/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { createFirstPayment } from '../../features/create-payment.ts'
import { insertRequestedPayment } from '../../store.ts'

export const orderPaymentInitiationRequested = on(OrderPaymentInitiationRequested, {
  async act({ event, tx, now }) {
    const { order_id, user_id, total_amount, currency, items_for_receipt } = event.data
    const preferredMethod = event.data.preferred_payment_method_id
    const about = { orderId: order_id, userId: user_id, amountMinor: total_amount, currency, now }
    const order = { ...about, receiptItems: items_for_receipt, preferredMethod }
    await createFirstPayment(tx, order, insertRequestedPayment)
  },
})
