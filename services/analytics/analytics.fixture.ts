// A shop's events without the shop: orders that are paid, fail, expire, as the other services would publish them. And the same
// figures computed a second time, straight from the log, by code that shares nothing with the service's.

import type { TestContext } from 'node:test'
import { DeveloperBalanceUpdated } from '@rialto/contracts/developers/events.ts'
import { LibraryGameAdded } from '@rialto/contracts/library/events.ts'
import { NotificationStatusUpdated } from '@rialto/contracts/notifications/events.ts'
import {
  OrderCanceled,
  OrderCompleted,
  OrderCreated,
  OrderExpired,
} from '@rialto/contracts/orders/events.ts'
import {
  PaymentFailed,
  PaymentIntentCreated,
  PaymentStatusUpdated,
} from '@rialto/contracts/payments/events.ts'
import { eventually } from '@rialto/kernel/bus/testing/consumers.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { type TestHost, testHost, testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { analytics } from './service.ts'

const ids = testIds(21)
export const operator = testUser(ids.next('usr'), 'operator')
export const buyer = testUser(ids.next('usr'))
export const games = [ids.next('prd'), ids.next('prd'), ids.next('prd')] as const

export interface Plan {
  readonly end: 'paid' | 'late' | 'paid twice' | 'expired' | 'canceled'
  readonly region?: string
  readonly provider?: string
  readonly amounts: readonly number[]
  readonly atMs: number
}

type Make = TestHost['event']

const lineOf = (amount: number, index: number) => ({
  ...{ line_id: ids.next('lin'), product_id: games[index % games.length] as string },
  ...{ title: `Game ${index}`, quantity: 1, amount, list_amount: amount, tax_code: 'vat22' },
  developer_id: 'dev1',
})

/** All events of one order, in the order in which they happen. */
export function eventsOf(make: Make, plan: Plan): Envelope[] {
  const [order_id, payment] = [ids.next('ord'), ids.next('pay')]
  const { end, provider, region, amounts } = plan
  const at = isoInstant(plan.atMs)
  const user_id = buyer.id
  const items = amounts.map(lineOf)
  const total_amount = amounts.reduce((sum, amount) => sum + amount, 0)
  const about = { order_id, user_id, amount: total_amount, currency: 'RUB' }
  const by = provider === undefined ? {} : { provider, method: 'card' }
  const say: Make = (definition, data) => ({
    ...make(definition, data, { flow: order_id }),
    time: at,
  })
  const status = (transaction_id: string, new_status: 'processing' | 'completed', late = false) =>
    say(PaymentStatusUpdated, {
      ...{ transaction_id, ...about, ...by, old_status: 'created', new_status },
      ...{ updated_at: at, late },
    })
  const ordered = {
    order_id,
    user_id,
    order_type: 'purchase' as const,
    total_amount,
    currency: 'RUB',
    items,
  }
  const begun = [
    say(OrderCreated, { ...ordered, channel: 'online', expires_at: at }),
    say(PaymentIntentCreated, { payment_intent_id: payment, ...about }),
    status(payment, 'processing'),
  ]
  if (end === 'expired') return [...begun, say(OrderExpired, { order_id, user_id, expired_at: at })]
  if (end === 'canceled')
    return [
      ...begun,
      say(PaymentFailed, { payment_intent_id: payment, ...about, error: 'declined' }),
      say(OrderCanceled, { order_id, user_id, reason: 'x', refund_amount: 0, currency: 'RUB' }),
    ]
  if (end === 'late') return [...begun, status(payment, 'completed', true)]
  return [
    ...begun,
    status(payment, 'completed'),
    ...(end === 'paid twice' ? [status(ids.next('pay'), 'completed')] : []),
    say(OrderCompleted, {
      ...{ ...ordered, payment_id: payment, completed_at: at },
      ...(region === undefined ? {} : { region }),
      ...(provider === undefined ? {} : { provider }),
    }),
    ...items.flatMap(({ line_id, product_id, amount }, i) => [
      say(LibraryGameAdded, {
        ...{ user_id, product_id, order_id, line_id },
        ...{ acquisition_type: 'purchase' as const, purchase_date: at },
      }),
      say(DeveloperBalanceUpdated, {
        ...{ developer_id: 'dev1', new_balance: amount, currency: 'RUB', amount, order_id },
        ...{ transaction_item_id: line_id, reason: 'sale' as const, product_id, updated_at: at },
      }),
      say(NotificationStatusUpdated, {
        ...{ message_id: ids.next('msg'), user_id, template: 't', channel: 'email' as const },
        ...{ status: i % 2 === 0 ? ('sent' as const) : ('failed' as const), order_id },
        ...{ attempt_count: 1, updated_at: at },
      }),
    ]),
  ]
}

export const ROWS = `
  select jsonb_build_object(
    'purchases', (select jsonb_agg(to_jsonb(p) order by payment_id) from analytics.purchases p),
    'lines', (select jsonb_agg(to_jsonb(l) order by line_id) from analytics.purchase_lines l),
    'marks', (select jsonb_agg(to_jsonb(m) order by name, subject) from analytics.marks m)) as rows`

/** Revenue by one word of a fact, from the log alone. */
const RECOMPUTED = `
  with lines as (
    select distinct on (i->>'line_id') o.data->>'payment_id' as payment_id, coalesce(o.data->>'region', 'unknown') as region,
           i->>'product_id' as game, (i->>'amount')::bigint as amount, o.data->>'order_id' as order_id
      from bus.log o cross join jsonb_array_elements(o.data->'items') i where o.type = 'order.completed'),
  paid as (
    select distinct on (data->>'transaction_id') data->>'transaction_id' as payment_id,
           coalesce(data->>'provider', 'unknown') as provider, left(data->>'updated_at', 10) as day
      from bus.log where type = 'payment.transaction.status.updated.v1' and data->>'new_status' = 'completed'
       and not (data->>'late')::boolean)
  select key, sum(amount)::float8 as amount, count(distinct order_id)::int as orders
    from (select *, case $1 when 'day' then day when 'game' then game when 'region' then region else provider end as key
            from lines join paid using (payment_id)) f
   group by key order by key`

const LAG = `
  select count(*) from bus.cursors c join bus.log l on l.topic = c.topic and l.part = c.part and l.off > c.cursor
   where c.grp = 'analytics' and (l.type = any ('{${[
     ...[
       OrderCreated,
       OrderCompleted,
       OrderExpired,
       OrderCanceled,
       PaymentIntentCreated,
       PaymentFailed,
     ],
     ...[LibraryGameAdded, NotificationStatusUpdated, DeveloperBalanceUpdated],
   ]
     .map((e) => e.type)
     .join(',')}}')
     or (l.type = '${PaymentStatusUpdated.type}' and l.data->>'new_status' = 'completed' and not (l.data->>'late')::boolean))`

export interface Figures extends TestHost {
  publish(...events: readonly Envelope[]): Promise<void>
  handled(): Promise<void>
  /** All rows of the projections, as one value. */
  rows(): Promise<unknown>
  /** [key, amount, orders] of each group, by the log. */
  recomputed(by: string): Promise<(readonly [string, number, number])[]>
}

export async function openFigures(
  t: TestContext,
  options: { consuming: boolean },
): Promise<Figures> {
  const host = await testHost(t, { services: [analytics] })
  if (options.consuming) await host.host.start()
  const { pool } = host.db
  return {
    ...host,
    async publish(...events) {
      const last = () => host.host.writer.append(events)
      await inTransaction(host.host.pool, async () => undefined, { last })
      host.host.committed(events)
    },
    async handled() {
      await eventually<{ count: bigint }>(pool, LAG, (rows) => Number(rows[0]?.count) === 0)
    },
    rows: async () => (await pool.query(ROWS)).rows[0].rows,
    async recomputed(by) {
      const { rows } = await pool.query(RECOMPUTED, [by])
      return rows.map((row) => [row.key, row.amount, row.orders] as const)
    },
  }
}
