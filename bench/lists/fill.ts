// A shop's past, written in SQL: orders over a year in every state, their lines and payments, events in the log, judged runs.

import type pg from 'pg'

/** A quick run has a tenth of them, over the same year. */
export const ORDERS = process.argv.includes('--quick') ? 10_000 : 100_000
const EVERY_S = 31_500_000 / ORDERS
const USERS = 20_000
const EVENTS = 4

/** Ids that are ordered by time, as ours are. */
const id = (kind: string, number: string): string =>
  `'${kind}_01' || lpad(to_hex(${number}), 24, '0')`
const AGO = `now() - make_interval(secs => (${ORDERS} - g) * ${EVERY_S}.0)`
const STATE = `case when g % 100 < 3 then 'expired' when g % 100 < 6 then 'canceled' when g % 1000 = 7 then 'refunded'
  when g % 500 = 9 then 'pending_payment' else 'fulfilled' end`

const STATEMENTS = [
  `insert into orders.orders (order_id, user_id, order_type, channel, status, total_minor, currency, region, version, payment_id,
     last_payment_status, created_at, expires_at, completed_at)
   select ${id('ord', 'g')}, ${id('usr', `g % ${USERS}`)}, 'purchase', 'online', ${STATE}, 9900 + (g * 7919) % 500000, 'RUB', 'RU', 4,
     ${id('pay', 'g')}, 'completed', ${AGO}, ${AGO} + interval '30 min', ${AGO} + interval '1 min' from generate_series(1, ${ORDERS}) g`,
  `insert into orders.order_lines (line_id, order_id, position, user_id, product_id, title, quantity, list_minor, amount_minor, tax_code,
     developer_id, promotions_applied, holds)
   select ${id('lin', 'g')}, ${id('ord', 'g')}, 0, ${id('usr', `g % ${USERS}`)}, ${id('prd', 'g % 200')}, 'Game ' || g % 200, 1, 9900,
     9900, 'vat22', 'dev_1', '[]', false from generate_series(1, ${ORDERS}) g`,
  `insert into payments.payments (payment_id, order_id, user_id, channel, kind, status, amount_minor, currency, provider,
     provider_payment_id, method, created_at, completed_at)
   select ${id('pay', 'g')}, ${id('ord', 'g')}, ${id('usr', `g % ${USERS}`)}, 'online', 'purchase',
     case when g % 20 = 0 then 'failed' else 'completed' end, 9900 + (g * 7919) % 500000, 'RUB',
     case when g % 50 = 3 then 'tbank' else 'yookassa' end, 'p' || g, case when g % 7 = 0 then 'sbp' else 'card' end, ${AGO}, ${AGO}
     from generate_series(1, ${ORDERS}) g`,
  `insert into bus.log (topic, part, off, event_id, key, type, version, source, occurred_at, headers, data, appended_at)
   select t.id, g % t.partitions, nextval(t.offsets), gen_random_uuid(), ${id('ord', 'g')}, 'order.created', 1, 'orders', ${AGO},
     jsonb_build_object('flow', ${id('ord', 'g')}), '{"order_id":"x","total_amount":9900}', ${AGO}
     from generate_series(1, ${ORDERS * EVENTS}) g, bus.topics t where t.name = 'orders'`,
  `update bus.cursors c set cursor = (select coalesce(max(off), 0) from bus.log l where l.topic = c.topic and l.part = c.part)`,
  `insert into observer.flows (flow, user_id, first_at, diagram, verdict, required, seen, judged_at)
   select ${id('ord', 'g')}, ${id('usr', `g % ${USERS}`)}, ${AGO}, 'purchase',
     case when g % 997 = 0 then 'deviates' else 'conforms' end, 29, 29, now() from generate_series(1, ${ORDERS}) g`,
]

/** In one transaction, so that no group begins to handle this past before its cursor stands behind it. */
export async function fill(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    for (const statement of ['begin', ...STATEMENTS, 'commit', 'vacuum analyze'])
      await client.query(statement)
  } finally {
    client.release()
  }
}

/** Of the middle of the past. */
export const some = (kind: string, number = ORDERS / 2): string =>
  `${kind}_01${number.toString(16).padStart(24, '0')}`
