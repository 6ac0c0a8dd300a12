// One attempt to pay: the provider is asked, answers or does not, and what becomes of the payment. An attempt that was declined
// is told to the person; another may follow.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import {
  alt,
  type Condition,
  type Guard,
  type GuardInput,
  loop,
  message,
  par,
  seq,
} from '../language.ts'
import { CHARGE, isOver, isRefused, isStarted, PAY } from './facts.ts'
import { toldByMail } from './news.ts'
import { way } from './settlement.ts'

/** No word about the charge: the payment may have been made or not. */
const SILENCE = /^(timeout|unreachable|408|429|5\d\d)$/

/** Whether the request to the provider was answered. A repeat of it by the reconciler is another call. */
function isAnswered({ here }: GuardInput): boolean | undefined {
  const replies = here.interactions.filter((i) => {
    if (i.kind !== 'reply' || i.name !== CHARGE) return false
    const call = here.causeOf(i)
    return call !== undefined && here.causeOf(call)?.name === PAY
  })
  // Several: another attempt's beginning has not arrived yet, and its answer cannot be told from this one's.
  const [reply, ...others] = replies
  if (reply === undefined || others.length > 0) return undefined
  return !SILENCE.test(reply.outcome)
}

// By condition and not by outcome, so that the one is never taken for a wrong answer of the other.
const silent: Condition = { words: 'no answer', holds: ({ outcome }) => SILENCE.test(outcome) }
const spoken: Condition = { words: 'an answer', holds: ({ outcome }) => !SILENCE.test(outcome) }

const ANSWERED = /^(201|409)$/

/** The order ended, or was changed, while the provider was asked: its buyer is not sent to pay for what nobody waits for. */
const unlessOvertaken: Condition = {
  words: 'refused only where the order ended or was changed meanwhile',
  holds: ({ outcome }, run) =>
    outcome !== '409' || isOver(run) || run.has('publish', 'order.updated') ? true : undefined,
}

const answer = alt(
  'answer',
  {
    name: 'told',
    when: { words: 'the provider answers', holds: isAnswered },
    body: message({
      id: 'P.14',
      kind: 'reply',
      from: 'PSP',
      to: 'PaymentSvc',
      match: { name: CHARGE, outcome: /^(200|201)$/, where: spoken },
    }),
  },
  {
    name: 'lost',
    when: {
      words: 'its answer is lost, and nobody knows what it did',
      holds: (input) => {
        const told = isAnswered(input)
        return told === undefined ? undefined : !told
      },
    },
    body: seq(
      message({
        id: 'lost.answer',
        items: [],
        kind: 'reply',
        from: 'PSP',
        to: 'PaymentSvc',
        match: { name: CHARGE, where: silent },
        of: ['P.13'],
      }),
      // Under the same key, so that it is the same charge.
      message({
        id: 'again.call',
        items: [],
        kind: 'call',
        from: 'PaymentSvc',
        to: 'PSP',
        match: { name: CHARGE },
        mark: 'optional',
        repeats: true,
      }),
      message({
        id: 'again.answer',
        items: [],
        kind: 'reply',
        from: 'PSP',
        to: 'PaymentSvc',
        match: { name: CHARGE },
        of: ['again.call'],
        mark: 'optional',
        repeats: true,
      }),
    ),
  },
)

const refusal: Guard = {
  words: 'the provider said no while the person waited',
  holds: ({ here, whole }) => isRefused(here, whole),
}

const news = alt(
  'news',
  {
    name: 'declined',
    when: refusal,
    body: seq(
      message({
        id: 'refused.publish',
        items: [],
        kind: 'publish',
        from: 'PaymentSvc',
        to: 'KafkaBus',
        match: { name: 'payment.failed' },
      }),
      toldByMail({
        ids: ['refused.heard', 'refused.queued', 'refused.sent', 'refused.told'],
        event: { name: 'payment.failed' },
        of: ['refused.publish'],
        repeats: true,
      }),
    ),
  },
  {
    name: 'none',
    when: {
      words: 'no bad news',
      holds: (input) => {
        const refused = refusal.holds(input)
        return refused === undefined ? (input.quiet ? true : undefined) : !refused
      },
    },
    body: seq(),
  },
)

const started = seq(
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
    match: { name: CHARGE },
  }),
  answer,
  par(
    seq(
      message({
        id: 'P.15',
        kind: 'reply',
        from: 'PaymentSvc',
        to: 'APIGW',
        match: { name: PAY, outcome: ANSWERED, where: unlessOvertaken },
      }),
      message({
        id: 'P.16',
        kind: 'reply',
        from: 'APIGW',
        to: 'ClientApp',
        match: { name: PAY, outcome: ANSWERED, where: unlessOvertaken },
      }),
    ),
    seq(way, news),
  ),
)

const known = seq(
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
)

const attempt = seq(
  message({ id: 'P.10', kind: 'call', from: 'ClientApp', to: 'APIGW', match: { name: PAY } }),
  message({ id: 'P.11', kind: 'call', from: 'APIGW', to: 'PaymentSvc', match: { name: PAY } }),
  alt(
    'attempt',
    {
      name: 'started',
      when: {
        words: 'the provider is asked',
        holds: ({ here }) => (isStarted(here) ? true : undefined),
      },
      body: started,
    },
    {
      name: 'answered',
      when: {
        words: 'answered from what is known, or refused',
        holds: ({ here, quiet }) => (isStarted(here) ? false : quiet ? true : undefined),
      },
      body: known,
    },
  ),
)

/** Payment events of the log name their payment; everything one webhook caused is thereby told apart. */
function paymentIdOf(interaction: Interaction): string | undefined {
  const { payload } = interaction
  const id = payload?.transaction_id ?? payload?.payment_intent_id ?? payload?.payment_id
  return typeof id === 'string' && id.startsWith('pay_') ? id : undefined
}

export const attempts = loop({
  id: 'attempts',
  words: 'until an attempt to pay succeeds',
  // Pressing often is no deviation: most are answered from what is known.
  bounds: (run) => ({ min: isOver(run) ? 0 : 1, max: Number.POSITIVE_INFINITY }),
  opener: 'P.10',
  key: paymentIdOf,
  body: attempt,
})
