// Steps of an order of which nobody is told by mail. They stand in the order's history.

import {
  OrderCompleted,
  OrderCreated,
  OrderFulfilled,
  OrderPaymentPending,
  OrderUpdated,
} from '@rialto/contracts/orders/events.ts'
import { note, sum } from '../told.ts'

const of = (order: { readonly order_id: string; readonly user_id: string }) => ({
  factId: order.order_id,
  userId: order.user_id,
  orderId: order.order_id,
})

export const orderSteps = [
  note(OrderCreated, (o) => ({ ...of(o), facts: { total: sum(o.total_amount, o.currency) } })),
  note(OrderUpdated, (o) => ({
    ...of(o),
    // An order may be changed any number of times.
    factId: `${o.order_id}:${o.version}`,
    facts: { total: sum(o.total_amount, o.currency) },
  })),
  note(OrderPaymentPending, (o) => ({ ...of(o), facts: { total: sum(o.amount, o.currency) } })),
  note(OrderCompleted, (o) => ({ ...of(o), facts: { total: sum(o.total_amount, o.currency) } })),
  note(OrderFulfilled, (o) => ({ ...of(o), facts: {} })),
]
