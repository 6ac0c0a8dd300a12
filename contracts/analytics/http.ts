import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { amountMinor, closed, currency, day, oneOf } from '../shapes/fields.ts'
import { analyticsProblems } from './problems.ts'

export const revenueGroup = oneOf('day', 'game', 'region', 'provider')

/** Days of UTC, both included; the last 30 when left out. */
const range = { from: Type.Optional(day), to: Type.Optional(day) }
const count = Type.Integer({ minimum: 0 })
const revenueQuery = closed({ group_by: revenueGroup, ...range })

export const getRevenue = route({
  name: 'getRevenue',
  service: 'analytics',
  method: 'GET',
  path: '/admin/analytics/revenue',
  summary: 'What was paid for delivered lines, by day, game, region or provider.',
  access: ['operator'],
  query: revenueQuery,
  replies: {
    200: closed({
      group_by: revenueGroup,
      from: day,
      to: day,
      items: Type.Array(
        closed({
          /** The day, product id, region or provider; `unknown` where nobody noted it. */
          key: Type.String(),
          label: Type.String(),
          currency,
          orders: count,
          lines: count,
          amount: amountMinor,
        }),
      ),
      totals: Type.Array(closed({ currency, orders: count, lines: count, amount: amountMinor })),
      /** There are more groups than are shown; the totals hold them all. */
      more: Type.Boolean(),
    }),
  },
  problems: [analyticsProblems.range_invalid],
})

export const getRevenueCsv = route({
  name: 'getRevenueCsv',
  service: 'analytics',
  method: 'GET',
  path: '/admin/analytics/revenue.csv',
  summary: 'The same as a table for spreadsheets.',
  access: ['operator'],
  media: 'text/csv',
  query: revenueQuery,
  replies: { 200: Type.String() },
  problems: [analyticsProblems.range_invalid],
})

const funnel = closed({
  orders_created: count,
  payments_created: count,
  payments_failed: count,
  orders_paid: count,
  orders_expired: count,
  orders_canceled: count,
  lines_delivered: count,
  messages_sent: count,
  messages_failed: count,
  developer_credits: count,
  developer_reversals: count,
})

export const getFunnel = route({
  name: 'getFunnel',
  service: 'analytics',
  method: 'GET',
  path: '/admin/analytics/funnel',
  summary: 'How many orders came how far, by the day on which they did.',
  access: ['operator'],
  query: closed(range),
  replies: {
    200: closed({
      from: day,
      to: day,
      totals: funnel,
      days: Type.Array(closed({ day, counts: funnel })),
    }),
  },
  problems: [analyticsProblems.range_invalid],
})
