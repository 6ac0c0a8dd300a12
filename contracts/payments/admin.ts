// Payments for operators: everybody's, filtered, paged, counted, and those of one order with every call and notification behind them.

import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { amountMinor, closed, currency, id, instant, page, pageOf } from '../shapes/fields.ts'
import { Payment, paymentStatus } from './http.ts'

const word = Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$' })

const filter = {
  transaction_id: Type.Optional(id('pay')),
  order_id: Type.Optional(id('ord')),
  user_id: Type.Optional(id('usr')),
  status: Type.Optional(paymentStatus),
  provider: Type.Optional(word),
  method: Type.Optional(word),
  currency: Type.Optional(currency),
  /** Money that came for an attempt that had ended. */
  late: Type.Optional(Type.Boolean()),
  /** Created at or after, and before. */
  from: Type.Optional(instant),
  to: Type.Optional(instant),
  amount_min: Type.Optional(amountMinor),
  amount_max: Type.Optional(amountMinor),
}

export const listAllPayments = route({
  name: 'listAllPayments',
  service: 'payments',
  method: 'GET',
  path: '/admin/payments',
  summary: 'Everybody’s payments, newest first, filtered.',
  access: ['operator'],
  query: closed({ ...filter, ...page }),
  replies: { 200: pageOf(Payment) },
})

export const exportPayments = route({
  name: 'exportPayments',
  service: 'payments',
  method: 'GET',
  path: '/admin/payments.csv',
  summary: 'The same as a table for spreadsheets: the newest 20,000 that fit.',
  access: ['operator'],
  media: 'text/csv',
  query: closed(filter),
  replies: { 200: Type.String() },
})

/** Payments by the time of their making. One that no provider was asked for yet has no provider. */
export const countPayments = route({
  name: 'countPayments',
  service: 'payments',
  method: 'GET',
  path: '/admin/payments/figures',
  summary: 'How the payments of a time stand, by state, provider and method.',
  access: ['operator'],
  query: closed({ from: instant, to: Type.Optional(instant) }),
  replies: {
    200: closed({
      groups: Type.Array(
        closed({
          status: Type.String(),
          provider: Type.Optional(Type.String()),
          method: Type.Optional(Type.String()),
          count: Type.Integer({ minimum: 0 }),
        }),
      ),
      /** Reviews that wait for a person. */
      reviews: Type.Integer({ minimum: 0 }),
    }),
  },
})

export const examinePayments = route({
  name: 'examinePayments',
  service: 'payments',
  method: 'GET',
  path: '/admin/orders/:order_id/payments',
  summary: 'All payments of an order, with the calls, notifications and refunds behind them.',
  access: ['operator'],
  params: closed({ order_id: id('ord') }),
  replies: {
    200: closed({
      items: Type.Array(
        closed({
          payment: Payment,
          is_current: Type.Boolean(),
          provider_payment_id: Type.Optional(Type.String()),
          operations: Type.Array(
            closed({
              operation_id: Type.String(),
              state: Type.String(),
              provider: Type.String(),
              idempotency_key: Type.String(),
              amount: amountMinor,
              error: Type.Optional(Type.String()),
              created_at: instant,
              sent_at: Type.Optional(instant),
              settled_at: Type.Optional(instant),
            }),
          ),
          refunds: Type.Array(
            closed({
              refund_id: Type.String(),
              state: Type.String(),
              cause: Type.String(),
              reason: Type.String(),
              amount: amountMinor,
              error: Type.Optional(Type.String()),
              requested_at: instant,
              settled_at: Type.Optional(instant),
            }),
          ),
          webhooks: Type.Array(
            closed({
              event: Type.String(),
              state: Type.String(),
              outcome: Type.Optional(Type.String()),
              deliveries: Type.Integer(),
              received_at: instant,
              handled_at: Type.Optional(instant),
            }),
          ),
        }),
      ),
    }),
  },
})
