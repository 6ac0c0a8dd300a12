// The purchase of a game: order, payment at a provider, library. What document 000 draws, with what README decides about
// it: the payment is created in the background or by the attempt itself, whichever comes first; a declined attempt may be
// followed by another; an order that is never paid ends by expiry or cancellation.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { alt, diagram, type Guard, loop, message, opt, par, type RunView, seq } from './language.ts'
import { afterPayment } from './purchase-after-payment.ts'
import { paymentOutcome } from './purchase-attempt.ts'
import { purchaseExtras } from './purchase-extras.ts'

const ORDER = 'POST /orders/initiate'
const PAY = 'POST /payments/transactions/initiate'
const PRICE = 'rpc GetProductPrice'
const ITEMS = 'GET /library/items'
const OVER = /^order:(expired|canceled)$/

const isOver = (run: RunView): boolean => run.has('step', OVER)
const isPaid = (run: RunView): boolean => run.has('step', 'payment:completed')

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
  message({ id: 'P.04', kind: 'call', from: 'OrderSvc', to: 'CatalogSvc', match: { name: PRICE } }),
  message({
    id: 'P.05',
    kind: 'reply',
    from: 'CatalogSvc',
    to: 'OrderSvc',
    match: { name: PRICE, outcome: /^(ok|200)$/i },
  }),
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

/** The provider was asked in this attempt. */
const isStarted = (run: RunView): boolean =>
  run.has('step', /^payment:(pending_psp_redirect|processing)$/) ||
  run.has('call', 'POST /payments')

const started: Guard = {
  words: 'the provider is asked',
  holds: ({ here }) => (isStarted(here) ? true : undefined),
}

const answered: Guard = {
  words: 'answered from what is known, or refused',
  holds: ({ here, quiet }) => (isStarted(here) ? false : quiet ? true : undefined),
}

const attempt = seq(
  message({ id: 'P.10', kind: 'call', from: 'ClientApp', to: 'APIGW', match: { name: PAY } }),
  message({ id: 'P.11', kind: 'call', from: 'APIGW', to: 'PaymentSvc', match: { name: PAY } }),
  alt(
    'attempt',
    {
      name: 'started',
      when: started,
      body: seq(
        message({
          id: 'P.12',
          kind: 'step',
          from: 'PaymentSvc',
          to: 'PaymentSvc',
          match: { pattern: /^payment:(pending_psp_redirect|processing)$/ },
          of: ['P.11'],
        }),
        message({
          id: 'P.13',
          kind: 'call',
          from: 'PaymentSvc',
          to: 'PSP',
          match: { name: 'POST /payments' },
        }),
        message({
          id: 'P.14',
          kind: 'reply',
          from: 'PSP',
          to: 'PaymentSvc',
          match: { name: 'POST /payments', outcome: /^(200|201)$/ },
        }),
        par(
          seq(
            message({
              id: 'P.15',
              kind: 'reply',
              from: 'PaymentSvc',
              to: 'APIGW',
              match: { name: PAY, outcome: '201' },
            }),
            message({
              id: 'P.16',
              kind: 'reply',
              from: 'APIGW',
              to: 'ClientApp',
              match: { name: PAY, outcome: '201' },
            }),
          ),
          paymentOutcome,
        ),
      ),
    },
    {
      name: 'answered',
      when: answered,
      body: seq(
        message({
          id: 'answered.15',
          items: [],
          kind: 'reply',
          from: 'PaymentSvc',
          to: 'APIGW',
          match: { name: PAY },
        }),
        message({
          id: 'answered.16',
          items: [],
          kind: 'reply',
          from: 'APIGW',
          to: 'ClientApp',
          match: { name: PAY },
        }),
      ),
    },
  ),
)

/** Payment events of the log name their payment; everything one webhook caused is thereby told apart. */
function paymentIdOf(interaction: Interaction): string | undefined {
  const { payload } = interaction
  const id = payload?.transaction_id ?? payload?.payment_intent_id ?? payload?.payment_id
  return typeof id === 'string' && id.startsWith('pay_') ? id : undefined
}

const attempts = loop({
  id: 'attempts',
  words: 'until an attempt to pay succeeds',
  bounds: (run) => ({ min: isOver(run) ? 0 : 1, max: 20 }),
  opener: 'P.10',
  key: paymentIdOf,
  body: attempt,
})

const payments = loop({
  id: 'payments',
  words: 'one payment an attempt, the first one in the background',
  bounds: () => ({ min: 1, max: 20 }),
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
    match: { pattern: /^order\.(expired|canceled)$/ },
  }),
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
      holds: ({ whole }) => (isOver(whole) ? false : isPaid(whole) ? true : undefined),
    },
    body: afterPayment,
  },
  {
    name: 'unpaid',
    when: {
      words: 'the order expired or was canceled',
      holds: ({ whole }) => (isOver(whole) ? true : isPaid(whole) ? false : undefined),
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
    par(payments, seq(attempts, end)),
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
      why: 'a status from a redirect is believed on a webhook only',
    },
    { causes: ['P.20', 'P.22'], effect: 'P.24', why: 'an order completes by its payment' },
    { causes: ['P.20', 'P.22'], effect: 'P.27', why: 'nothing enters a library unpaid' },
    { causes: ['P.25'], effect: 'P.27', why: 'a library follows a completed order' },
    { causes: ['P.27'], effect: 'P.28', why: 'what is announced was granted' },
  ],
  extras: purchaseExtras,
  ends: {
    words: 'the order is paid, or ended unpaid',
    holds: ({ whole }) => isOver(whole) || isPaid(whole) || whole.has('step', 'order:completed'),
  },
})
