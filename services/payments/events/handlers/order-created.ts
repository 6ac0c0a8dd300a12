import { OrderCreated } from '@rialto/contracts/orders/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { createFirstPayment } from '../../features/create-payment.ts'
import { insertFirstPayment } from '../../store.ts'

/** The buyer may have been quicker and started to pay; then there is a payment already. */
export const orderCreated = on(OrderCreated, {
  when: ({ data }) => data.channel === 'online' && data.order_type === 'purchase',
  async act({ event, tx, now }) {
    const { order_id, user_id, total_amount, currency, items } = event.data
    const about = { orderId: order_id, userId: user_id, amountMinor: total_amount, currency, now }
    const order = { ...about, receiptItems: items, preferredMethod: null }
    await createFirstPayment(tx, order, insertFirstPayment)
  },
})
