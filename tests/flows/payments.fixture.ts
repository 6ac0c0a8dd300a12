// Payments against the sandbox of its provider, over real HTTP both ways. Orders is a stand-in that answers what the test wants,
// so that a test can reach payments with an order in any state.

import type { TestContext } from 'node:test'
import { readOrder } from '@rialto/contracts/orders/http.ts'
import { orderProblems } from '@rialto/contracts/orders/problems.ts'
import type { OrderState } from '@rialto/contracts/orders/states.ts'
import { getPayment, initiatePayment } from '@rialto/contracts/payments/http.ts'
import { openHttp } from '@rialto/kernel/http/server.ts'
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

export interface StandInOrder {
  status?: OrderState
  totalMinor?: number
}

export interface Till extends TestHost {
  readonly psp: YooKassa
  readonly url: string
  /** Orders that there are, by id; all are Anna's. */
  readonly orders: Map<string, StandInOrder>
  start(
    orderId: string,
    more?: { caller?: typeof anna; hint?: 'card' | 'sbp' | 'saved' },
  ): Promise<Answer>
  payment(paymentId: unknown): Promise<Record<string, unknown>>
  /** What the tables say: status of the payment and states of its operations. */
  states(orderId: string): Promise<string[]>
  /** Waits until a payment of the order has this status. */
  until(orderId: string, status: string): Promise<void>
  /** Ids at the provider of what was made for an order, oldest first. */
  atProvider(orderId: string): string[]
  webhook(body: unknown, provider?: string): Promise<{ status: number; body: string }>
  types(): Promise<string[]>
  /** Runs one of the service's jobs, as its n-th attempt. */
  job(name: string, run?: { data?: object; attempt?: number }): Promise<void>
  /** Lets time pass and has the reconciler look. */
  later(ms: number): Promise<void>
}

function ordersStandIn(known: Map<string, StandInOrder>, now: () => number): Service {
  const read = query(readOrder, async ({ input: { params } }) => {
    const order = known.get(params.order_id)
    if (order === undefined) throw new Problem(orderProblems.unknown_order)
    return reply(200, {
      ...{ order_id: params.order_id, user_id: anna.id, order_type: 'purchase' as const },
      ...{ channel: 'online' as const, status: order.status ?? ('pending_payment' as const) },
      ...{ total_amount: order.totalMinor ?? PRICE, currency: 'RUB', items: [], version: 1 },
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
  options: { timeout?: string; secretKey?: string } = {},
): Promise<Till> {
  const clock = testClock()
  const known = new Map<string, StandInOrder>()
  const psp = await openYooKassa({ clock, ...SHOP, seed: 'till' })
  t.after(() => psp.close())
  const host = await testHost(t, {
    clock,
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
  return {
    states,
    atProvider: (orderId: string) => made(orderId).map((p) => p.id),
    start: (orderId: string, { caller = anna, hint = 'card' }: Parameters<Till['start']>[1] = {}) =>
      host.call(initiatePayment, {
        caller,
        body: {
          ...{ order_id: orderId, payment_method_type_hint: hint },
          ...{ success_url: 'https://shop.example/ok', fail_url: 'https://shop.example/no' },
        },
      }),
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
    types: async () => (await host.published()).map((event) => event.type),
    job: (name: string, { data, attempt = 1 }: { data?: object; attempt?: number } = {}) =>
      host.runJob(payments, jobNamed(name), { data: data as never, attempt }),
    async later(ms: number) {
      host.clock.advance(ms)
      await host.runJob(payments, jobNamed('payments.reconcile'))
    },
  }
}
