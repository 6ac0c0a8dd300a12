// How one attempt to pay goes on after the provider was asked: on the provider's page, or directly.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { alt, type Condition, message, type RunView, seq } from './language.ts'

const STATUS = 'payment.transaction.status.updated.v1'
const WEBHOOK = 'POST /webhooks/:provider'
const DECLINED = /^payment:(failed|canceled)$/

/** By the event's own field; where a recording leaves it out, by the step that the same commit made. */
export function statusIs(...statuses: readonly string[]): Condition {
  return {
    words: `new status ${statuses.join(' or ')}`,
    holds(interaction: Interaction, run: RunView) {
      const told = interaction.payload?.new_status
      if (typeof told === 'string') return statuses.includes(told)
      const steps = run
        .beside(interaction)
        .filter((i) => i.kind === 'step' && /^payment:/.test(i.name))
      if (steps.length === 0) return undefined
      return steps.some((step) => statuses.includes(step.name.slice('payment:'.length)))
    },
  }
}

const all = (...conditions: readonly Condition[]): Condition => ({
  words: conditions.map((c) => c.words).join(' and '),
  holds(interaction, run) {
    const told = conditions.map((c) => c.holds(interaction, run))
    return told.includes(false) ? false : told.includes(undefined) ? undefined : true
  },
})

/** A payment that was never paid ends with its order; that is no answer of a provider. */
export const endedWithOrder: Condition = {
  words: 'because the order ended',
  holds(interaction, run) {
    const cause = run.causeOf(interaction)
    if (cause === undefined) return interaction.parent === undefined ? false : undefined
    return cause.kind === 'publish' && /^order\.(expired|canceled)$/.test(cause.name)
  },
}

const byProvider: Condition = {
  words: 'by the provider',
  holds(interaction, run) {
    const ended = endedWithOrder.holds(interaction, run)
    return ended === undefined ? undefined : !ended
  },
}

const isRedirected = (run: RunView): boolean => run.has('step', 'payment:pending_psp_redirect')
const isSettled = (run: RunView): boolean =>
  run.has('step', 'payment:completed') || run.has('step', DECLINED)

const paidByRedirect = seq(
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

const declined = seq(
  message({
    id: 'declined.webhook',
    items: [],
    kind: 'call',
    from: 'PSP',
    to: 'PaymentSvc',
    match: { name: WEBHOOK },
    mark: 'optional',
    repeats: true,
  }),
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
      holds: ({ here }) => (here.has('step', 'payment:completed') ? true : undefined),
    },
    body: paidByRedirect,
  },
  {
    name: 'declined',
    when: {
      words: 'the provider says declined or canceled',
      holds: ({ here }) => {
        if (here.has('step', 'payment:completed')) return false
        return here.has('step', DECLINED) ? true : undefined
      },
    },
    body: declined,
  },
  {
    name: 'abandoned',
    when: {
      words: 'the person never came back, or tried another way',
      holds: ({ here, whole, last, quiet }) => {
        if (isSettled(here)) return false
        const over = whole.has('step', /^order:(expired|canceled)$/)
        const paidOtherwise = !last && whole.has('step', 'payment:completed')
        return quiet ? over || paidOtherwise : undefined
      },
    },
    body: message({
      id: 'abandoned.webhook',
      items: [],
      kind: 'call',
      from: 'PSP',
      to: 'PaymentSvc',
      match: { name: WEBHOOK },
      mark: 'optional',
      repeats: true,
    }),
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

const direct = seq(
  message({
    id: 'P.21',
    kind: 'step',
    from: 'PaymentSvc',
    to: 'PaymentSvc',
    match: { pattern: /^payment:(completed|failed)$/ },
  }),
  message({
    id: 'P.22',
    kind: 'publish',
    from: 'PaymentSvc',
    to: 'KafkaBus',
    match: { name: STATUS, where: statusIs('completed', 'failed') },
  }),
)

/** Whether the payment went to `processing` in the very request that asked the provider. */
const isDirect = (run: RunView): boolean =>
  run.interactions.some((i) => {
    if (i.kind !== 'step' || i.name !== 'payment:processing') return false
    return run.causeOf(i)?.name === 'POST /payments/transactions/initiate'
  })

export const paymentOutcome = alt(
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
      words: 'paid in the same request',
      holds: ({ here }) => (isRedirected(here) ? false : isDirect(here) ? true : undefined),
    },
    body: direct,
  },
)
