import { OrderUpdated } from '@rialto/contracts/orders/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { followOrder, lockOrderPayments } from '../../store.ts'

/** The waiting payment follows its order. One that was started stays as it was asked for: the order can no longer change. */
export const orderUpdated = on(OrderUpdated, {
  async act({ event, tx }) {
    const { order_id: orderId, total_amount: amountMinor, items } = event.data
    tx.write(lockOrderPayments(orderId))
    tx.write(followOrder(orderId, { amountMinor, items }))
  },
})
