// What a completed payment sets off. The branches run beside each other; only causes order them.

import { loop, type Message, message, par, type RunView, seq } from './language.ts'

const STATUS = 'payment.transaction.status.updated.v1'
const COMPLETED = 'order.processing.completed.v1'
const TOLD = 'notification.message.status.updated.v1'
const RECEIPT = 'payment.fiscal.receipt.status.updated.v1'
const PAID = ['P.20', 'P.22']
/** A mail that could not be delivered has been told of as well. */
const SETTLED = { pattern: /^notification:(sent|failed)$/ }

type Line = Partial<Message> & { readonly id: string; readonly of?: readonly string[] }

const consume = (to: string, name: string, line: Line): Message =>
  message({ kind: 'consume', from: 'KafkaBus', to, match: { name }, ...line })
const publish = (from: string, name: string, line: Line): Message =>
  message({ kind: 'publish', from, to: 'KafkaBus', match: { name }, ...line })
const step = (at: string, name: string, line: Line): Message =>
  message({ kind: 'step', from: at, to: at, match: { name }, ...line })

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

const confirmed = seq(
  consume('NotificationSvc', COMPLETED, { id: 'P.29', of: ['P.25'], built: false }),
  step('NotificationSvc', 'notification:queued', { id: 'P.30', of: ['P.25'], built: false }),
  step('NotificationSvc', 'notification:sent', {
    id: 'P.31',
    of: ['P.25'],
    match: SETTLED,
    built: false,
  }),
  publish('NotificationSvc', TOLD, { id: 'P.32', of: ['P.25'], built: false }),
)

const receipt = seq(
  consume('PaymentSvc', STATUS, { id: 'P.33', of: PAID, built: false }),
  step('PaymentSvc', 'fiscal_receipt:pending', { id: 'P.34', built: false }),
  publish('PaymentSvc', RECEIPT, { id: 'P.35', built: false }),
  consume('NotificationSvc', RECEIPT, { id: 'P.36', of: ['P.35'], built: false }),
  step('NotificationSvc', 'notification:queued', { id: 'P.37', of: ['P.35'], built: false }),
  step('NotificationSvc', 'notification:sent', {
    id: 'P.38',
    of: ['P.35'],
    match: SETTLED,
    built: false,
  }),
  publish('NotificationSvc', TOLD, { id: 'P.39', of: ['P.35'], built: false }),
)

export const afterPayment = par(
  seq(
    consume('OrderSvc', STATUS, { id: 'P.23', of: PAID }),
    step('OrderSvc', 'order:completed', { id: 'P.24' }),
    publish('OrderSvc', COMPLETED, { id: 'P.25' }),
    par(granted, confirmed),
  ),
  receipt,
  seq(
    consume('AnalyticsSvc', STATUS, { id: 'P.40', of: PAID, built: false }),
    step('AnalyticsSvc', 'purchase_fact:recorded', { id: 'P.41', built: false }),
  ),
  seq(
    consume('DeveloperSvc', STATUS, { id: 'P.42', of: PAID, built: false }),
    loop({
      id: 'earned',
      words: 'each sold line',
      bounds: (run) => ({ min: lineCount(run), max: lineCount(run) }),
      body: seq(
        step('DeveloperSvc', 'developer_balance:updated', { id: 'P.43', of: PAID, built: false }),
        publish('DeveloperSvc', 'developer.balance.updated.v1', {
          id: 'P.44',
          of: PAID,
          built: false,
        }),
      ),
    }),
  ),
)
