// Orders of the past, in every table that grows with orders: copies of one that was really paid, with ids, users and keys of their
// own. Of what is only ever appended and read by key (the log, its inbox, the recorded interactions) fewer are made: a
// million orders have 20 million events and 88 million interactions, which is a question of disk and not of an order's cost.

import type pg from 'pg'
import type { Bench } from './set-up.ts'

const PORTION = 50_000
const LANES = 2
const LOG_EVENTS_OF_ORDERS = 0.1
const INTERACTIONS_OF_ORDERS = 0.05

interface Copy {
  readonly table: string
  /** Which rows are the template's; $1 is its order. */
  readonly where: string
  /** Columns that get another value than the template's with its ids renamed; \`g\` numbers the copies. */
  readonly set?: Readonly<Record<string, string>>
  readonly share?: number
}

const PAYMENT = `(select payment_id from payments.payments where order_id = $1 and status = 'completed')`
const POSTING = `(select posting_id from wallets.postings where idempotency_key = 'order:' || $1)`
/** Accounts that belong to nobody, so that no balance is contradicted. */
const STRANGE_ACCOUNT = '1000000000'

const COPIES: readonly Copy[] = [
  { table: 'orders.orders', where: 'order_id = $1' },
  { table: 'orders.order_lines', where: 'order_id = $1' },
  { table: 'orders.payment_attempts', where: 'order_id = $1' },
  {
    table: 'payments.payments',
    where: 'order_id = $1',
    set: { provider_payment_id: `provider_payment_id || '-' || g` },
  },
  { table: 'payments.operations', where: `payment_id = ${PAYMENT}` },
  {
    table: 'payments.webhook_inbox',
    where: `object_id = (select provider_payment_id from payments.payments where payment_id = ${PAYMENT})`,
    set: { dedupe_key: `dedupe_key || '-' || g`, object_id: `object_id || '-' || g` },
  },
  {
    table: 'payments.receipts',
    where: 'order_id = $1',
    set: { register_uuid: `register_uuid || '-' || g` },
  },
  { table: 'library.items', where: 'order_id = $1' },
  {
    table: 'wallets.postings',
    where: `idempotency_key = 'order:' || $1`,
    set: { posting_id: 'uuidv7()' },
  },
  {
    table: 'wallets.entries',
    where: `posting_id = ${POSTING}`,
    set: { posting_id: 'uuidv7()', account: `account + ${STRANGE_ACCOUNT}`, version: 'g' },
  },
  { table: 'developers.entries', where: 'order_id = $1' },
  { table: 'analytics.purchases', where: 'order_id = $1' },
  { table: 'analytics.purchase_lines', where: 'order_id = $1' },
  { table: 'notifications.messages', where: 'order_id = $1' },
  { table: 'notifications.notices', where: 'order_id = $1' },
  {
    table: 'kernel.idempotency',
    where: `body like '%' || $1 || '%' and state = 'done'`,
    set: { key: 'gen_random_uuid()::text' },
  },
  { table: 'observer.flows', where: 'flow = $1' },
  { table: 'observer.records', where: 'flow = $1', share: INTERACTIONS_OF_ORDERS },
  {
    table: 'bus.log',
    where: `headers ->> 'flow' = $1`,
    set: {
      event_id: 'uuidv7()',
      off: '(select nextval(offsets) from bus.topics where id = t.topic and g > 0)',
    },
    share: LOG_EVENTS_OF_ORDERS,
  },
  {
    table: 'bus.inbox',
    where: `event_id in (select event_id from bus.log where headers ->> 'flow' = $1)`,
    set: { event_id: 'uuidv7()' },
    share: LOG_EVENTS_OF_ORDERS,
  },
]

/** Ids of ours: what they stand for, the head that all copies share, and the tail that tells them apart. */
const RENAMED = '((?:ord|lin|pay|opn|rcp|lib|ntf|msg|whk|usr)_[0-9a-z]{14})[0-9a-z]{8}([0-9a-z]{4})'
const renamed = (column: string): string =>
  `regexp_replace(${column}::text, '${RENAMED}', '\\1' || lpad(g::text, 8, '0') || '\\2', 'g')`

/** The columns of a copy and their values; only what holds an id in the template is searched for ids in every copy. */
async function valuesOf(
  pool: pg.Pool,
  { table, where, set = {} }: Copy,
  order: string,
): Promise<[string, string][]> {
  const { rows } = await pool.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''`,
    [table],
  )
  const texts = rows.filter(({ type }) => type === 'text' || type === 'jsonb')
  const holding = texts.map(({ name }) => `bool_or(${name}::text ~ '${RENAMED}') as ${name}`)
  const found = await pool.query<Record<string, boolean | null>>(
    `select ${holding.join(', ')} from ${table} where ${where}`,
    [order],
  )
  const holds = (name: string): boolean => found.rows[0]?.[name] === true
  return rows.map(({ name, type }) => [
    name,
    set[name] ?? (holds(name) ? `${renamed(name)}::${type}` : name),
  ])
}

async function copyRows(
  pool: pg.Pool,
  copy: Copy,
  range: { order: string; values: readonly [string, string][]; from: number; to: number },
): Promise<number> {
  const { values } = range
  const to = Math.round(range.to * (copy.share ?? 1))
  const from = Math.round(range.from * (copy.share ?? 1))
  const { rowCount } = await pool.query(
    `insert into ${copy.table} (${values.map(([name]) => name).join(', ')})
     select ${values.map(([, value]) => value).join(', ')}
       from (select * from ${copy.table} where ${copy.where}) t, generate_series(${from + 1}, ${to}) g`,
    [range.order],
  )
  return rowCount ?? 0
}

/** Makes so many orders of the past, after the example of this one. */
export async function fillOrders({ pool }: Bench, order: string, count: number): Promise<void> {
  const waiting = [...COPIES]
  const lane = async (): Promise<void> => {
    for (let copy = waiting.shift(); copy !== undefined; copy = waiting.shift()) {
      let rows = 0
      const values = await valuesOf(pool, copy, order)
      for (let from = 0; from < count; from += PORTION)
        rows += await copyRows(pool, copy, {
          order,
          values,
          from,
          to: Math.min(count, from + PORTION),
        })
      if (rows === 0) throw new Error(`the example has nothing in ${copy.table}`)
    }
  }
  // Nearly all of it is PostgreSQL's work, and a connection keeps one core busy.
  await Promise.all(Array.from({ length: LANES }, lane))
  await pool.query('analyze')
  await pool.query('checkpoint')
}
