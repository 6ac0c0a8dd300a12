// Orders for operators: everybody's, filtered, paged, counted, and one with all that is known of it.

import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { amountMinor, closed, currency, id, instant, page, pageOf } from '../shapes/fields.ts'
import { Order, orderState } from './http.ts'
import { orderProblems } from './problems.ts'

const filter = {
  order_id: Type.Optional(id('ord')),
  user_id: Type.Optional(id('usr')),
  product_id: Type.Optional(id('prd')),
  status: Type.Optional(orderState),
  /** Whether money came for it in time, whatever went back since. */
  paid: Type.Optional(Type.Boolean()),
  currency: Type.Optional(currency),
  /** Placed at or after, and before. */
  from: Type.Optional(instant),
  to: Type.Optional(instant),
  amount_min: Type.Optional(amountMinor),
  amount_max: Type.Optional(amountMinor),
}

export const OrderSummary = closed({
  order_id: id('ord'),
  user_id: id('usr'),
  status: orderState,
  total_amount: amountMinor,
  currency,
  region: Type.String(),
  channel: Type.String(),
  /** Of the first line. */
  title: Type.String(),
  lines: Type.Integer(),
  payment_id: Type.Optional(id('pay')),
  payment_status: Type.Optional(Type.String()),
  ended_reason: Type.Optional(Type.String()),
  created_at: instant,
  completed_at: Type.Optional(instant),
})

export const listAllOrders = route({
  name: 'listAllOrders',
  service: 'orders',
  method: 'GET',
  path: '/admin/orders',
  summary: 'Everybody’s orders, newest first, filtered.',
  access: ['operator'],
  query: closed({ ...filter, ...page }),
  replies: { 200: pageOf(OrderSummary) },
})

export const exportOrders = route({
  name: 'exportOrders',
  service: 'orders',
  method: 'GET',
  path: '/admin/orders.csv',
  summary: 'The same as a table for spreadsheets: the newest 20,000 that fit.',
  access: ['operator'],
  media: 'text/csv',
  query: closed(filter),
  replies: { 200: Type.String() },
})

const count = Type.Integer({ minimum: 0 })

/** Orders by the time of their placing: how many of them there are, and what has become of them by now. */
export const countOrders = route({
  name: 'countOrders',
  service: 'orders',
  method: 'GET',
  path: '/admin/orders/figures',
  summary: 'How many orders were placed in a time, and what has become of them.',
  access: ['operator'],
  query: closed({ from: instant, to: Type.Optional(instant) }),
  replies: {
    200: closed({
      placed: count,
      paid: count,
      open: count,
      expired: count,
      canceled: count,
      refunded: count,
      revenue: Type.Array(closed({ currency, amount: amountMinor })),
    }),
  },
})

/** What an operator sees of an order beside what its buyer sees. */
export const examineOrder = route({
  name: 'examineOrder',
  service: 'orders',
  method: 'GET',
  path: '/admin/orders/:order_id',
  summary: 'An order with its attempts to pay and the messages it did not follow.',
  access: ['operator'],
  params: closed({ order_id: id('ord') }),
  replies: {
    200: closed({
      order: Order,
      region: Type.String(),
      fulfilled_at: Type.Optional(instant),
      delivered: Type.Array(closed({ line_id: id('lin'), at: instant })),
      attempts: Type.Array(
        closed({
          transaction_id: Type.String(),
          status: Type.String(),
          error: Type.Optional(Type.String()),
          at: instant,
        }),
      ),
      /** Messages that came too late, twice or with a wrong amount: they changed nothing, and this is why. */
      absorbed: Type.Array(
        closed({
          event_id: Type.String(),
          event: Type.String(),
          transaction_id: Type.String(),
          reason: Type.String(),
          at: instant,
        }),
      ),
    }),
  },
  problems: [orderProblems.unknown_order],
})
