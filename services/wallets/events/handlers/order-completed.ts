import { OrderCompleted } from '@rialto/contracts/orders/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../../config.ts'
import { askPurchase, bookPurchase, type Purchase } from '../../features/book-purchase.ts'

export const orderCompleted = on<typeof OrderCompleted, {}, Parts, Purchase | undefined>(
  OrderCompleted,
  {
    ask: ({ event, parts }) => askPurchase(parts.ledger, event.data),
    async act({ facts, parts, tx }) {
      if (facts !== undefined) bookPurchase(parts.ledger, tx, facts)
    },
  },
)
