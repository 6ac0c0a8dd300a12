// Orders of the past, in every table that grows with orders: copies of one that was really paid, with ids, users and keys of their
// own. Of what is only ever appended and read by key (the log, its inbox, the recorded interactions) fewer are made: a
// million orders have 20 million events and 88 million interactions, which is a question of disk and not of an order's cost.

import type pg from 'pg'
import type { Bench } from './set-up.ts'

const PORTION = 50_000
const LANES = 2
const LOG_EVENTS_OF_ORDERS = 0.1
const INTERACTIONS_OF_ORDERS = 0.05

/** Offsets below which only what happened at the start lies, and from which on the log goes on: the past has its place between. */
const PAST_FROM = 100_000
const PAST_TO = 1_000_000

interface Copy {
  readonly table: string
  /** Which rows are the template's; $1 is its order. */
  readonly where: string
  /** Columns that get another value than the template's with its ids renamed; `g` numbers the copies. */
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
    set: { key: 'uuidv7()::text' },
  },
  { table: 'observer.flows', where: 'flow = $1' },
  { table: 'observer.records', where: 'flow = $1', share: INTERACTIONS_OF_ORDERS },
  {
    table: 'bus.log',
    where: `headers ->> 'flow' = $1`,
    set: {
      event_id: 'uuidv7()',
      // Behind everything that was read: nobody is to handle these again.
      off: `${PAST_FROM} + g * 8 + (select count(*) from bench_bus_log e where e.topic = t.topic and e.off < t.off)`,
    },
    share: LOG_EVENTS_OF_ORDERS,
  },
  {
    table: 'audit.entries',
    where: 'order_id = $1',
    set: { entry_id: 'uuidv7()' },
    share: LOG_EVENTS_OF_ORDERS,
  },
  {
    table: 'bus.inbox',
    where: `event_id in (select event_id from bus.log where headers ->> 'flow' = $1)`,
    set: { event_id: 'uuidv7()' },
    share: LOG_EVENTS_OF_ORDERS,
  },
]

/** Ids of ours: a head that all copies share, and a tail that tells apart what one order has several of. */
const ID = '(?:ord|lin|pay|opn|rcp|lib|ntf|msg|whk|usr)_[0-9a-z]{26}'
const HEAD = 18
const TAIL = -4

/** The column's value in copy `n` (eight digits), which names its own order, payment and so on. */
const renamed = (column: string, type: string, ids: readonly string[]): string => {
  const text = ids.reduce(
    (value, id) => `replace(${value}, '${id}', '${id.slice(0, HEAD)}' || n || '${id.slice(TAIL)}')`,
    `${column}::text`,
  )
  return `${text}::${type}`
}

interface Column {
  readonly name: string
  readonly type: string
}

/** Sets a copy's rows apart, so that they are not looked for again among their copies; answers where. */
async function setApart(client: pg.PoolClient, copy: Copy, order: string): Promise<string> {
  const apart = `bench_${copy.table.replace('.', '_')}`
  // A definition takes no parameters.
  const where = copy.where.replaceAll('$1', client.escapeLiteral(order))
  await client.query(`create temp table ${apart} as select * from ${copy.table} where ${where}`)
  return apart
}

/** The columns of a copy and their values; only what holds ids in the template is searched for them in every copy. */
async function valuesOf(
  client: pg.PoolClient,
  { table, set = {} }: Copy,
  apart: string,
): Promise<[string, string][]> {
  const { rows: columns } = await client.query<Column>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''`,
    [table],
  )
  const values: [string, string][] = []
  for (const { name, type } of columns) {
    const { rows: found } = ['text', 'json', 'jsonb'].includes(type)
      ? await client.query<{ id: string }>(
          `select distinct m[1] as id from ${apart}, regexp_matches(${name}::text, '(${ID})', 'g') m`,
        )
      : { rows: [] }
    const ids = found.map(({ id }) => id)
    values.push([name, set[name] ?? (ids.length > 0 ? renamed(name, type, ids) : name)])
  }
  return values
}

async function copyRows(
  client: pg.PoolClient,
  copy: Copy,
  range: { apart: string; values: readonly [string, string][]; from: number; to: number },
): Promise<number> {
  const { apart, values, from, to } = range
  const { rowCount } = await client.query(
    `insert into ${copy.table} (${values.map(([name]) => name).join(', ')})
     select ${values.map(([, value]) => value).join(', ')}
       from ${apart} t, (select g, lpad(g::text, 8, '0') as n from generate_series($1::int, $2::int) g) s`,
    [from + 1, to],
  )
  return rowCount ?? 0
}

/** Leaves room in the log for a past that is made later. To be called before the first order. */
export async function leaveRoomForPast({ pool }: Bench): Promise<void> {
  await pool.query(`select setval(offsets, ${PAST_TO}) from bus.topics`)
}

/** Makes so many orders of the past, after the example of this one. `tell` hears of each table that is done. */
export async function fillOrders(
  { pool }: Bench,
  fill: { readonly order: string; readonly count: number },
  tell: (line: string) => void,
): Promise<void> {
  const waiting = [...COPIES]
  const lane = async (): Promise<void> => {
    const client = await pool.connect()
    // A copy refers to its own copies, in whatever order the tables come.
    await client.query('set session_replication_role = replica')
    for (let copy = waiting.shift(); copy !== undefined; copy = waiting.shift()) {
      const startedAt = performance.now()
      const apart = await setApart(client, copy, fill.order)
      const values = await valuesOf(client, copy, apart)
      const count = Math.round(fill.count * (copy.share ?? 1))
      let rows = 0
      for (let from = 0; from < count; from += PORTION) {
        const to = Math.min(count, from + PORTION)
        rows += await copyRows(client, copy, { apart, values, from, to })
      }
      if (rows === 0) throw new Error(`the example has nothing in ${copy.table}`)
      const seconds = (performance.now() - startedAt) / 1_000
      tell(`${copy.table}: ${rows} rows in ${seconds.toFixed(0)} s`)
    }
    await client.query('reset session_replication_role')
    client.release()
  }
  // Nearly all of it is PostgreSQL's work, and a connection keeps one core busy.
  await Promise.all(Array.from({ length: LANES }, lane))
  await pool.query('vacuum analyze')
  await pool.query('checkpoint')
}
