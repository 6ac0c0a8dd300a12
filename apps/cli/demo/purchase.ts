// The specified purchase, by each way to pay and with each outcome: what a buyer does, what the provider is made to do, and
// then what the living diagram says about it.

import { Failed } from '../command.ts'
import { payAtSandbox, tellSandbox } from './buyer.ts'
import { type Customer, newCustomer, type Started } from './customer.ts'
import { type Stage, seconds, waitFor, waitThrough } from './stage.ts'
import { type DemoResult, type Judged, strayFrom, verdictOf } from './verdict.ts'

export const METHODS = ['card', 'sbp', 'saved'] as const
export const OUTCOMES = ['ok', 'decline', 'timeout'] as const
export type Method = (typeof METHODS)[number]
export type Outcome = (typeof OUTCOMES)[number]

export interface Choice {
  readonly method: Method
  readonly outcome: Outcome
}

/** What the buyer, or the bank behind a saved card, does at the sandbox. */
const AT_PROVIDER: Readonly<Record<Outcome, string>> = {
  ok: 'ok',
  decline: 'no_funds',
  timeout: 'timeout_after_charge',
}

const HOW: Readonly<Record<Method, object>> = {
  card: { payment_method_type_hint: 'card' },
  sbp: { payment_method_type_hint: 'sbp', confirmation: 'qr' },
  saved: { payment_method_type_hint: 'saved' },
}

/** A word that came neither by answer nor by webhook is found out within this time. */
const FOUND_OUT_MS = 60_000
/** A little after the reconciler's first look is due. */
const FIRST_LOOK_MS = 6_000

interface Play extends Choice {
  readonly stage: Stage
  readonly customer: Customer
  /** Notes that a part is done. */
  mark(name: string): void
}

/** Where the person confirms: the provider's page, or what the code on the screen stands for. */
function pageOf({ redirect_url, psp_sdk_data, status }: Started): string {
  const page = redirect_url ?? psp_sdk_data?.qr
  if (page === undefined) throw new Failed(`the provider names no page; the payment is ${status}`)
  return page
}

async function inLibrary({ stage, customer }: Play, orderId: string): Promise<void> {
  await waitFor(stage, {
    words: 'the game is not in the library yet',
    ask: () => customer.read<{ items: { order_id: string }[] }>('GET /library/items'),
    good: ({ items }) => items.some((item) => item.order_id === orderId),
  })
}

/** An earlier purchase, with the buyer's consent to keep the card. */
async function saveCard(play: Play): Promise<{ methodId: string; page: string }> {
  const { customer, stage, mark } = play
  const [, game = ''] = customer.games
  const orderId = await customer.order(game, 'card')
  const page = pageOf(await customer.pay(orderId, { ...HOW.card, save_payment_method: true }))
  await payAtSandbox(page, 'ok')
  await inLibrary(play, orderId)
  const { items } = await waitFor(stage, {
    words: 'the card is not saved yet',
    ask: () => customer.read<{ items: { payment_method_id: string }[] }>('GET /payments/methods'),
    good: (methods) => methods.items.length > 0,
  })
  stage.say('an earlier purchase has saved the card')
  mark('saved')
  return { methodId: items[0]?.payment_method_id ?? '', page }
}

/** Has the bank answer the next charge as wanted, or leave it unanswered. */
async function planCharge({ outcome }: Play, page: string): Promise<void> {
  if (outcome === 'ok') return
  await tellSandbox(page, 'charge-plan', { outcome: AT_PROVIDER[outcome], times: 1 })
  if (outcome !== 'timeout') return
  await tellSandbox(page, 'faults', { operation: 'payments.create', kind: 'reset_after', times: 1 })
}

/** Orders a game and has it paid, or not; answers the ids of the order and its payment. */
async function orderAndPay(play: Play): Promise<{ orderId: string; paymentId: string }> {
  const { customer, method, outcome, stage, mark } = play
  const saved = method === 'saved' ? await saveCard(play) : undefined
  const [game = ''] = customer.games
  const orderId = await customer.order(game, method)
  stage.say(`ordered: ${orderId}`)
  mark('ordered')
  if (saved !== undefined) {
    await planCharge(play, saved.page)
    const way = { ...HOW.saved, payment_method_id: saved.methodId }
    const started = await customer.pay(orderId, way)
    stage.say(`the saved card was charged; the payment is ${started.status}`)
    mark('charged')
    return { orderId, paymentId: started.transaction_id }
  }
  const started = await customer.pay(orderId, HOW[method])
  const page = pageOf(started)
  mark(method === 'sbp' ? 'code_shown' : 'redirected')
  await payAtSandbox(page, AT_PROVIDER[outcome])
  stage.say(
    `at the provider: ${{ ok: 'paid', decline: 'declined', timeout: 'charged, and no word of it' }[outcome]}`,
  )
  mark(outcome === 'decline' ? 'declined' : 'paid')
  return { orderId, paymentId: started.transaction_id }
}

interface Order {
  readonly status: string
  readonly expires_at: string
  readonly ended_reason?: string
}

/** The buyer is told and does not try again; the order waits until its time is over. */
async function endUnpaid(play: Play, orderId: string): Promise<void> {
  const { customer, stage, mark } = play
  const news = await waitFor(stage, {
    words: 'the buyer was not told yet',
    ask: () =>
      customer.read<{ items: { kind: string; title: string; mail?: { status: string } }[] }>(
        `GET /notifications?locale=en&order_id=${orderId}`,
      ),
    good: ({ items }) =>
      items.some((item) => item.kind === 'payment_failed' && item.mail?.status === 'sent'),
  })
  const told = news.items.find((item) => item.kind === 'payment_failed')
  stage.say(`the buyer is told: ${told?.title}`)
  mark('told')
  const read = () => customer.read<Order>(`GET /orders/${orderId}`)
  const leftMs = Date.parse((await read()).expires_at) - stage.now() + 1_000
  const { status, ended_reason } = await waitThrough(stage, Math.max(leftMs, 0), {
    words: 'the order waits for another attempt until its time is over',
    ask: read,
    good: (order) => order.status !== 'pending_payment',
  })
  if (status !== 'canceled' || ended_reason !== 'payment_failed')
    throw new Failed(`the order is ${status} (${ended_reason}), not canceled (payment_failed)`)
  stage.say('the order is canceled: payment_failed')
  mark('canceled')
}

/** Nobody tells; the platform asks by itself. */
async function findOut(play: Play, paymentId: string): Promise<void> {
  const { customer, stage, mark } = play
  const fromMs = stage.now()
  const payment = await waitThrough(stage, stage.advance ? FIRST_LOOK_MS : FOUND_OUT_MS, {
    words: 'the platform finds out what the provider did',
    ask: () => customer.read<{ status: string }>(`GET /payments/transactions/${paymentId}`),
    good: ({ status }) => status !== 'processing' && status !== 'pending_psp_redirect',
  })
  const tookMs = stage.now() - fromMs
  if (payment.status !== 'completed' || tookMs > FOUND_OUT_MS)
    throw new Failed(`the payment is ${payment.status} after ${seconds(tookMs)}`)
  stage.say(`the provider was asked after ${seconds(tookMs)} and says: paid`)
  mark('found_out')
}

/** Buys a game on a stage and waits for the verdict over it. */
export async function demoPurchase(stage: Stage, choice: Choice): Promise<DemoResult> {
  const started = performance.now()
  const ms: Record<string, number> = {}
  const mark = (name: string): void => {
    ms[name] = Math.round(performance.now() - started)
  }
  const customer = await newCustomer(stage.url)
  mark('ready')
  const play: Play = { ...choice, stage, customer, mark }
  const { orderId, paymentId } = await orderAndPay(play)
  if (choice.outcome === 'decline') await endUnpaid(play, orderId)
  else {
    if (choice.outcome === 'timeout') await findOut(play, paymentId)
    await inLibrary(play, orderId)
    mark('in_library')
  }
  const judged: Judged = await verdictOf(stage, customer, orderId)
  mark('judged')
  const { verdict, required, seen, deviations, items, branches } = judged
  const stray = strayFrom(branches, choice)
  return {
    ...{ flow: 'purchase', ...choice, verdict, required, seen, deviations, items },
    ...{ branches, stray, id: orderId, ms },
  }
}
