// What must have come of every paid order, asked of the platform's tables: nothing counts as done before its followers are done.

import type { Bench } from './set-up.ts'

/** Messages of an order: its confirmation and its receipt, each by mail and by push. */
const MESSAGES = 4
const TIMEOUT_MS = 300_000
const LOOK_MS = 100

// By keys that have an index: the question must not cost more than what it asks about.
const COUNTS = `
  with o as (select unnest($1::text[]) as order_id),
       p as (select p.payment_id, o.order_id from o join payments.payments p using (order_id) where p.status = 'completed'),
       r as (select r.receipt_id from p join payments.receipts r using (payment_id) where r.state = 'fiscalized_success'),
       facts as (select order_id as fact_id from o union all select receipt_id from r)
  select (select count(*)::int from o join orders.orders using (order_id) where status = 'fulfilled') as orders,
         (select count(*)::int from o join orders.order_lines using (order_id) join library.items using (line_id)) as library,
         (select count(*)::int from r) as receipts,
         (select count(*)::int from o join wallets.postings w on w.idempotency_key = 'order:' || o.order_id) as postings,
         (select count(*)::int from o join developers.entries using (order_id)) as shares,
         (select count(*)::int from p join analytics.purchases using (payment_id)) as facts,
         (select count(*)::int from o join analytics.purchase_lines using (order_id)) as lines,
         (select count(*)::int from facts join notifications.messages using (fact_id) where state = 'sent') as messages`

/** Waits until everything that follows these orders is done. */
export async function settled(bench: Bench, orders: readonly string[]): Promise<void> {
  const until = performance.now() + TIMEOUT_MS
  let left = orders
  for (;;) {
    // In portions: what is done is not asked for again.
    const some = left.slice(0, 500)
    if (some.length === 0) return
    const { rows } = await bench.pool.query<Record<string, number>>(COUNTS, [some])
    const { messages = 0, ...others } = rows[0] ?? {}
    const isDone =
      Object.values(others).every((count) => count === some.length) &&
      messages === MESSAGES * some.length
    if (isDone) left = left.slice(500)
    else if (performance.now() > until)
      throw new Error(`of ${some.length} orders only so much followed: ${JSON.stringify(rows[0])}`)
    else await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** After so long nothing more is expected of a run. */
const REST_MS = 2_500

/** Waits until no run is left that is to be judged. They come to rest, and then have their turn at once instead of some seconds later. */
export async function judged({ pool }: Bench): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS))
  await pool.query('update observer.flows set next_at = now() where next_at is not null')
  const until = performance.now() + TIMEOUT_MS
  for (;;) {
    const { rows } = await pool.query<{ left: number }>(
      'select count(*)::int as left from observer.flows where next_at is not null',
    )
    if (rows[0]?.left === 0) return
    if (performance.now() > until) throw new Error(`${rows[0]?.left} runs are still not judged`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** Milliseconds from each order's webhook to the event that its game is in the library. */
export async function toLibraryMs(bench: Bench, orders: readonly string[]): Promise<number[]> {
  const { rows } = await bench.pool.query<{ ms: number }>(
    `select extract(epoch from l.appended_at - w.received_at)::float8 * 1000 as ms
       from payments.payments p
       join payments.webhook_inbox w on w.provider = p.provider and w.dedupe_key = 'payment.succeeded ' || p.provider_payment_id
       join bus.log l on l.type = 'library.game.added.v1' and l.data ->> 'order_id' = p.order_id
      where p.order_id = any($1)`,
    [orders],
  )
  if (rows.length !== orders.length)
    throw new Error(`${rows.length} of ${orders.length} orders can be followed to the library`)
  return rows.map((row) => row.ms)
}
