import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import {
  amountMinor,
  closed,
  currency,
  id,
  instant,
  month,
  oneOf,
  page,
  signedMinor,
} from '../shapes/fields.ts'
import { developerProblems } from './problems.ts'

export const developerId = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' })

/** Whose: a developer’s login leaves it out, an operator names one. */
const whose = { developer_id: Type.Optional(developerId) }
const refusals = [
  developerProblems.no_membership,
  developerProblems.not_your_developer,
  developerProblems.developer_required,
]

export const getDeveloperBalance = route({
  name: 'getDeveloperBalance',
  service: 'developers',
  method: 'GET',
  path: '/developers/me/balance',
  summary: 'What the caller’s company has earned and was not yet paid, by currency.',
  access: ['developer', 'operator'],
  query: closed(whose),
  replies: {
    200: closed({
      developer_id: developerId,
      balances: Type.Array(closed({ currency, balance: signedMinor, updated_at: instant })),
    }),
  },
  problems: refusals,
})

export const StatementEntry = closed({
  booked_at: instant,
  sold_at: instant,
  reason: oneOf('sale', 'refund'),
  transaction_item_id: id('lin'),
  order_id: id('ord'),
  product_id: Type.String(),
  title: Type.String(),
  /** What the buyer paid, or got back. */
  price: signedMinor,
  tax: signedMinor,
  /** The developer’s share of what is left. */
  amount: signedMinor,
  currency,
})

export const getDeveloperStatement = route({
  name: 'getDeveloperStatement',
  service: 'developers',
  method: 'GET',
  path: '/developers/me/statement',
  summary:
    'The lines booked in a month (UTC) for the caller’s company, oldest first, with its sums.',
  access: ['developer', 'operator'],
  query: closed({ month, ...whose, ...page }),
  replies: {
    200: closed({
      developer_id: developerId,
      month,
      totals: Type.Array(
        closed({
          currency,
          opening_balance: signedMinor,
          sales: amountMinor,
          refunds: signedMinor,
          closing_balance: signedMinor,
          entries: Type.Integer(),
        }),
      ),
      items: Type.Array(StatementEntry),
      next_cursor: Type.Optional(Type.String()),
    }),
  },
  problems: refusals,
})

export const getDeveloperStatementCsv = route({
  name: 'getDeveloperStatementCsv',
  service: 'developers',
  method: 'GET',
  path: '/developers/me/statement.csv',
  summary: 'The same lines as a table for spreadsheets, up to 50,000.',
  access: ['developer', 'operator'],
  media: 'text/csv',
  query: closed({ month, ...whose }),
  replies: { 200: Type.String() },
  problems: [...refusals, developerProblems.statement_too_long],
})
