// A durable throw-away database with the bus in it, and the two ways to write one business row with one event.

import { type LogWriter, openLogWriter } from '@rialto/kernel/bus/log.ts'
import { openScratchDatabase } from '@rialto/kernel/db/database.ts'
import { migrate } from '@rialto/kernel/db/migrate.ts'
import { openPool } from '@rialto/kernel/db/pool.ts'
import { sql } from '@rialto/kernel/db/sql.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { systemIds } from '@rialto/kernel/host/ids.ts'
import { silentLog } from '@rialto/kernel/observability/log.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type pg from 'pg'

export const TOPIC = 'bench'
const TABLES = `
  create schema if not exists bench;
  create table if not exists bench.orders (id uuid primary key, customer text not null, amount bigint not null, created_at timestamptz not null default now());
  create table if not exists bench.effects (id uuid primary key, customer text not null, amount bigint not null, created_at timestamptz not null default now());
  create table if not exists bench.outbox (id bigint generated always as identity primary key, event_id uuid not null, key text not null,
    type text not null, version smallint not null, source text not null, headers jsonb not null, data jsonb not null,
    appended_at timestamptz not null default clock_timestamp());
  create table if not exists bench.totals (day date not null, customer text not null, n bigint not null, amount bigint not null, primary key (day, customer)) with (fillfactor = 50);`

export interface Bench {
  readonly url: string
  readonly writer: LogWriter
  /** One pool a size. */
  pool(max: number): pg.Pool
  close(): Promise<void>
}

/** Opens a database of its own, or the one given (in child processes). */
export async function openBench(url?: string): Promise<Bench> {
  const database = url === undefined ? await openScratchDatabase({ durable: true }) : undefined
  const at = url ?? (database?.url as string)
  if (database !== undefined) await migrate({ url: at, services: [], log: silentLog })
  const pools = new Map<number, pg.Pool>()
  const pool = (max: number): pg.Pool => {
    const known = pools.get(max)
    if (known !== undefined) return known
    const opened = openPool({
      url: at,
      applicationName: 'bench',
      max,
      idleMs: 60_000,
      statementTimeoutMs: 600_000,
    })
    pools.set(max, opened)
    return opened
  }
  const first = pool(2)
  if (database !== undefined) await first.query(TABLES)
  const writer = await openLogWriter(first, [TOPIC])
  return {
    url: at,
    writer,
    pool,
    async close() {
      await Promise.all([...pools.values()].map((p) => p.end()))
      await database?.stop()
    },
  }
}

const ids = systemIds(systemClock)
const FILLER = 'x'.repeat(180)

/** An event of about 350 bytes of JSON. */
export const newEvent = (n: number): Envelope<{ n: number }> => ({
  id: ids.uuid(),
  type: 'order.created',
  version: 1,
  source: 'bench',
  topic: TOPIC,
  key: `customer-${n % 5_000}`,
  time: isoInstant(systemClock.now()),
  data: { n, ...{ filler: FILLER } },
  headers: { correlation: ids.uuid(), flow: `ord_${n}` },
})

const insertOrder = (e: Envelope) => sql`
  insert into bench.orders (id, customer, amount) values (${e.id}::uuid, ${e.key}, ${100})`

/** One business row and its event in the log. */
export const append = (pool: pg.Pool, writer: LogWriter, event: Envelope): Promise<void> =>
  inTransaction(pool, async (tx) => tx.write(insertOrder(event)), {
    last: () => writer.append([event]),
  })

/** One business row and its event in a plain outbox table, with the same round trips: the reference. */
export const insertPlainly = (pool: pg.Pool, event: Envelope): Promise<void> =>
  inTransaction(pool, async (tx) => tx.write(insertOrder(event)), {
    last: () => [
      sql`insert into bench.outbox (event_id, key, type, version, source, headers, data) values (${event.id}::uuid, ${event.key},
        ${event.type}, ${event.version}, ${event.source}, ${JSON.stringify(event.headers)}::jsonb, ${JSON.stringify(event.data)}::jsonb)`,
    ],
  })

/** Runs `work` from so many callers in a closed loop for a time; answers runs per second. */
export async function closedLoop(
  callers: number,
  ms: number,
  work: (n: number) => Promise<unknown>,
): Promise<number> {
  const until = performance.now() + ms
  const started = performance.now()
  let count = 0
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < until) {
        count += 1
        await work(count)
      }
    }),
  )
  return (count * 1_000) / (performance.now() - started)
}
