// One stretch of load from its first call to the end of the last follower, and what the machine spent on it.

import { databaseCpuMs, processCpuMs } from '../cpu.ts'
import type { Latencies } from './buyers.ts'
import { newLatencies } from './buyers.ts'
import type { Bench } from './set-up.ts'
import { judged, settled } from './settled.ts'

export interface Spent {
  readonly nodeMs: number
  readonly databaseMs: number
  readonly writing: number
  readonly walBytes: number
  readonly flushes: number
}

/** A stretch's result; the costs are of one paid order. */
export interface Stretch extends Spent {
  readonly orders: readonly string[]
  /** From the first call to the end of the last follower; verdicts come after that. */
  readonly seconds: number
  readonly cpuMs: number
  readonly latencies: Latencies
}

// Transaction ids are given to writers only and are exact. An idle connection tells of its flushes up to 10 s late, and of what it
// only read as well, so that readings are not counted here.
const COUNTERS = `
  select txid_snapshot_xmax(txid_current_snapshot())::float8 as writing,
         pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as "walBytes",
         (select coalesce(sum(fsyncs), 0)::float8 from pg_stat_io where object = 'wal') as flushes`

async function spentSoFar({ pool, pid }: Bench): Promise<Spent> {
  const { rows } = await pool.query<Omit<Spent, 'nodeMs' | 'databaseMs'>>(COUNTERS)
  return {
    ...(rows[0] as Omit<Spent, 'nodeMs' | 'databaseMs'>),
    nodeMs: processCpuMs(pid),
    databaseMs: await databaseCpuMs(pool),
  }
}

/** Figure by figure. */
const combined = (a: Spent, b: Spent, how: (a: number, b: number) => number): Spent => ({
  nodeMs: how(a.nodeMs, b.nodeMs),
  databaseMs: how(a.databaseMs, b.databaseMs),
  writing: how(a.writing, b.writing),
  walBytes: how(a.walBytes, b.walBytes),
  flushes: how(a.flushes, b.flushes),
})

const since = (before: Spent, after: Spent): Spent => combined(before, after, (a, b) => b - a)

/** What a platform that nobody calls spends in a second: at a low rate each order bears a share of it. */
export async function idleSecond(bench: Bench, ms: number): Promise<Spent> {
  const before = await spentSoFar(bench)
  const startedAt = performance.now()
  await new Promise((resolve) => setTimeout(resolve, ms))
  const spent = since(before, await spentSoFar(bench))
  const seconds = (performance.now() - startedAt) / 1_000
  return combined(spent, spent, (of) => of / seconds)
}

/**
 * Runs a load and waits for everything that follows from it. The verdicts come last, some seconds later: their cost is the order's, but
 * an idle platform's cost in those seconds is not.
 */
export async function stretch(
  bench: Bench,
  idle: Spent,
  load: (latencies: Latencies) => Promise<string[]>,
): Promise<Stretch> {
  const latencies = newLatencies()
  const before = await spentSoFar(bench)
  const startedAt = performance.now()
  const orders = await load(latencies)
  await settled(bench, orders)
  const settledAt = performance.now()
  await judged(bench)
  const restSeconds = (performance.now() - settledAt) / 1_000
  const all = since(before, await spentSoFar(bench))
  const spent = combined(all, idle, (of, rest) => (of - rest * restSeconds) / orders.length)
  return {
    ...{ orders, latencies, seconds: (settledAt - startedAt) / 1_000 },
    ...spent,
    cpuMs: spent.nodeMs + spent.databaseMs,
  }
}

const PLAIN_TABLES = `
  create schema if not exists bench;
  create table if not exists bench.plain (id uuid primary key, customer text not null, amount bigint not null, body jsonb not null)`
const PLAIN_ROW = `insert into bench.plain values (gen_random_uuid(), $1, 79900, '{"title": "A plain row", "quantity": 1}')`
const PLAIN_CALLERS = 24

/** CPU milliseconds, of both sides, of the smallest shop's order: three rows inserted in one transaction, and nothing follows. */
export async function plainCommitMs({ pool }: Bench, ms: number): Promise<number> {
  await pool.query(PLAIN_TABLES)
  const before = { node: process.cpuUsage(), database: await databaseCpuMs(pool) }
  const until = performance.now() + ms
  let count = 0
  const caller = async (): Promise<void> => {
    const client = await pool.connect()
    while (performance.now() < until) {
      const sent = [client.query('begin')]
      for (const customer of ['a', 'b', 'c'])
        sent.push(client.query({ name: 'plain', text: PLAIN_ROW, values: [customer] }))
      sent.push(client.query('commit'))
      await Promise.all(sent)
      count += 1
    }
    client.release()
  }
  await Promise.all(Array.from({ length: PLAIN_CALLERS }, caller))
  const node = process.cpuUsage(before.node)
  const databaseMs = (await databaseCpuMs(pool)) - before.database
  return ((node.user + node.system) / 1_000 + databaseMs) / count
}
