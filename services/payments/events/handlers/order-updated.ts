import { OrderUpdated } from '@rialto/contracts/orders/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../../config.ts'
import { noteOrderChanged } from '../../features/follow-order.ts'

export const orderUpdated = on<typeof OrderUpdated, {}, Parts>(OrderUpdated, {
  async act({ event, tx, now, parts }) {
    const { order_id: orderId, total_amount: amountMinor, items, version } = event.data
    await noteOrderChanged(tx, { orderId, amountMinor, items, version }, { now, parts })
  },
})
