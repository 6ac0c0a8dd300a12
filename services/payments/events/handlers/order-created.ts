import { OrderCreated } from '@rialto/contracts/orders/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { createPayment } from '../../features/create-payment.ts'
import { lockOrderPayments, selectOrderFacts } from '../../store.ts'

/** The buyer may have been quicker and started to pay; then there is a payment already. */
export const orderCreated = on(OrderCreated, {
  async act({ event, tx, now }) {
    const { order_id, user_id, channel, order_type, total_amount, currency, items } = event.data
    if (channel !== 'online' || order_type !== 'purchase') return
    await tx.run(lockOrderPayments(order_id))
    const { payments, ended } = await tx.one(selectOrderFacts(order_id))
    if (payments > 0 || ended) return
    const about = { orderId: order_id, userId: user_id, amountMinor: total_amount, currency }
    createPayment(tx, { ...about, receiptItems: items, preferredMethod: null }, now)
  },
})
