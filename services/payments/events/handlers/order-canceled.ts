import { OrderCanceled } from '@rialto/contracts/orders/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { noteOrderEnded } from '../../features/note-order-ended.ts'

export const orderCanceled = on(OrderCanceled, {
  act: ({ event, tx, now }) => noteOrderEnded(tx, event.data.order_id, now),
})
