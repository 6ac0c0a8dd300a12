// How a payment comes to its end after the provider was asked: on the provider's page or directly, and told by the provider's
// answer, by its webhook, or, when neither came, by a look of ours at the provider.

import { alt, type Block, message, par, seq } from '../language.ts'
import {
  all,
  byProvider,
  DECLINED,
  deciding,
  decisive,
  isDirect,
  isOver,
  isPaid,
  isRedirected,
  SETTLED,
  type Settler,
  STATUS,
  settledBy,
  statusIs,
  WEBHOOK,
} from './facts.ts'

const ASKED_AGAIN = /^(GET \/payments(\/:\w+)?|POST \/payments)$/
const ENDS = ['completed', 'failed', 'canceled'] as const

const by = (settler: Settler, words: string) => ({
  words,
  holds: ({ here }: { here: Parameters<typeof settledBy>[0] }) => {
    const told = settledBy(here)
    return told === undefined ? undefined : told === settler
  },
})
const BY_ANSWER = by('answer', 'the provider says so in its answer')
const BY_WEBHOOK = by('webhook', 'its webhook tells')
const BY_READ = by('read', 'no word came, and it was asked again')

/** Webhooks that come beside what has decided already. */
const lateHooks = (id: string): Block =>
  message({
    id,
    items: [],
    kind: 'call',
    from: 'PSP',
    to: 'PaymentSvc',
    match: { name: WEBHOOK },
    mark: 'optional',
    repeats: true,
  })

/** Nobody told us: the reconciler asks, and what the provider answers is applied because of that very call. */
function readAgain(at: string, ends: readonly (typeof ENDS)[number][]): Block {
  const of = [`${at}.read`]
  const own = { items: [], from: 'PaymentSvc', to: 'PaymentSvc' }
  const read = seq(
    message({
      ...{ ...own, id: `${at}.read`, kind: 'call', to: 'PSP' },
      match: { pattern: ASKED_AGAIN, where: deciding },
    }),
    message({
      ...{ ...own, id: `${at}.answer`, kind: 'reply', from: 'PSP', of },
      match: { pattern: ASKED_AGAIN, outcome: /^20[01]$/, where: decisive },
    }),
    message({
      ...{ ...own, id: `${at}.step`, kind: 'step', of },
      match: { pattern: new RegExp(`^payment:(${ends.join('|')})$`), where: byProvider },
    }),
    message({
      ...{ ...own, id: `${at}.publish`, kind: 'publish', to: 'KafkaBus', of },
      match: { name: STATUS, where: all(statusIs(...ends), byProvider) },
    }),
  )
  return par(read, lateHooks(`${at}.webhook`))
}

const paidByWebhook = seq(
  message({
    id: 'P.52',
    kind: 'call',
    from: 'PSP',
    to: 'PaymentSvc',
    match: { name: WEBHOOK },
    repeats: true,
  }),
  message({
    id: 'P.19',
    kind: 'step',
    from: 'PaymentSvc',
    to: 'PaymentSvc',
    match: { name: 'payment:completed' },
  }),
  message({
    id: 'P.20',
    kind: 'publish',
    from: 'PaymentSvc',
    to: 'KafkaBus',
    match: { name: STATUS, where: statusIs('completed') },
  }),
)

const paid = alt(
  'notice',
  { name: 'webhook', when: BY_WEBHOOK, body: paidByWebhook },
  { name: 'read', when: BY_READ, body: readAgain('read', ['completed']) },
)

const declined = seq(
  lateHooks('declined.webhook'),
  message({
    id: 'declined.step',
    items: [],
    kind: 'step',
    from: 'PaymentSvc',
    to: 'PaymentSvc',
    match: { pattern: DECLINED, where: byProvider },
  }),
  message({
    id: 'declined.publish',
    items: [],
    kind: 'publish',
    from: 'PaymentSvc',
    to: 'KafkaBus',
    match: { name: STATUS, where: all(statusIs('failed', 'canceled'), byProvider) },
  }),
)

const settlement = alt(
  'settlement',
  {
    name: 'paid',
    when: {
      words: 'the provider says paid',
      holds: ({ here }) => (isPaid(here) ? true : undefined),
    },
    body: paid,
  },
  {
    name: 'declined',
    when: {
      words: 'the provider says declined or canceled',
      holds: ({ here }) => (isPaid(here) ? false : here.has('step', DECLINED) ? true : undefined),
    },
    body: declined,
  },
  {
    name: 'abandoned',
    when: {
      words: 'the person never came back, or tried another way',
      holds: ({ here, whole, last, quiet }) => {
        if (here.has('step', SETTLED)) return false
        const paidOtherwise = !last && isPaid(whole)
        return quiet ? isOver(whole) || paidOtherwise : undefined
      },
    },
    body: lateHooks('abandoned.webhook'),
  },
)

const redirected = seq(
  message({
    id: 'P.17',
    kind: 'call',
    from: 'ClientApp',
    to: 'User',
    match: { name: 'redirect' },
    built: false,
  }),
  message({
    id: 'P.18',
    kind: 'step',
    from: 'User',
    to: 'User',
    match: { name: 'pay' },
    built: false,
  }),
  settlement,
)

const charged = seq(
  message({
    id: 'P.21',
    kind: 'step',
    from: 'PaymentSvc',
    to: 'PaymentSvc',
    match: { pattern: SETTLED, where: byProvider },
  }),
  message({
    id: 'P.22',
    kind: 'publish',
    from: 'PaymentSvc',
    to: 'KafkaBus',
    match: { name: STATUS, where: all(statusIs(...ENDS), byProvider) },
  }),
)
const atOnce = par(charged, lateHooks('answer.webhook'))

/** The answer was lost, or slower than the webhook. */
const byHook = seq(
  message({
    id: 'hook.call',
    items: [],
    kind: 'call',
    from: 'PSP',
    to: 'PaymentSvc',
    match: { name: WEBHOOK },
    repeats: true,
  }),
  message({
    id: 'hook.step',
    items: [],
    kind: 'step',
    from: 'PaymentSvc',
    to: 'PaymentSvc',
    match: { pattern: SETTLED, where: byProvider },
  }),
  message({
    id: 'hook.publish',
    items: [],
    kind: 'publish',
    from: 'PaymentSvc',
    to: 'KafkaBus',
    match: { name: STATUS, where: all(statusIs(...ENDS), byProvider) },
  }),
)

/** Which of the provider's words ends a payment, wherever its money was taken. */
export const PAID = ['P.20', 'P.22', 'read.publish', 'hook.publish', 'direct.publish'] as const

export const way = alt(
  'way',
  {
    name: 'redirect',
    when: {
      words: 'the provider wants the person on its page',
      holds: ({ here }) => (isRedirected(here) ? true : isDirect(here) ? false : undefined),
    },
    body: redirected,
  },
  {
    name: 'direct',
    when: {
      words: 'paid without the person',
      holds: ({ here }) => (isRedirected(here) ? false : isDirect(here) ? true : undefined),
    },
    body: alt(
      'direct',
      { name: 'answer', when: BY_ANSWER, body: atOnce },
      { name: 'webhook', when: BY_WEBHOOK, body: byHook },
      { name: 'read', when: BY_READ, body: readAgain('direct', ENDS) },
    ),
  },
)
