// The purchase of a game: order, payment at a provider, library. What the specification draws, with what was decided about
// it: the payment is created in the background or by the attempt itself, whichever comes first; a declined attempt may be
// followed by another; an order that is never paid ends by expiry or cancellation.

import { alt, diagram, loop, message, opt, par, type RunView, seq } from './language.ts'
import { afterPayment } from './purchase/after-payment.ts'
import { attempts } from './purchase/attempt.ts'
import { ENDED, isOver, isPaidInTime, OVER, PAY } from './purchase/facts.ts'
import { toldByMail } from './purchase/news.ts'
import { deskRefunds, givenBack, isGoingBack, refunds } from './purchase/refunds.ts'
import { PAID } from './purchase/settlement.ts'
import { purchaseExtras } from './purchase-extras.ts'

const ORDER = 'POST /orders/initiate'
const PRICE = 'rpc GetProductPrice'
const ITEMS = 'GET /library/items'
const HOUR_MS = 3_600_000
const GIVEN_UP = { pattern: ENDED }

const prices = loop({
  id: 'prices',
  words: 'one price a line of the cart',
  bounds: () => ({ min: 1, max: 20 }),
  body: seq(
    message({
      id: 'P.04',
      kind: 'call',
      from: 'OrderSvc',
      to: 'CatalogSvc',
      match: { name: PRICE },
    }),
    message({
      id: 'P.05',
      kind: 'reply',
      from: 'CatalogSvc',
      to: 'OrderSvc',
      match: { name: PRICE, outcome: /^(ok|200)$/i },
    }),
  ),
})

const placed = seq(
  message({
    id: 'P.01',
    kind: 'call',
    from: 'User',
    to: 'ClientApp',
    match: { name: 'buy' },
    built: false,
  }),
  message({
    id: 'P.02',
    kind: 'call',
    from: 'ClientApp',
    to: 'APIGW',
    match: { name: ORDER },
    repeats: true,
  }),
  message({
    id: 'P.03',
    kind: 'call',
    from: 'APIGW',
    to: 'OrderSvc',
    match: { name: ORDER },
    repeats: true,
  }),
  prices,
  message({
    id: 'P.06',
    kind: 'step',
    from: 'OrderSvc',
    to: 'OrderSvc',
    match: { name: 'order:pending_payment' },
    of: ['P.03'],
  }),
  par(
    message({
      id: 'P.07',
      kind: 'publish',
      from: 'OrderSvc',
      to: 'KafkaBus',
      match: { name: 'order.payment.initiation.requested.v1' },
      of: ['P.03'],
    }),
    seq(
      message({
        id: 'P.08',
        kind: 'reply',
        from: 'OrderSvc',
        to: 'APIGW',
        match: { name: ORDER, outcome: '201' },
        repeats: true,
      }),
      message({
        id: 'P.09',
        kind: 'reply',
        from: 'APIGW',
        to: 'ClientApp',
        match: { name: ORDER, outcome: '201' },
        repeats: true,
      }),
    ),
  ),
)

/** What nobody asked for is too many; a few are made anew by the platform itself. */
const paymentsMax = (run: RunView): number => {
  const presses = run.interactions.filter(
    (i) => i.kind === 'call' && i.name === PAY && i.to === 'PaymentSvc',
  )
  return Math.max(20, 1 + presses.length)
}

const payments = loop({
  id: 'payments',
  words: 'one payment an attempt, the first one in the background',
  bounds: (run) => ({ min: 1, max: paymentsMax(run) }),
  body: message({
    id: 'payment',
    items: [],
    kind: 'step',
    from: 'PaymentSvc',
    to: 'PaymentSvc',
    match: { name: 'payment:created' },
  }),
})

const givenUp = seq(
  message({
    id: 'unpaid.step',
    items: [],
    kind: 'step',
    from: 'OrderSvc',
    to: 'OrderSvc',
    match: { pattern: OVER },
  }),
  message({
    id: 'unpaid.publish',
    items: [],
    kind: 'publish',
    from: 'OrderSvc',
    to: 'KafkaBus',
    match: GIVEN_UP,
  }),
  par(
    message({
      id: 'unpaid.payment',
      items: [],
      kind: 'consume',
      from: 'KafkaBus',
      to: 'PaymentSvc',
      match: GIVEN_UP,
      of: ['unpaid.publish'],
    }),
    toldByMail({
      ids: ['unpaid.heard', 'unpaid.queued', 'unpaid.sent', 'unpaid.told'],
      event: GIVEN_UP,
      of: ['unpaid.publish'],
    }),
  ),
  message({
    id: 'unpaid.library',
    items: [],
    kind: 'step',
    from: 'LibrarySvc',
    to: 'LibrarySvc',
    match: { name: 'library_item:owned' },
    mark: 'forbidden',
  }),
)

const end = alt(
  'end',
  {
    name: 'paid',
    when: {
      words: 'the payment completed in time',
      holds: ({ whole }) => (isOver(whole) ? false : isPaidInTime(whole) ? true : undefined),
    },
    body: afterPayment,
  },
  {
    name: 'unpaid',
    when: {
      words: 'the order expired or was canceled',
      holds: ({ whole }) => (isOver(whole) ? true : isPaidInTime(whole) ? false : undefined),
    },
    body: givenUp,
  },
)

const library = opt(
  'later, the person looks into the library',
  seq(
    message({
      id: 'P.46',
      kind: 'call',
      from: 'User',
      to: 'ClientApp',
      match: { name: 'library' },
      built: false,
    }),
    loop({
      id: 'looks',
      words: 'each look',
      bounds: () => ({ min: 0, max: Number.POSITIVE_INFINITY }),
      opener: 'P.47',
      body: seq(
        message({
          id: 'P.47',
          kind: 'call',
          from: 'ClientApp',
          to: 'APIGW',
          match: { name: ITEMS },
        }),
        message({
          id: 'P.48',
          kind: 'call',
          from: 'APIGW',
          to: 'LibrarySvc',
          match: { name: ITEMS },
        }),
        message({
          id: 'P.49',
          kind: 'reply',
          from: 'LibrarySvc',
          to: 'APIGW',
          match: { name: ITEMS, outcome: '200' },
        }),
        message({
          id: 'P.50',
          kind: 'reply',
          from: 'APIGW',
          to: 'ClientApp',
          match: { name: ITEMS, outcome: '200' },
        }),
      ),
    }),
    message({
      id: 'P.51',
      kind: 'reply',
      from: 'ClientApp',
      to: 'User',
      match: { name: 'library' },
      built: false,
    }),
  ),
)

const count = (run: RunView, steps: RegExp): number =>
  run.interactions.filter((i) => i.kind === 'step' && steps.test(i.name)).length

/** Begun and neither done nor given up. What failed and is tried again has begun once more. */
function isUnderWay(run: RunView): boolean {
  const mails = count(run, /^notification:queued$/) - count(run, /^notification:(sent|failed)$/)
  const done = count(run, /^fiscal_receipt:(fiscalized_success|failed)$/)
  return mails > 0 || count(run, /^fiscal_receipt:pending$/) > done
}

export const purchase = diagram({
  id: 'purchase',
  title: 'A game is bought and stands in the library',
  participants: [
    { id: 'User', label: 'Person', kind: 'person' },
    { id: 'ClientApp', label: 'Client application', kind: 'app' },
    { id: 'APIGW', label: 'Gateway', kind: 'service' },
    { id: 'CatalogSvc', label: 'Catalog', kind: 'service' },
    { id: 'OrderSvc', label: 'Orders', kind: 'service' },
    { id: 'PaymentSvc', label: 'Payments', kind: 'service' },
    { id: 'PSP', label: 'Payment provider', kind: 'outside' },
    { id: 'KafkaBus', label: 'Event log', kind: 'broker' },
    { id: 'LibrarySvc', label: 'Library', kind: 'service' },
    { id: 'NotificationSvc', label: 'Notifications', kind: 'service' },
    { id: 'AnalyticsSvc', label: 'Analytics', kind: 'service' },
    { id: 'DeveloperSvc', label: 'Developers', kind: 'service' },
  ],
  body: seq(
    placed,
    par(payments, refunds, deskRefunds, givenBack, seq(attempts, end)),
    message({
      id: 'P.45',
      kind: 'reply',
      from: 'ClientApp',
      to: 'User',
      match: { name: 'buy' },
      built: false,
    }),
    library,
  ),
  strict: [
    {
      causes: ['P.52'],
      effect: 'P.20',
      why: 'a status from a redirect is believed on a webhook only, unless it was read',
    },
    {
      causes: ['P.11'],
      effect: 'P.22',
      why: 'a provider’s answer is believed in the request that asked for it',
    },
    { causes: ['hook.call'], effect: 'hook.publish', why: 'what a webhook tells follows from it' },
    { causes: PAID, effect: 'P.24', why: 'an order completes by its payment' },
    { causes: PAID, effect: 'P.27', why: 'nothing enters a library unpaid' },
    { causes: PAID, effect: 'P.43', why: 'a developer earns by a payment' },
    { causes: ['P.25'], effect: 'P.27', why: 'a library follows a completed order' },
    { causes: ['P.27'], effect: 'P.28', why: 'what is announced was granted' },
  ],
  extras: purchaseExtras,
  ends: {
    words: 'the order is paid, or ended unpaid',
    holds: ({ whole }) =>
      isOver(whole) || isPaidInTime(whole) || whole.has('step', 'order:completed'),
  },
  waits: [
    {
      words: 'a mail or a receipt is on its way, for as long as its server takes',
      holds: ({ whole }) => isUnderWay(whole),
      // They are tried again for up to 12 h at a time; what has not moved for longer is lost.
      patienceMs: 13 * HOUR_MS,
    },
    {
      words: 'money is on its way back, for as long as the bank takes',
      holds: ({ whole }) => isGoingBack(whole),
      // The provider is asked for a week, at last every third day; then a person has it.
      patienceMs: 4 * 24 * HOUR_MS,
    },
  ],
})
