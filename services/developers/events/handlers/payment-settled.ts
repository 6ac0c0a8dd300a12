// Money of an order came, or went back. In batches: one developer's balance is one row, and taken once an event its lock would be
// held over a round trip and a flush for each sale, so that a hot developer set the pace of all partitions. A batch takes it
// once; the longer they wait for each other, the more each takes with it.

import type { OrdersClient } from '@rialto/contracts/orders/client.ts'
import { PaymentRefunded, PaymentStatusUpdated } from '@rialto/contracts/payments/events.ts'
import type { DataOf } from '@rialto/kernel/pure/contract.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { fromJsonMinor } from '@rialto/kernel/pure/money.ts'
import { type BatchItem, inBatches, isEvent } from '@rialto/kernel/service/service.ts'
import { type Paid, refusalOf, type SoldOrder, salesOf } from '../../domain/entry.ts'
import { type Booking, book } from '../../features/book.ts'
import { reverseSale } from '../../features/reverse-sale.ts'

const isPaid = (event: Envelope): event is Envelope<DataOf<typeof PaymentStatusUpdated>> =>
  isEvent(PaymentStatusUpdated, event) && event.data.new_status === 'completed' && !event.data.late

const paidOf = (data: DataOf<typeof PaymentStatusUpdated>): Paid => ({
  orderId: data.order_id,
  paymentId: data.transaction_id,
  amountMinor: fromJsonMinor(data.amount),
  currency: data.currency,
  paidAt: data.updated_at,
})

function bookingsOf(paid: Paid, { facts: order, tx }: BatchItem<SoldOrder | undefined>): Booking[] {
  if (order === undefined) throw new Error(`${paid.orderId} was not asked for`)
  const reason = refusalOf(paid, order)
  if (reason === undefined) return salesOf(paid, order).map((entry) => ({ entry, tx }))
  tx.ctx.log.warn({ order: paid.orderId, payment: paid.paymentId, reason }, 'sale not booked')
  return []
}

export const paymentSettled = inBatches<{ orders: OrdersClient }, {}, SoldOrder | undefined>({
  group: 'developers',
  events: [PaymentStatusUpdated, PaymentRefunded],
  when: (event) => isPaid(event) || isEvent(PaymentRefunded, event),
  // A refund must not overtake the sale that it takes back.
  onDeath: 'block',
  // A developer reads the balance in a page, once a day.
  lingerMs: 250,
  ask: async ({ event, clients }) =>
    isPaid(event)
      ? clients.orders.getOrder({ params: { order_id: event.data.order_id } })
      : undefined,
  async act({ events, of, tx, now }) {
    const sales = events
      .filter(isPaid)
      .flatMap((event) => bookingsOf(paidOf(event.data), of(event)))
    await book(tx, sales, now)
    // Few, and each needs what the sales and refunds before it left.
    for (const event of events)
      if (isEvent(PaymentRefunded, event))
        await reverseSale(tx, event.data, { tx: of(event).tx, at: event.time, now })
  },
})
