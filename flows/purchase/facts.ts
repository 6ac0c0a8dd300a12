// What the guards and conditions of the purchase read from a run. Each answers `undefined` as long as the data cannot tell.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import type { Condition, RunView } from '../language.ts'

export const STATUS = 'payment.transaction.status.updated.v1'
export const RECEIPT = 'payment.fiscal.receipt.status.updated.v1'
export const TOLD = 'notification.message.status.updated.v1'
export const COMPLETED = 'order.processing.completed.v1'
export const PAY = 'POST /payments/transactions/initiate'
export const CHARGE = 'POST /payments'
export const WEBHOOK = 'POST /webhooks/:provider'
/** An order that ended without money. */
export const OVER = /^order:(expired|canceled)$/
/** How an order says so. */
export const ENDED = /^order\.(expired|canceled)$/
export const DECLINED = /^payment:(failed|canceled)$/
/** What a provider says in the end. */
export const SETTLED = /^payment:(completed|failed|canceled)$/

export const all = (...conditions: readonly Condition[]): Condition => ({
  words: conditions.map((c) => c.words).join(' and '),
  holds(interaction, run) {
    const told = conditions.map((c) => c.holds(interaction, run))
    return told.includes(false) ? false : told.includes(undefined) ? undefined : true
  },
})

/** By the event's own field; where a recording leaves it out, by the step that the same commit made. */
export function statusIs(...statuses: readonly string[]): Condition {
  return {
    words: `new status ${statuses.join(' or ')}`,
    holds(interaction, run) {
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

/** A payment that was never paid ends with its order; that is no answer of a provider. */
export const endedWithOrder: Condition = {
  words: 'because the order ended',
  holds(interaction, run) {
    const cause = run.causeOf(interaction)
    if (cause === undefined) return interaction.parent === undefined ? false : undefined
    return cause.kind === 'publish' && ENDED.test(cause.name)
  },
}

export const byProvider: Condition = {
  words: 'by the provider',
  holds(interaction, run) {
    const ended = endedWithOrder.holds(interaction, run)
    return ended === undefined ? undefined : !ended
  },
}

/** Of the events that tell a payment's status, the one that tells that it completed. */
export const ofCompletion: Condition = {
  words: 'of the completed payment',
  holds(interaction, run) {
    const cause = run.causeOf(interaction)
    return cause === undefined ? undefined : statusIs('completed').holds(cause, run)
  },
}

/** A browser is told beside the mail; that is not the message that is drawn. */
export const byMail: Condition = {
  words: 'by mail',
  holds: ({ payload }) => payload?.channel !== 'push',
}

/** The money of this payment came when nothing waited for it any more. */
export const isLate = (run: RunView, paymentId: unknown): boolean =>
  run.interactions.some(
    ({ kind, name, payload }) =>
      kind === 'publish' &&
      name === STATUS &&
      payload?.late === true &&
      payload.transaction_id === paymentId,
  )

export const isPaid = (run: RunView): boolean => run.has('step', 'payment:completed')

/** How many payments brought money, late or in time. By the log's events, and by the steps where a recording leaves their data out. */
export function paymentsIn(run: RunView): { readonly late: number; readonly inTime: number } {
  const told = run.interactions.filter(
    ({ kind, name, payload }) =>
      kind === 'publish' && name === STATUS && payload?.new_status === 'completed',
  )
  const idsOf = (events: typeof told): number =>
    new Set(events.map(({ payload }) => payload?.transaction_id)).size
  const late = idsOf(told.filter(({ payload }) => payload?.late === true))
  const steps = run.interactions.filter((i) => i.kind === 'step' && i.name === 'payment:completed')
  return { late, inTime: Math.max(idsOf(told), steps.length) - late }
}

/** Refunds that were asked for because lines were taken out of the order while it was being paid. */
export const byChange = (run: RunView): number =>
  run.interactions.filter(
    (i) =>
      i.kind === 'step' &&
      i.name === 'refund:requested' &&
      run.causeOf(i)?.name === 'order.updated',
  ).length

/** An order that only late money has come for still waits for its own; so does one that was changed while it was being paid. */
export const isPaidInTime = (run: RunView): boolean => paymentsIn(run).inTime > byChange(run)
export const isOver = (run: RunView): boolean => run.has('step', OVER)

const settlingStep = (run: RunView): Interaction | undefined =>
  run.interactions.find((i) => i.kind === 'step' && i.name === 'payment:completed') ??
  run.interactions.find(
    (i) => i.kind === 'step' && SETTLED.test(i.name) && byProvider.holds(i, run) !== false,
  )

export type Settler = 'answer' | 'webhook' | 'read'

/** How the provider's last word came: in its answer to the request, by its webhook, or because it was asked again. */
export function settledBy(run: RunView): Settler | undefined {
  const step = settlingStep(run)
  const cause = step && run.causeOf(step)
  if (cause?.kind !== 'call') return undefined
  if (cause.name === WEBHOOK) return 'webhook'
  if (cause.to === 'PSP') return 'read'
  return cause.name === PAY ? 'answer' : undefined
}

/** A call to the provider whose answer decided a payment. */
export const deciding: Condition = {
  words: 'whose answer decides',
  holds: (call, run) =>
    run.interactions.some(
      (i) => i.kind === 'step' && SETTLED.test(i.name) && run.causeOf(i)?.id === call.id,
    ),
}

/** The answer to such a call. */
export const decisive: Condition = {
  words: 'that decides',
  holds(reply, run) {
    const call = run.causeOf(reply)
    return call === undefined ? undefined : deciding.holds(call, run)
  },
}

const STARTED = /^payment:(pending_psp_redirect|processing)$/
const startOf = (run: RunView): Interaction | undefined =>
  run.interactions.find((i) => i.kind === 'step' && STARTED.test(i.name))

export const isRedirected = (run: RunView): boolean =>
  run.has('step', 'payment:pending_psp_redirect')

/** Whether the payment went to `processing` in the very request that asked the provider. */
export const isDirect = (run: RunView): boolean =>
  run.interactions.some((i) => i.kind === 'step' && STARTED.test(i.name) && isAsked(i, run)) &&
  !isRedirected(run)

const isAsked = (i: Interaction, run: RunView): boolean => run.causeOf(i)?.name === PAY

/** The provider was asked in this attempt. */
export const isStarted = (run: RunView): boolean =>
  startOf(run) !== undefined || run.has('call', CHARGE)

/** Another attempt began while this one could still have been paid: nobody waits for it any more. */
function isReplaced(here: RunView, whole: RunView, atMs: number): boolean {
  const start = startOf(here)
  if (start === undefined) return false
  const own = new Set(here.interactions.map((i) => i.id))
  return whole.interactions.some((i) => {
    if (i.kind !== 'step' || !STARTED.test(i.name) || own.has(i.id)) return false
    return isAsked(i, whole) && i.at <= atMs && i.at > start.at
  })
}

/** The clocks of the process that notes a step and of the database that notes who handled an event differ by less. */
const SKEW_MS = 60_000

/**
 * Whether payments may have known by this step of its own that the order had ended. By what it has handled itself and not by when orders
 * ended it: no two services are put in order by their clocks.
 */
const hasHeardOfEnd = (run: RunView, step: Interaction): boolean =>
  run.interactions.some(
    (i) =>
      i.kind === 'consume' &&
      i.to === 'PaymentSvc' &&
      ENDED.test(i.name) &&
      i.at <= step.at + SKEW_MS,
  )

/**
 * The provider said no to the attempt that the person was making. Of an order that has ended there is nothing to try again: whether it is
 * told is for payments to say.
 */
export function isRefused(here: RunView, whole: RunView): boolean | undefined {
  if (isPaid(here)) return false
  const step = here.interactions.find((i) => i.kind === 'step' && DECLINED.test(i.name))
  if (step === undefined) return undefined
  const told = byProvider.holds(step, whole)
  if (told !== true) return told
  if (isReplaced(here, whole, step.at)) return false
  return whole.beside(step).some((i) => i.name === 'payment.failed') || !hasHeardOfEnd(whole, step)
}

/** Currency of the purchase, as any of its events tells it. */
export function currencyOf(run: RunView): string | undefined {
  const told = run.interactions.find((i) => typeof i.payload?.currency === 'string')
  return told?.payload?.currency as string | undefined
}
