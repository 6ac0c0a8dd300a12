import { OrderPaymentInitiationRequested } from '@rialto/contracts/orders/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { createPayment } from '../../features/create-payment.ts'
import { lockOrderPayments, selectOrderFacts, setReceipt } from '../../store.ts'

export const orderPaymentInitiationRequested = on(OrderPaymentInitiationRequested, {
  async act({ event, tx, now }) {
    const { order_id, user_id, total_amount, currency, items_for_receipt } = event.data
    const preferredMethod = event.data.preferred_payment_method_id
    await tx.run(lockOrderPayments(order_id))
    const { payments, ended } = await tx.one(selectOrderFacts(order_id))
    if (payments > 0) {
      tx.write(setReceipt(order_id, { items: items_for_receipt, preferredMethod }))
      return
    }
    if (ended) return
    const about = { orderId: order_id, userId: user_id, amountMinor: total_amount, currency }
    createPayment(tx, { ...about, receiptItems: items_for_receipt, preferredMethod }, now)
  },
})
