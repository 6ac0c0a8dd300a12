// Payments against the sandbox of its provider, over real HTTP both ways. Orders is a stand-in that answers what the test wants,
// so that a test can reach payments with an order in any state.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { OrderExpired } from '@rialto/contracts/orders/events.ts'
import { readOrder } from '@rialto/contracts/orders/http.ts'
import { orderProblems } from '@rialto/contracts/orders/problems.ts'
import type { OrderState } from '@rialto/contracts/orders/states.ts'
import { getPayment, initiatePayment } from '@rialto/contracts/payments/http.ts'
import { openHttp } from '@rialto/kernel/http/server.ts'
import type { Logger } from '@rialto/kernel/observability/log.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant, MINUTE } from '@rialto/kernel/pure/time.ts'
import { anonymous } from '@rialto/kernel/service/context.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { testClock } from '@rialto/kernel/testing/clock.ts'
import { type Answer, type TestHost, testHost, testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { payments } from '@rialto/payments/service.ts'
import { openYooKassa, type YooKassa } from '@rialto/sandbox/yookassa/server.ts'

export const PRICE = 79_900
const SHOP = { shopId: '123456', secretKey: 'test_secret' }
const ids = testIds(5)
export const [anna, boris] = [testUser(ids.next('usr')), testUser(ids.next('usr'))]
export const newOrderId = () => ids.next('ord')

/** How long is waited where an answer is kept back, and for how long that is: in between a busy machine answers everything else. */
export const IMPATIENT = { timeout: '2s' }
export const TOO_LATE_MS = 8_000

export interface StandInOrder {
  status?: OrderState
  totalMinor?: number
  version?: number
}

export interface Start {
  readonly caller?: typeof anna
  readonly hint?: 'card' | 'sbp' | 'saved'
  readonly confirmation?: 'redirect' | 'qr'
  readonly methodId?: unknown
  readonly save?: boolean
}

export interface Till extends TestHost {
  readonly psp: YooKassa
  readonly url: string
  /** Orders that there are, by id; all are Anna's. */
  readonly orders: Map<string, StandInOrder>
  start(orderId: string, more?: Start): Promise<Answer>
  /** Starts, and answers what the provider calls it. */
  started(
    orderId: string,
    more?: Start,
  ): Promise<{ id: string; providerId: string; body: Record<string, unknown> }>
  /** The order waits no more. */
  expire(orderId: string): Promise<void>
  /** States of an order's refunds, in the order of its payments. */
  refunds(orderId: string): Promise<string[]>
  untilRefund(orderId: string, state: string): Promise<void>
  /** Reasons of the open reviews, sorted. */
  reviews(): Promise<string[]>
  untilReview(reason: string): Promise<void>
  /** What the provider has in its books is what we have in ours, to the kopeck. */
  audit(): Promise<void>
  payment(paymentId: unknown): Promise<Record<string, unknown>>
  /** What the tables say: status of the payment and states of its operations. */
  states(orderId: string): Promise<string[]>
  /** Waits until a payment of the order has this status. */
  until(orderId: string, status: string): Promise<void>
  /** Ids at the provider of what was made for an order, oldest first. */
  atProvider(orderId: string): string[]
  webhook(body: unknown, provider?: string): Promise<{ status: number; body: string }>
  types(): Promise<string[]>
  /** Has what is due read, until a notification has come so far. */
  untilRead(seen: { event?: string; attempts: number; state: string }): Promise<void>
  /** Lets time pass and has what was not read read again. */
  sweep(ms: number): Promise<void>
  /** Lets time pass and has the reconciler look. */
  later(ms: number): Promise<void>
}

/** A receipt can be made of it. */
const lineOf = (amount: number) => ({
  ...{ line_id: ids.next('lin'), product_id: ids.next('prd'), title: 'A game', quantity: 1 },
  ...{
    list_amount: amount,
    amount,
    tax_code: 'vat22',
    developer_id: 'dev',
    promotions_applied: [],
  },
})

function ordersStandIn(known: Map<string, StandInOrder>, now: () => number): Service {
  const read = query(readOrder, async ({ input: { params } }) => {
    const order = known.get(params.order_id)
    if (order === undefined) throw new Problem(orderProblems.unknown_order)
    const amount = order.totalMinor ?? PRICE
    return reply(200, {
      ...{ order_id: params.order_id, user_id: anna.id, order_type: 'purchase' as const },
      ...{ channel: 'online' as const, status: order.status ?? ('pending_payment' as const) },
      ...{ total_amount: amount, currency: 'RUB', items: [lineOf(amount)] },
      version: order.version ?? 1,
      ...{ created_at: isoInstant(0), expires_at: isoInstant(now() + 30 * MINUTE) },
    })
  })
  return {
    ...{ name: 'orders', participant: 'OrderSvc', migrations: new URL('./', import.meta.url) },
    ...{ features: [read], handlers: [], jobs: [], uses: [], publishes: [], problems: {} },
  }
}

const statesSql = `select p.status || coalesce('/' || string_agg(o.state, ',' order by o.created_at), '') as s
  from payments.payments p left join payments.operations o using (payment_id)
  where p.order_id = $1 group by p.payment_id order by p.created_at, p.payment_id`

const jobNamed = (name: string) => {
  const found = payments.jobs.find((job) => job.name === name)
  if (found === undefined) throw new Error(`payments has no job ${name}`)
  return found
}

export async function openTill(
  t: TestContext,
  options: { timeout?: string; secretKey?: string; journal?: string; log?: Logger } = {},
): Promise<Till> {
  const clock = testClock()
  const known = new Map<string, StandInOrder>()
  const { journal, log } = options
  const books = journal === undefined ? {} : { journal }
  const psp = await openYooKassa({ clock, ...SHOP, ...books, seed: 'till' })
  t.after(() => psp.close())
  const host = await testHost(t, {
    ...{ clock, log },
    services: [payments, ordersStandIn(known, () => clock.now())],
    settings: {
      YOOKASSA_URL: psp.url,
      YOOKASSA_SHOP_ID: SHOP.shopId,
      YOOKASSA_SECRET_KEY: options.secretKey ?? SHOP.secretKey,
      PROVIDER_TIMEOUT: options.timeout ?? '5s',
    },
  })
  await host.host.start()
  const mounted = host.host.mounted.get('payments')
  const edge = await openHttp({
    mounted: mounted === undefined ? [] : [mounted],
    authenticate: () => Promise.resolve(anonymous),
    env: host.env,
    internal: false,
    port: 0,
  })
  t.after(() => edge.close())
  psp.control.setNotificationUrl(`${edge.url}/webhooks/yookassa`)
  return { ...host, psp, url: edge.url, orders: known, ...acts(host, { psp, url: edge.url }) }
}

function acts(host: TestHost, { psp, url }: Pick<Till, 'psp' | 'url'>) {
  const states = async (orderId: string): Promise<string[]> =>
    (await host.db.pool.query(statesSql, [orderId])).rows.map((row) => row.s as string)
  const made = (orderId: string) =>
    psp.control.books().payments.filter((p) => p.metadata.order_id === orderId)
  const start = (orderId: string, more: Start = {}) =>
    host.call(initiatePayment, {
      caller: more.caller ?? anna,
      body: {
        ...{ order_id: orderId, payment_method_type_hint: more.hint ?? 'card' },
        ...{ success_url: 'https://shop.example/ok', fail_url: 'https://shop.example/no' },
        ...(more.confirmation && { confirmation: more.confirmation }),
        ...(more.methodId === undefined ? {} : { payment_method_id: String(more.methodId) }),
        ...(more.save === undefined ? {} : { save_payment_method: more.save }),
      },
    })
  return {
    ...readings(host),
    ...books(host, psp),
    states,
    start,
    async started(orderId: string, more: Start = {}) {
      const { status, body } = await start(orderId, more)
      assert.equal(status, 201, JSON.stringify(body))
      const id = String(body.transaction_id)
      const providerId = made(orderId).find((p) => p.metadata.payment_id === id)?.id
      assert.ok(providerId, 'the provider was asked')
      return { id, providerId, body }
    },
    async expire(orderId: string) {
      const expired_at = isoInstant(host.clock.now())
      const told = host.event(OrderExpired, { order_id: orderId, user_id: anna.id, expired_at })
      assert.equal((await host.deliver(payments, told)).kind, 'done')
    },
    atProvider: (orderId: string) => made(orderId).map((p) => p.id),
    payment: async (id: unknown) => {
      const params = { transaction_id: String(id) }
      return (await host.call(getPayment, { caller: anna, params })).body
    },
    async until(orderId: string, status: string) {
      const holds = async () => (await states(orderId)).some((s) => s.startsWith(status))
      while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    async webhook(body: unknown, provider = 'yookassa') {
      const answer = await fetch(`${url}/webhooks/${provider}`, {
        method: 'POST',
        headers: { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      return { status: answer.status, body: await answer.text() }
    },
    types: async () =>
      (await host.published())
        .map((event) => event.type)
        .filter((type) => !type.startsWith('payment.fiscal.')),
    async sweep(ms: number) {
      host.clock.advance(ms)
      await host.runJob(payments, jobNamed('payments.sweep-notified'))
    },
    async later(ms: number) {
      host.clock.advance(ms)
      await host.runJob(payments, jobNamed('payments.reconcile'))
    },
  }
}

/** A condition that another process brings about. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10))
}

function readings(host: TestHost) {
  const column = async (sql: string, values: unknown[] = []): Promise<string[]> =>
    (await host.db.pool.query({ text: sql, values, rowMode: 'array' })).rows.map(([value]) =>
      String(value),
    )
  const refunds = (orderId: string) =>
    column(
      `select r.state from payments.refunds r join payments.payments p using (payment_id)
        where p.order_id = $1 order by p.created_at, p.payment_id, r.requested_at`,
      [orderId],
    )
  const reviews = () =>
    column('select reason from payments.reviews where resolved_at is null order by reason')
  return {
    refunds,
    reviews,
    untilRefund: (orderId: string, state: string) =>
      until(async () => (await refunds(orderId)).includes(state)),
    untilRead: (seen: { event?: string; attempts: number; state: string }) =>
      until(async () => {
        await host.runJob(payments, jobNamed('payments.sweep-notified'))
        const found = await column(
          `select event from payments.webhook_inbox where state = $1 and attempts = $2`,
          [seen.state, seen.attempts],
        )
        return seen.event === undefined ? found.length > 0 : found.includes(seen.event)
      }),
    untilReview: (reason: string) => until(async () => (await reviews()).includes(reason)),
  }
}

/** Somebody asks the provider under our names, past us. */
export function askProvider(till: Till, path: string, body: object): Promise<Response> {
  const credentials = Buffer.from(`${SHOP.shopId}:${SHOP.secretKey}`).toString('base64')
  return fetch(`${till.psp.url}/v3/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${credentials}`,
      ...{ 'content-type': 'application/json', 'idempotence-key': 'past us' },
    },
    body: JSON.stringify(body),
  })
}

/** The provider goes on with its books at the same address; from now on the shop has this key there. */
export async function restarted(
  t: TestContext,
  { clock, psp: { url } }: Till,
  books: { readonly journal: string; readonly secretKey?: string },
): Promise<YooKassa> {
  const psp = await openYooKassa({ clock, ...SHOP, ...books, port: Number(new URL(url).port) })
  t.after(() => psp.close())
  return psp
}

/** In how many minutes the only operation or refund is looked at, once what is under way has planned that. */
export async function nextLook(till: Till, table = 'operations'): Promise<number> {
  const sql = `select extract(epoch from next_check_at) * 1000 - $1 as ms from payments.${table}`
  for (;;) {
    const ms = Number((await till.db.pool.query(sql, [till.clock.now()])).rows[0]?.ms)
    if (ms !== MINUTE) return ms / MINUTE
  }
}

const ours = `select provider_payment_id as id, captured_minor::int as captured, refunded_minor::int as refunded,
    reserved_minor::int as reserved from payments.payments where provider_payment_id is not null`

function books(host: TestHost, psp: YooKassa) {
  return {
    async audit() {
      const { rows } = await host.db.pool.query(ours)
      const theirs = psp.control.books().payments.map((p) => ({
        ...{ id: p.id, captured: p.capturedMinor, refunded: p.refundedMinor },
        reserved: p.refundingMinor,
      }))
      const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id)
      assert.deepEqual(rows.sort(byId), theirs.sort(byId))
      const captured = psp.control.books().payments.filter((p) => p.status === 'succeeded')
      const asked = captured.map((p) => p.metadata.payment_id)
      assert.equal(new Set(asked).size, asked.length, 'a payment was captured twice')
    },
  }
}
