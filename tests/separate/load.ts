// Buyers who do not repeat anything: what fails, failed for a person. They count, and buy until they are told to stop.

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, type CallOptions, callApi, newBuyer, poll } from 'rialto/demo/buyer.ts'
import { gamesOf, paymentBody } from '../flows/shopper.ts'
import type { Separate } from './surroundings.ts'

export interface Load {
  requests: number
  bought: number
  readonly placed: string[]
  /** What went wrong, each kind once: a hundred more of the same would only hide it. */
  readonly failures: string[]
}

type Line = Parameters<typeof callApi>[1]
type Ask = (line: Line, options: CallOptions) => Promise<Answer>

interface Shopping {
  readonly separate: Separate
  readonly load: Load
  /** Every answer must be a good one. */
  readonly ask: Ask
}

const UNTIL_FULFILLED_MS = 180_000

function openShopping(separate: Separate): Shopping {
  const load: Load = { requests: 0, bought: 0, placed: [], failures: [] }
  const ask: Ask = async (line, options) => {
    load.requests += 1
    const answer = await callApi(separate.fleet.url, line, options)
    if (answer.status < 300) return answer
    const { code, detail } = answer.body
    throw new Error(
      `${line.replace(/_\w{26}/, '_…')}: ${answer.status} ${String(code)} ${String(detail)}`,
    )
  }
  return { separate, load, ask }
}

const noteIn =
  ({ failures }: Load) =>
  (error: unknown): void => {
    const text = String(error)
    if (!failures.includes(text)) failures.push(text)
  }

async function enter({ separate, load }: Shopping): Promise<string> {
  load.requests += 2
  return (await newBuyer(separate.fleet.url)).token
}

async function place({ load, ask }: Shopping, token: string, game: string): Promise<string> {
  const { body } = await ask('POST /orders/initiate', {
    token,
    key: randomUUID(),
    body: { product_id: game, quantity: 1, selected_payment_method_hint: 'card' },
  })
  const orderId = String(body.order_id)
  load.placed.push(orderId)
  return orderId
}

async function pay({ separate, ask }: Shopping, token: string, orderId: string): Promise<void> {
  const { body } = await ask('POST /payments/transactions/initiate', {
    token,
    key: randomUUID(),
    body: paymentBody(orderId),
  })
  const page = new URL(String(body.redirect_url))
  separate.shop.sandbox.control.pay(page.pathname.split('/').at(-1) ?? '')
}

/** One purchase up to the game in the library. */
async function buy(shopping: Shopping, game: string): Promise<void> {
  const { ask, load } = shopping
  const token = await enter(shopping)
  const orderId = await place(shopping, token, game)
  await pay(shopping, token, orderId)
  const status = await poll(
    async () => (await ask(`GET /orders/${orderId}`, { token })).body.status,
    (now) => now === 'fulfilled',
    UNTIL_FULFILLED_MS,
  )
  if (status !== 'fulfilled') throw new Error(`${orderId} is ${String(status)} for too long`)
  load.bought += 1
}

/** Some buyers at once, each buying again and again until the work is done. */
export async function underLoad(
  separate: Separate,
  { buyers, game }: { readonly buyers: number; readonly game: string },
  work: (load: Load) => Promise<void>,
): Promise<Load> {
  const shopping = openShopping(separate)
  const { load } = shopping
  let over = false
  const customer = async (): Promise<void> => {
    while (!over && load.failures.length === 0) await buy(shopping, game).catch(noteIn(load))
  }
  const all = Array.from({ length: buyers }, customer)
  try {
    await work(load)
  } finally {
    over = true
    await Promise.all(all)
  }
  return load
}

export interface Pace {
  readonly ordersPerSecond: number
  /** Every so many-th order is paid as well. */
  readonly paidEvery: number
}

/** Beyond this many under way the next one waits, so that a slow machine takes longer instead of drowning. */
const AT_ONCE = 4

/** Orders at a steady pace until the work is done. */
export async function atPace(
  separate: Separate,
  { ordersPerSecond, paidEvery }: Pace,
  work: (load: Load) => Promise<void>,
): Promise<Load> {
  const shopping = openShopping(separate)
  const { load } = shopping
  const games = await gamesOf(separate.fleet.url)
  // A game is bought once, so each buyer goes through the shelf.
  const tokens: Promise<string>[] = []
  const one = async (nth: number): Promise<void> => {
    const buyer = Math.floor(nth / games.length)
    tokens[buyer] ??= enter(shopping)
    const token = await tokens[buyer]
    const orderId = await place(shopping, token, games[nth % games.length] ?? '')
    if (nth % paidEvery !== 0) return
    await pay(shopping, token, orderId)
    load.bought += 1
  }
  let over = false
  const working = work(load).finally(() => {
    over = true
  })
  const underWay = new Set<Promise<void>>()
  const gapMs = 1_000 / ordersPerSecond
  let due = performance.now()
  for (let nth = 0; !over; nth++) {
    if (underWay.size >= AT_ONCE) await Promise.race(underWay)
    await pause(Math.max(0, due - performance.now()))
    due = Math.max(due, performance.now() - gapMs) + gapMs
    const going = one(nth)
      .catch(noteIn(load))
      .finally(() => underWay.delete(going))
    underWay.add(going)
  }
  await Promise.all(underWay)
  await working
  return load
}
