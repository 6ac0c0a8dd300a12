// In batches: what is delivered to many buyers at once is one statement. A line is an item's own key, so nothing here depends on
// what stands beside it.

import { OrderProcessingCompleted } from '@rialto/contracts/orders/events.ts'
import { inBatches, isEvent } from '@rialto/kernel/service/service.ts'
import { addItems } from '../../features/add-items.ts'

export const orderProcessingCompleted = inBatches({
  group: 'library',
  events: [OrderProcessingCompleted],
  onDeath: 'block',
  act: ({ events, of, tx }) =>
    addItems(
      tx,
      events.flatMap((event) =>
        isEvent(OrderProcessingCompleted, event) ? [{ order: event.data, tx: of(event).tx }] : [],
      ),
    ),
})
