// Buyers as good clients are: whatever gets no answer, or "not now", is sent again with the same key until it is answered. All
// that was answered under a key is kept, to be asked again at the end.

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, type CallOptions, callApi } from 'rialto/demo/buyer.ts'
import { Agent, setGlobalDispatcher } from 'undici'
import type { Shop } from '../shop.ts'

/** A platform that neither answers nor dies fails its caller after this. */
const ANSWER_TIMEOUT_MS = 20_000
setGlobalDispatcher(
  new Agent({ headersTimeout: ANSWER_TIMEOUT_MS, bodyTimeout: ANSWER_TIMEOUT_MS }),
)

/** Of an undisturbed platform: what a look at the provider after 30 s did not clear up is looked at again after 5 min. */
const PATIENCE_MS = 400_000
/** Longer each time, or everybody who waits together keeps a slow platform from ever answering. */
const RETRY_MS = 150
const RETRY_MAX_MS = 1_500
const longer = (ms: number): number => Math.min(RETRY_MAX_MS, ms * 1.3)
const PASSWORD = 'a sandbox password only'
const USERS = 4

type Line = Parameters<typeof callApi>[1]

export interface Asked {
  readonly line: Line
  readonly options: CallOptions
  readonly answer: Answer
}

export interface Bought {
  readonly orderId: string
  readonly transactionId: string
  readonly token: string
}

interface AtProvider extends Bought {
  readonly atProvider: string
}

const codeOf = (answer: Answer): unknown => answer.body.code

/** Refusals that say "ask again" and nothing else. */
const NOT_NOW = new Set(['kernel.idempotency_in_progress', 'payments.payment_in_progress'])

/** Whether an answer is one: the others only say when to ask again. */
const isFinal = (answer: Answer): boolean =>
  answer.status !== 503 && answer.status !== 429 && !NOT_NOW.has(String(codeOf(answer)))

export class Crowd {
  readonly shop: Shop
  /** Every answer under a key that did something. */
  readonly asked: Asked[] = []
  /** Orders whose placing was answered with 201. */
  readonly placed: string[] = []
  readonly bought: Bought[] = []
  /** How often something had to be sent again, by reason. */
  readonly repeats = new Map<string, number>()
  /** Buyers whose start of a payment is under way. */
  starting = 0
  /** By the first token of each: the account, and the token of now. */
  readonly #sessions = new Map<string, { readonly email: string; token: string }>()
  readonly #logins = new Map<number, Promise<string>>()
  #products: Promise<readonly string[]> | undefined
  #purchases = 0

  constructor(shop: Shop) {
    this.shop = shop
  }

  /** Tells whether the platform has had its time, which every disturbance gives it anew. */
  #patience(): () => boolean {
    let { disturbances } = this.shop
    let limit = performance.now() + PATIENCE_MS
    return () => {
      if (this.shop.disturbances !== disturbances) limit = performance.now() + PATIENCE_MS
      disturbances = this.shop.disturbances
      return performance.now() > limit
    }
  }

  /** Asks until the answer is there. */
  async #wait<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
    const isOver = this.#patience()
    for (let ms = RETRY_MS; ; ms = longer(ms)) {
      const value = await ask()
      if (value !== undefined && value !== false) return value
      if (isOver()) throw new Error(`after ${PATIENCE_MS} ms still not: ${what}`)
      await pause(ms)
    }
  }

  /** Whose token has run out logs in again: it lasts 10 minutes, and a proof longer. */
  async #asOwner(url: string, line: Line, options: CallOptions): Promise<Answer> {
    const session = this.#sessions.get(options.token ?? '')
    if (session === undefined) return callApi(url, line, options)
    const answer = await callApi(url, line, { ...options, token: session.token })
    if (codeOf(answer) !== 'auth.token_expired') return answer
    session.token = await this.#enter(session.email)
    return callApi(url, line, { ...options, token: session.token })
  }

  /** Asks until there is an answer. */
  async ask(line: Line, options: CallOptions = {}): Promise<Answer> {
    const isOver = this.#patience()
    let last = 'never sent'
    for (let ms = RETRY_MS; !isOver(); ms = longer(ms)) {
      const { url } = this.shop
      if (url === undefined) {
        await pause(20)
        ms = RETRY_MS
        continue
      }
      try {
        const answer = await this.#asOwner(url, line, options)
        if (isFinal(answer)) {
          if (options.key !== undefined && answer.status < 400)
            this.asked.push({ line, options, answer })
          return answer
        }
        last = `${answer.status} ${String(codeOf(answer))}`
      } catch (error) {
        last = (error as { code?: string }).code ?? String(error)
      }
      this.repeats.set(last, (this.repeats.get(last) ?? 0) + 1)
      await pause(ms)
    }
    throw new Error(`${line}: no answer within ${PATIENCE_MS} ms, last ${last}`)
  }

  /** Asks and must be answered so. */
  async expect(
    status: number,
    line: Line,
    options: CallOptions = {},
  ): Promise<Record<string, unknown>> {
    const answer = await this.ask(line, options)
    if (answer.status !== status)
      throw new Error(
        `${line}: expected ${status}, got ${answer.status} ${JSON.stringify(answer.body)}`,
      )
    return answer.body
  }

  async #logIn(index: number): Promise<string> {
    const email = `proof-${index}@demo.rialto.example`
    const body = { email, password: PASSWORD, display_name: `Buyer ${index}`, region: 'RU' }
    const registered = await this.ask('POST /users/register', { body })
    // The first try may have been the one that got through.
    const isTaken = codeOf(registered) === 'accounts.email_taken'
    if (registered.status !== 201 && !isTaken)
      throw new Error(`register: ${registered.status} ${JSON.stringify(registered.body)}`)
    const token = await this.#enter(email)
    this.#sessions.set(token, { email, token })
    return token
  }

  async #enter(email: string): Promise<string> {
    const body = { email, password: PASSWORD }
    const login = await this.expect(200, 'POST /users/login', { body })
    return String(login.access_token)
  }

  async #browse(): Promise<readonly string[]> {
    const { items } = (await this.expect(200, 'GET /catalog/products?region=RU&limit=100')) as {
      items: { product_id: string; price?: unknown }[]
    }
    return items.filter((item) => item.price !== undefined).map((item) => item.product_id)
  }

  /** A buyer and a game that he does not have yet. */
  async #next(): Promise<{ token: string; product: string }> {
    const nth = this.#purchases
    this.#purchases += 1
    this.#products ??= this.#browse()
    const products = await this.#products
    const lap = Math.floor(nth / (USERS * products.length))
    const user = lap * USERS + (nth % USERS)
    let login = this.#logins.get(user)
    if (login === undefined) {
      login = this.#logIn(user)
      this.#logins.set(user, login)
    }
    const product = products[Math.floor(nth / USERS) % products.length]
    if (product === undefined) throw new Error('the shop sells nothing')
    return { token: await login, product }
  }

  /** An order of a game, not paid yet. */
  async order(): Promise<{ token: string; orderId: string }> {
    const { token, product } = await this.#next()
    const order = await this.expect(201, 'POST /orders/initiate', {
      token,
      key: randomUUID(),
      body: { product_id: product, quantity: 1, selected_payment_method_hint: 'card' },
    })
    const orderId = String(order.order_id)
    this.placed.push(orderId)
    return { token, orderId }
  }

  /** Starts to pay; the answer as it is. */
  async start(order: { token: string; orderId: string }, hint = 'card'): Promise<Answer> {
    this.starting += 1
    return this.#start(order, hint).finally(() => {
      this.starting -= 1
    })
  }

  #start(order: { token: string; orderId: string }, hint: string): Promise<Answer> {
    const back = `https://shop.example/orders/${order.orderId}`
    return this.ask('POST /payments/transactions/initiate', {
      token: order.token,
      key: randomUUID(),
      body: {
        order_id: order.orderId,
        payment_method_type_hint: hint,
        success_url: back,
        fail_url: back,
      },
    })
  }

  /** The id of the payment at the provider, once its page is known. */
  async pageOf(payment: { token: string; transactionId: string }): Promise<string> {
    const { token, transactionId } = payment
    const line = `GET /payments/transactions/${transactionId}` as const
    const url = await this.#wait(`a page to pay at for ${transactionId}`, async () => {
      const read = await this.expect(200, line, { token })
      return read.redirect_url as string | undefined
    })
    return new URL(url).pathname.split('/').at(-1) ?? ''
  }

  /** Up to the provider's page. */
  async begin(): Promise<AtProvider> {
    return this.#goTo(await this.order())
  }

  async #goTo(order: { token: string; orderId: string }, hint?: string): Promise<AtProvider> {
    const { status, body } = await this.start(order, hint)
    if (status !== 201)
      throw new Error(`payment of ${order.orderId}: ${status} ${JSON.stringify(body)}`)
    const payment = { ...order, transactionId: String(body.transaction_id) }
    return { ...payment, atProvider: await this.pageOf(payment) }
  }

  /** Waits until the game is in the library. */
  async receive(bought: Bought): Promise<void> {
    const { token, orderId } = bought
    await this.#wait(`${orderId} fulfilled`, async () => {
      const order = await this.expect(200, `GET /orders/${orderId}`, { token })
      return order.status === 'fulfilled'
    })
    const library = (await this.expect(200, 'GET /library/items?limit=100', { token })) as {
      items: { order_id: string }[]
    }
    const got = library.items.filter((item) => item.order_id === orderId).length
    if (got !== 1) throw new Error(`${orderId} is ${got} times in the library`)
    this.bought.push(bought)
  }

  /** The whole way. */
  async buy(): Promise<void> {
    const bought = await this.begin()
    this.shop.sandbox.control.pay(bought.atProvider)
    await this.receive(bought)
  }

  /** The whole way, paid on two pages: the first was replaced by the other way to pay, and its money goes back. */
  async buyTwice(): Promise<void> {
    const first = await this.begin()
    const { token, orderId } = first
    const second = await this.#goTo({ token, orderId }, 'sbp')
    for (const { atProvider } of [first, second]) this.shop.sandbox.control.pay(atProvider)
    await this.receive(second)
  }

  /** Asks what was answered under a key once more, the latest first; answers what came out different. */
  async askAgain(most = this.asked.length): Promise<string[]> {
    const found: string[] = []
    for (const { line, options, answer } of this.asked.slice(-most).toReversed()) {
      const again = await this.ask(line, options)
      const same =
        again.status === answer.status &&
        JSON.stringify(again.body) === JSON.stringify(answer.body) &&
        again.headers['idempotency-replayed'] === 'true'
      if (!same)
        found.push(
          `I9 ${line}: ${answer.status} ${JSON.stringify(answer.body)}, then ${again.status} ${JSON.stringify(again.body)}`,
        )
    }
    return found
  }
}
