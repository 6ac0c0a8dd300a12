// What a completed payment sets off. The branches run beside each other; only causes order them.

import {
  alt,
  type Condition,
  loop,
  type Message,
  message,
  par,
  type RunView,
  seq,
} from '../language.ts'
import { all, COMPLETED, currencyOf, ofCompletion, RECEIPT, STATUS } from './facts.ts'
import { toldByMail } from './news.ts'
import { PAID } from './settlement.ts'

type Line = Partial<Message> & { readonly id: string; readonly of?: readonly string[] }

const consume = (to: string, name: string, line: Line): Message =>
  message({ kind: 'consume', from: 'KafkaBus', to, match: { name }, ...line })
const publish = (from: string, name: string, line: Line): Message =>
  message({ kind: 'publish', from, to: 'KafkaBus', match: { name }, ...line })
const step = (at: string, name: string, line: Line): Message =>
  message({ kind: 'step', from: at, to: at, match: { name }, ...line })

/** Others hear of every status; here it is the completion that is drawn. */
const hearPaid = (to: string, id: string): Message =>
  consume(to, STATUS, { id, of: PAID, match: { name: STATUS, where: ofCompletion } })

/**
 * One library item a line. Recordings carry the event's lines or their number; where they do not, one line is assumed: calling a true cart
 * wrong is seen at once, a game granted twice would not be.
 */
function lineCount(run: RunView): number {
  for (const i of run.interactions) {
    if (i.kind !== 'publish' || i.name !== COMPLETED) continue
    const items = i.payload?.items
    if (typeof items === 'number' && items > 0) return items
    if (Array.isArray(items) && items.length > 0) return items.length
  }
  return 1
}

const granted = seq(
  consume('LibrarySvc', COMPLETED, { id: 'P.26', of: ['P.25'] }),
  loop({
    id: 'lines',
    words: 'each line of the order',
    bounds: (run) => ({ min: lineCount(run), max: lineCount(run) }),
    body: seq(
      step('LibrarySvc', 'library_item:owned', { id: 'P.27' }),
      publish('LibrarySvc', 'library.game.added.v1', {
        id: 'P.28',
        within: { after: 'P.20', deadlineMs: 5_000 },
      }),
    ),
  }),
)

const confirmed = toldByMail({
  ids: ['P.29', 'P.30', 'P.31', 'P.32'],
  event: { name: COMPLETED },
  of: ['P.25'],
})

const ofSale: Condition = {
  words: 'of the sale',
  holds: ({ payload }) => payload?.kind !== 'refund',
}

/** By the event's own field; where a recording leaves it out, by the step that the same commit made. */
const receiptIs = (status: 'fiscalized_success' | 'failed'): Condition => ({
  words: `receipt ${status}`,
  holds(interaction, run) {
    const told = interaction.payload?.status
    if (typeof told === 'string') return told === status
    const hasFailed = run.beside(interaction).some((i) => i.name === 'fiscal_receipt:failed')
    return hasFailed === (status === 'failed')
  },
})

const hasReceipt = (run: RunView, status: 'fiscalized_success' | 'failed'): boolean => {
  const fits = all(receiptIs(status), ofSale)
  return run.interactions.some(
    (i) => i.kind === 'publish' && i.name === RECEIPT && fits.holds(i, run) === true,
  )
}

const register = alt(
  'register',
  {
    name: 'taken',
    when: {
      words: 'the register has the receipt',
      holds: ({ whole, quiet }) => {
        if (hasReceipt(whole, 'fiscalized_success')) return true
        return hasReceipt(whole, 'failed') ? false : quiet ? true : undefined
      },
    },
    body: seq(
      publish('PaymentSvc', RECEIPT, {
        id: 'P.35',
        match: { name: RECEIPT, where: all(receiptIs('fiscalized_success'), ofSale) },
      }),
      toldByMail({
        ids: ['P.36', 'P.37', 'P.38', 'P.39'],
        event: { name: RECEIPT },
        of: ['P.35'],
      }),
    ),
  },
  {
    name: 'refused',
    when: {
      words: 'the register could not take it so far, and nobody is told',
      holds: ({ whole }) => {
        if (hasReceipt(whole, 'fiscalized_success')) return false
        return hasReceipt(whole, 'failed') ? true : undefined
      },
    },
    body: publish('PaymentSvc', RECEIPT, {
      id: 'refused.receipt',
      items: ['P.35'],
      match: { name: RECEIPT, where: all(receiptIs('failed'), ofSale) },
    }),
  },
)

const isRouble = (run: RunView): boolean | undefined => {
  const currency = currencyOf(run)
  return currency === undefined ? undefined : currency === 'RUB'
}

/** The law asks for a receipt of a sale in roubles. */
const receipt = seq(
  hearPaid('PaymentSvc', 'P.33'),
  alt(
    'receipt',
    {
      name: 'fiscal',
      when: { words: 'paid in roubles', holds: ({ whole }) => isRouble(whole) },
      body: seq(step('PaymentSvc', 'fiscal_receipt:pending', { id: 'P.34', of: PAID }), register),
    },
    {
      name: 'none',
      when: {
        words: 'paid in another currency, whose sale has no fiscal receipt here',
        holds: ({ whole }) => {
          const told = isRouble(whole)
          return told === undefined ? undefined : !told
        },
      },
      body: message({
        id: 'foreign.receipt',
        items: [],
        kind: 'step',
        from: 'PaymentSvc',
        to: 'PaymentSvc',
        match: { name: 'fiscal_receipt:pending' },
        mark: 'forbidden',
      }),
    },
  ),
)

export const afterPayment = par(
  seq(
    hearPaid('OrderSvc', 'P.23'),
    step('OrderSvc', 'order:completed', { id: 'P.24' }),
    publish('OrderSvc', COMPLETED, { id: 'P.25' }),
    par(granted, confirmed),
  ),
  receipt,
  seq(
    hearPaid('AnalyticsSvc', 'P.40'),
    step('AnalyticsSvc', 'purchase_fact:recorded', { id: 'P.41', of: PAID }),
  ),
  seq(
    hearPaid('DeveloperSvc', 'P.42'),
    loop({
      id: 'earned',
      words: 'each sold line',
      bounds: (run) => ({ min: lineCount(run), max: lineCount(run) }),
      body: seq(
        step('DeveloperSvc', 'developer_balance:updated', { id: 'P.43', of: PAID }),
        publish('DeveloperSvc', 'developer.balance.updated.v1', { id: 'P.44', of: PAID }),
      ),
    }),
  ),
)
