// All that others tell of orders, in batches. One event after the other waited for the database three times, with the locks of
// those before it held; now a batch locks its orders once, whatever is told of them, and writes once. The events of an order keep
// their order: it is their key.

import { inBatches } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../../config.ts'
import { OpenOrders } from '../../features/open-orders.ts'
import { libraryGameAdded } from './library-game-added.ts'
import { paymentCompleted } from './payment-completed.ts'
import { paymentFailed } from './payment-failed.ts'
import { paymentIntentCreated } from './payment-intent-created.ts'
import { paymentRefunded } from './payment-refunded.ts'
import { paymentTransactionStatusUpdated } from './payment-transaction-status-updated.ts'
import type { Reaction } from './reaction.ts'

const reactions = [
  paymentTransactionStatusUpdated,
  paymentCompleted,
  paymentFailed,
  paymentIntentCreated,
  paymentRefunded,
  libraryGameAdded,
]
const byType = new Map(reactions.map((reaction) => [reaction.event.type, reaction]))

const unique = (news: readonly { readonly orderId: string }[]): string[] => [
  ...new Set(news.map(({ orderId }) => orderId)),
]

export const orderNews = inBatches<{}, Parts>({
  group: 'orders',
  events: reactions.map(({ event }) => event),
  onDeath: 'block',
  // A buyer waits for the game, but not for these milliseconds: five pieces of news of an order are 2.2 transactions at 20 orders a second.
  lingerMs: 10,
  async act({ events, of, tx, parts, now }) {
    const news = events.map((event) => {
      const { needs, act } = byType.get(event.type) as Reaction
      const data = event.data as { readonly order_id: string }
      return { event, act, needs: needs(data), orderId: data.order_id }
    })
    const withLines = news.filter(({ needs }) => needs === 'lines')
    const orders = await OpenOrders.lock(tx, {
      orders: unique(news.filter(({ needs }) => needs !== 'nothing')),
      withLines: unique(withLines),
    })
    for (const { event, act } of news)
      act({ event, orders, tx: () => of(event).tx, now, config: parts.config })
    orders.save(tx)
  },
})
