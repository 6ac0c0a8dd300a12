import { OrderExpired } from '@rialto/contracts/orders/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../../config.ts'
import { noteOrderEnded } from '../../features/follow-order.ts'

export const orderExpired = on<typeof OrderExpired, {}, Parts>(OrderExpired, {
  act: ({ event, tx, now, parts }) => noteOrderEnded(tx, event.data.order_id, { now, parts }),
})
