// Money for which nothing waits goes back: what came too late, what an ended order did not take, what was paid for an order that its
// buyer changed meanwhile. Each such payment has one refund, from asking the provider to its word, and one more where that failed and a
// person made it at the provider. There is no other refund yet: one that an operator asks for would be one more cause here.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { type Condition, loop, message, type RunView, seq } from '../language.ts'
import { all, byChange, isOver, paymentsIn, STATUS } from './facts.ts'

const REFUND = 'POST /refunds'
const ENDED = /^refund:(succeeded|failed)$/
const FAILED = /^refund:failed$/
const NO_MORE_WANTED = /^order\.(expired|canceled|updated)$/

const steps = (run: RunView, name: RegExp): number =>
  run.interactions.filter((i) => i.kind === 'step' && name.test(i.name)).length

/** An order keeps the money of one payment at most, and of none once it has ended; what came late it never keeps. */
function causes(run: RunView): { readonly min: number; readonly max: number } {
  const { late, inTime } = paymentsIn(run)
  if (isOver(run)) return { min: late + inTime, max: late + inTime }
  const min = late + Math.max(0, inTime - 1)
  return { min, max: Math.max(min, late + Math.min(inTime, byChange(run))) }
}

/**
 * One of ours failed, and a person made it at the provider: it begins and ends in one commit, and no call of ours stands beside it. Ours
 * may fail in that same commit, because the person was quicker.
 */
function isAtDesk(interaction: Interaction, run: RunView): boolean {
  if (FAILED.test(interaction.name) || !run.has('step', FAILED)) return false
  const context = [interaction, ...run.beside(interaction)]
  const has = (kind: string, name: string) =>
    context.some((i) => i.kind === kind && i.name === name)
  return has('step', 'refund:succeeded') && has('step', 'refund:requested') && !has('call', REFUND)
}
const atDesk: Condition = { words: 'by a person at the provider', holds: isAtDesk }
const byUs: Condition = { words: 'by us', holds: (i, run) => !isAtDesk(i, run) }

/** By the event that made the money unwanted, or by the one of the same commit that tells of late money. */
const unwanted: Condition = {
  words: 'because nothing waits for the money',
  holds(interaction, run) {
    const cause = run.causeOf(interaction)
    if (cause === undefined) return interaction.parent === undefined ? false : undefined
    if (cause.kind === 'publish' && NO_MORE_WANTED.test(cause.name)) return true
    const told = run.beside(interaction).filter((i) => i.kind === 'publish')
    if (told.length === 0) return undefined
    return told.some(({ name, payload }) => name === STATUS && payload?.late === true)
  },
}

/** Calls that ask for money to go back for the first time: one that was not answered may be repeated under its key. */
function firstCalls(run: RunView): ReadonlySet<string> {
  const answered = new Set(
    run.interactions.flatMap((i) =>
      i.kind === 'reply' && i.name === REFUND && /^20[01]$/.test(i.outcome)
        ? (run.causeOf(i)?.id ?? [])
        : [],
    ),
  )
  const first = new Set<string>()
  let repeatable = 0
  for (const { kind, name, id } of run.interactions) {
    if (kind !== 'call' || name !== REFUND) continue
    if (repeatable > 0) repeatable -= 1
    else first.add(id)
    if (!answered.has(id)) repeatable += 1
  }
  return first
}

const asked: Condition = {
  words: 'for the first time',
  holds: ({ id }, run) => firstCalls(run).has(id),
}

/** What asks once more, because there was no answer, and whatever else is no first call. */
export const notFirstRefund: Condition = {
  words: 'that gives no money back for the first time',
  holds: ({ kind, name, id }, run) =>
    kind !== 'call' || name !== REFUND || !firstCalls(run).has(id),
}

const own = { items: [], from: 'PaymentSvc', to: 'PaymentSvc' }

/** A definite no of the provider ends it too: a person has been told. */
export const refunds = loop({
  id: 'refunds',
  words: 'each payment whose money is not wanted',
  bounds: causes,
  body: seq(
    message({
      ...{ ...own, id: 'refund.asked', kind: 'step' },
      match: { name: 'refund:requested', where: all(unwanted, byUs) },
    }),
    message({
      ...{ ...own, id: 'refund.begun', kind: 'step' },
      match: { name: 'refund:submitted', where: byUs },
    }),
    message({
      ...{ ...own, id: 'refund.call', kind: 'call', to: 'PSP' },
      match: { name: REFUND, where: asked },
    }),
    message({
      ...{ ...own, id: 'refund.ended', kind: 'step' },
      match: { pattern: ENDED, where: byUs },
    }),
  ),
})

export const deskRefunds = loop({
  id: 'desk refunds',
  words: 'a refund that failed may be made by a person at the provider',
  bounds: (run) => ({ min: 0, max: steps(run, FAILED) }),
  body: seq(
    ...(['requested', 'submitted', 'succeeded'] as const).map((state) =>
      message({
        ...{ ...own, id: `desk.${state}`, kind: 'step' },
        match: { name: `refund:${state}`, where: atDesk },
      }),
    ),
  ),
})

const made = (run: RunView): number =>
  run.interactions.filter(
    (i) => i.kind === 'step' && i.name === 'refund:requested' && isAtDesk(i, run),
  ).length

export const givenBack = loop({
  id: 'given back',
  words: 'each refund that the provider has made',
  bounds: (run) => ({
    min: steps(run, /^refund:succeeded$/),
    max: causes(run).max - steps(run, FAILED) + made(run),
  }),
  body: message({
    ...{ ...own, id: 'refund.told', kind: 'publish', to: 'KafkaBus' },
    match: { name: 'payment.refunded' },
  }),
})

/** The provider has been or is to be asked, and has not said yet what became of it. */
export const isGoingBack = (run: RunView): boolean =>
  steps(run, /^refund:requested$/) > steps(run, ENDED)
