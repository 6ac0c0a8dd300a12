// The way of an order as its buyer sees it: paid, receipt, library, mail. Each step has its own state and its own time, made from
// what the services say now, so that a page that was closed shows the same when it is opened again.

import { hasReceipt } from '@rialto/contracts/payments/receipts.ts'
import type { LibraryItem, Notice, Order, Payment, Receipt } from './queries.ts'

export const STEPS = ['paid', 'receipt', 'library', 'mail'] as const
export type StepName = (typeof STEPS)[number]

/** `waiting`: not its turn yet; `working`: on its way; `late`: failed so far and tried again. */
export type StepState = 'waiting' | 'working' | 'done' | 'late' | 'failed'

export interface Step {
  readonly name: StepName
  readonly state: StepState
  /** When it was done. */
  readonly at?: string
}

export interface Known {
  readonly order: Order
  readonly payments: readonly Payment[]
  readonly receipt: Receipt | null | undefined
  readonly library: readonly LibraryItem[]
  readonly notices: readonly Notice[]
}

const PAID = new Set(['completed', 'partially_refunded', 'refunded'])

/** The attempts that money came of, whatever became of it since. */
export const paidOf = <P extends Pick<Payment, 'status'>>(payments: readonly P[]): readonly P[] =>
  payments.filter(({ status }) => PAID.has(status))

/** The attempt that paid; else the newest one. */
export const currentPayment = (payments: readonly Payment[]): Payment | undefined =>
  paidOf(payments)[0] ?? payments[0]

export const isPaid = ({ status }: Pick<Order, 'status'>): boolean =>
  ['completed', 'fulfilled', 'partially_refunded', 'refunded'].includes(status)

/** There is something to confirm with. Else the bank decides, and no other attempt is taken until it has. */
export const isPayersTurn = ({
  redirect_url: page,
  psp_sdk_data: code,
}: Pick<Payment, 'redirect_url' | 'psp_sdk_data'>): boolean =>
  page !== undefined || code !== undefined

/**
 * Whether the bank may be taking the money at this moment: the order cannot be given up, and nobody says that nothing was charged.
 * Of those without a result only what waits for its payer is replaced by another, so none but the newest is being decided.
 */
export function isBeingCharged(
  payments: readonly Pick<Payment, 'status' | 'redirect_url' | 'psp_sdk_data'>[],
): boolean {
  const [newest] = payments
  const isDecided = newest?.status === 'processing' && !isPayersTurn(newest)
  return isDecided || payments.some(({ status }) => status === 'authorized')
}

/** The attempt that is gone on with. One that its payer cannot confirm any more was replaced: the order is paid anew. */
export function openAttempt<P extends Pick<Payment, 'status' | 'redirect_url' | 'psp_sdk_data'>>(
  payments: readonly P[],
): P | undefined {
  const [newest] = payments
  if (newest?.status === 'pending_psp_redirect') return isPayersTurn(newest) ? newest : undefined
  return newest?.status === 'processing' || newest?.status === 'authorized' ? newest : undefined
}

/** An attempt was begun: money may still come of it, whatever is known of it now. */
export const isBegun = (payments: readonly Pick<Payment, 'status'>[]): boolean =>
  payments.some(({ status }) => status !== 'created')

const ENDED_UNPAID = new Set(['canceled', 'expired'])

type LateMoney = 'returning' | 'returned'

/** Money that came when the order did not wait for it any more: on its way back, or there. */
export function lateMoney(
  order: Pick<Order, 'status'>,
  payments: readonly Pick<Payment, 'status' | 'late'>[],
): LateMoney | undefined {
  const unwanted = paidOf(payments).filter(({ late }) => late || ENDED_UNPAID.has(order.status))
  if (unwanted.length === 0) return undefined
  return unwanted.every(({ status }) => status === 'refunded') ? 'returned' : 'returning'
}

const CAME_TO_NOTHING = new Set(['failed', 'canceled'])

/** Nothing was charged: no attempt is without a result, and none took money. */
export const isNothingCharged = (payments: readonly Pick<Payment, 'status'>[]): boolean =>
  payments.every(({ status }) => status === 'created' || CAME_TO_NOTHING.has(status))

type Over = 'canceled' | 'expired'
type EndWord = `${'ended' | 'over'}.${Over}` | 'ended.refunded' | 'kept' | `late.${LateMoney}`

/**
 * What is said of how an order ended, and of money that came for it all the same; nothing while it has not. That nothing was charged
 * is said only where no attempt is without a result.
 */
export function wordsOfEnd(
  order: Pick<Order, 'status'>,
  payments: readonly Pick<Payment, 'status' | 'late'>[],
): readonly EndWord[] {
  const { status } = order
  const late = lateMoney(order, payments)
  const ofLate = late === undefined ? [] : [`late.${late}` as const]
  if (status === 'refunded') return ['ended.refunded', ...ofLate]
  if (status !== 'canceled' && status !== 'expired') return ofLate
  if (late !== undefined) return [`over.${status}`, ...ofLate]
  return isNothingCharged(payments) ? [`ended.${status}`] : [`over.${status}`, 'kept']
}

/** The newest attempt that was begun, where it was declined or ran out of time. */
export function declinedOf<P extends Pick<Payment, 'status'>>(
  payments: readonly P[],
): P | undefined {
  const last = payments.find(({ status }) => status !== 'created')
  return last !== undefined && CAME_TO_NOTHING.has(last.status) ? last : undefined
}

const done = (name: StepName, at: string | undefined): Step => ({
  ...{ name, state: 'done' },
  ...(at === undefined ? {} : { at }),
})

function paidStep({ order, payments }: Known): Step {
  if (isPaid(order))
    return done('paid', order.completed_at ?? currentPayment(payments)?.completed_at)
  const latest = payments.slice(0, 1)
  if (declinedOf(latest) !== undefined) return { name: 'paid', state: 'failed' }
  return { name: 'paid', state: isBeingCharged(latest) ? 'working' : 'waiting' }
}

function receiptStep({ order, receipt }: Known): Step {
  if (receipt?.status === 'fiscalized_success') return done('receipt', receipt.registered_at)
  if (!isPaid(order)) return { name: 'receipt', state: 'waiting' }
  return { name: 'receipt', state: receipt?.status === 'failed' ? 'late' : 'working' }
}

function libraryStep({ order, library }: Known): Step {
  const mine = library.filter((item) => item.order_id === order.order_id)
  if (mine.length >= order.items.length)
    return done(
      'library',
      mine
        .map((item) => item.purchase_date)
        .sort()
        .at(-1),
    )
  return { name: 'library', state: isPaid(order) ? 'working' : 'waiting' }
}

function mailStep({ order, notices }: Known): Step {
  const mail = notices.find(({ kind }) => kind === 'order_confirmation')?.mail
  if (mail?.status === 'sent') return done('mail', mail.settled_at)
  if (mail?.status === 'failed') return { name: 'mail', state: 'failed' }
  return { name: 'mail', state: isPaid(order) ? 'working' : 'waiting' }
}

export const stepsOf = (known: Known): Step[] => [
  paidStep(known),
  ...(hasReceipt(known.order.currency) ? [receiptStep(known)] : []),
  libraryStep(known),
  mailStep(known),
]

export const isAllDone = (steps: readonly Step[]): boolean =>
  steps.every(({ state }) => state === 'done' || state === 'failed')
