import { LibraryGameAdded } from '@rialto/contracts/library/events.ts'
import { fulfillOrder } from '../../features/fulfill-order.ts'
import { reaction } from './reaction.ts'

export const libraryGameAdded = reaction(LibraryGameAdded, {
  needs: () => 'lines',
  act: ({ event, orders, tx, now }) => fulfillOrder(orders, event.data, { tx, now }),
})
