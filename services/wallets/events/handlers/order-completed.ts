// Paid purchases enter the book, a quarter of a second's worth as one posting call: the hot rows (clearing, revenue, tax) are locked
// once for all of them, and inbox, cursors and COMMIT go along. The other half of a sale's money, the developer's balance, is as old.

import { OrderCompleted } from '@rialto/contracts/orders/events.ts'
import { inBatches, isEvent } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../../config.ts'
import { askPurchase, type Purchase, postingOf } from '../../features/book-purchase.ts'

export const orderCompleted = inBatches<{}, Parts, Purchase | undefined>({
  group: 'wallets',
  events: [OrderCompleted],
  when: (event) => isEvent(OrderCompleted, event) && event.data.order_type === 'purchase',
  // What is not in the book shall be seen, not passed over.
  onDeath: 'block',
  lingerMs: 250,
  ask: async ({ event, parts }) =>
    isEvent(OrderCompleted, event) ? askPurchase(parts.ledger, event.data) : undefined,
  async act({ events, of, tx, parts }) {
    const postings = events.flatMap((event) => {
      const { facts } = of(event)
      return facts === undefined ? [] : [postingOf(facts, tx.ctx.env.ids.uuid())]
    })
    parts.ledger.postIn(tx, postings)
  },
})
