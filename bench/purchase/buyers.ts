// Buyers with accounts, browsers and the shop's client: what one of them calls to buy a game, and how long each call took.

import { createECDH, randomBytes, randomUUID } from 'node:crypto'
import { Pool } from 'undici'
import { percentile } from '../report.ts'
import { type Bench, GAMES, gameOf } from './set-up.ts'

const PASSWORD = 'a sandbox password only'
const CALLS = ['order', 'pay', 'read'] as const
export type Call = (typeof CALLS)[number]

/** Milliseconds of each call of a run. */
export type Latencies = Readonly<Record<Call, number[]>>
export const newLatencies = (): Latencies => ({ order: [], pay: [], read: [] })
export const p50 = (all: readonly number[]): number => percentile(all, 0.5)
export const p99 = (all: readonly number[]): number => percentile(all, 0.99)

interface Buyer {
  readonly token: string
  games: number
}

interface Sent {
  readonly status: number
  readonly body: unknown
}

export class Buyers {
  readonly #client: Pool
  readonly #bench: Bench
  readonly #all: Buyer[] = []
  #next = 0

  private constructor(bench: Bench) {
    this.#bench = bench
    this.#client = new Pool(bench.url, { connections: 64 })
  }

  /** Opens accounts, logs in, and subscribes a browser of each to push messages. */
  static async open(bench: Bench, count: number): Promise<Buyers> {
    const buyers = new Buyers(bench)
    const keys = createECDH('prime256v1')
    keys.generateKeys()
    const p256dh = keys.getPublicKey('base64url')
    // A few at a time: hashing a password keeps a processor busy for a while.
    for (let i = 0; i < count; i += 8)
      await Promise.all(Array.from({ length: Math.min(8, count - i) }, () => buyers.#join(p256dh)))
    return buyers
  }

  async #join(p256dh: string): Promise<void> {
    const email = `buyer-${randomUUID()}@bench.rialto.example`
    await this.#send(201, 'POST /users/register', {
      body: { email, password: PASSWORD, display_name: 'Bench buyer', region: 'RU' },
    })
    const session = await this.#send(200, 'POST /users/login', {
      body: { email, password: PASSWORD },
    })
    const { access_token: token } = session as { access_token: string }
    const endpoint = `${this.#bench.outside.pushUrl}/${randomUUID()}`
    const subscription = { endpoint, keys: { p256dh, auth: randomBytes(16).toString('base64url') } }
    await this.#send(201, 'POST /notifications/push-subscriptions', { token, body: subscription })
    this.#all.push({ token, games: this.#all.length })
  }

  async #send(
    status: number,
    line: string,
    call: { token?: string; body?: unknown },
  ): Promise<unknown> {
    const [method, path] = line.split(' ') as ['GET' | 'POST', string]
    const response = await this.#client.request({
      method,
      path: `/api/v1${path}`,
      headers: {
        ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
        ...(call.body === undefined
          ? {}
          : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
    })
    const answer: Sent = { status: response.statusCode, body: await response.body.json() }
    if (answer.status !== status)
      throw new Error(`${line} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  /** Orders a game, starts the payment, pays at the provider and comes back to the shop. Answers the order's id. */
  async buy(latencies: Latencies): Promise<string> {
    const buyer = this.#all[this.#next++ % this.#all.length] as Buyer
    if (buyer.games >= GAMES) throw new Error('a buyer owns every game of the shop')
    const { token } = buyer
    const timed = async (call: Call, line: string, sent: { status: number; body?: unknown }) => {
      const { status, ...body } = sent
      const sentAt = performance.now()
      const answer = await this.#send(status, line, { token, ...body })
      latencies[call].push(performance.now() - sentAt)
      return answer as Record<string, string>
    }
    const order = { product_id: gameOf(buyer.games++), quantity: 1 }
    const placed = await timed('order', 'POST /orders/initiate', { status: 201, body: order })
    const { order_id: orderId = '' } = placed
    const page = `https://shop.example/orders/${orderId}`
    const start = {
      ...{ order_id: orderId, payment_method_type_hint: 'card' },
      ...{ success_url: page, fail_url: page },
    }
    const started = await timed('pay', 'POST /payments/transactions/initiate', {
      ...{ status: 201, body: start },
    })
    this.#bench.outside.pay((started.redirect_url ?? '').split('/').at(-1) ?? '')
    await timed('read', `GET /orders/${orderId}`, { status: 200 })
    await timed('read', 'GET /library/items?limit=20', { status: 200 })
    return orderId
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

/** So many buyers, each beginning the next purchase when the last is done. */
export async function closedLoop(
  buyers: Buyers,
  load: { readonly callers: number; readonly orders: number },
  latencies: Latencies,
): Promise<string[]> {
  const made: string[] = []
  let begun = 0
  const caller = async (): Promise<void> => {
    while (begun < load.orders) {
      begun += 1
      made.push(await buyers.buy(latencies))
    }
  }
  await Promise.all(Array.from({ length: load.callers }, caller))
  return made
}

/** Purchases begun at a steady rate, whatever becomes of those before. */
export async function openLoop(
  buyers: Buyers,
  load: { readonly perSecond: number; readonly orders: number },
  latencies: Latencies,
): Promise<string[]> {
  const startedAt = performance.now()
  const buying: Promise<string>[] = []
  while (buying.length < load.orders) {
    const due = Math.ceil(((performance.now() - startedAt) * load.perSecond) / 1_000)
    while (buying.length < Math.min(due, load.orders)) buying.push(buyers.buy(latencies))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return Promise.all(buying)
}
