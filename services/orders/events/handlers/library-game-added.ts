import { LibraryGameAdded } from '@rialto/contracts/library/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import { fulfillOrder } from '../../features/fulfill-order.ts'

export const libraryGameAdded = on(LibraryGameAdded, {
  act: ({ event, tx, now }) => fulfillOrder(tx, event.data, now),
})
