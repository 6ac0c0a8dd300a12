import { OrderProcessingCompleted } from '@rialto/contracts/orders/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { addItems } from '../../features/add-items.ts'

export const orderProcessingCompleted = on(OrderProcessingCompleted, {
  act: ({ event, tx }) => addItems(tx, event.data),
})
