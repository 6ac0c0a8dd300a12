import { OrderExpired } from '@rialto/contracts/orders/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { noteOrderEnded } from '../../features/note-order-ended.ts'

export const orderExpired = on(OrderExpired, {
  act: ({ event, tx, now }) => noteOrderEnded(tx, event.data.order_id, now),
})
