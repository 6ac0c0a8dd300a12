// The measurements of the bus, one function each. Each answers plain numbers; main.ts compares them with their targets.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Consumer, Transport } from '@rialto/kernel/bus/consumer.ts'
import { LogTransport } from '@rialto/kernel/bus/log-transport.ts'
import { sql } from '@rialto/kernel/db/sql.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import type pg from 'pg'
import { treeCpuMs } from '../cpu.ts'
import { append, type Bench, closedLoop, insertPlainly, newEvent, TOPIC } from './set-up.ts'

const wallNow = (): number => performance.timeOrigin + performance.now()

/** Append and plain insert, interleaved, transactions a second. */
export async function appendRates(bench: Bench, clients: number, ms: number) {
  const pool = bench.pool(clients)
  const plain = await closedLoop(clients, ms, (n) => insertPlainly(pool, newEvent(n)))
  const log = await closedLoop(clients, ms, (n) => append(pool, bench.writer, newEvent(n)))
  await pool.query('checkpoint')
  return { plain, log }
}

/**
 * One effect row an event, in the event's own transaction, which is one flight: the handler has nothing to read first, and so
 * writes without waiting, as those of the services do.
 */
const singles = (pool: pg.Pool, group: string, onHandled: (event: Envelope) => void): Consumer => ({
  group,
  pool,
  topics: [TOPIC],
  handlers: new Map([
    [
      'order.created',
      {
        onDeath: 'block',
        handle: async (tx, event) => {
          tx.write(
            sql`insert into bench.effects (id, customer, amount) values (${event.id}::uuid, ${event.key}, ${100})`,
          )
          tx.onCommit(() => onHandled(event))
          return []
        },
      },
    ],
  ]),
})

/** A light projection: sums a day and customer. */
const totals = (pool: pg.Pool, group: string, onHandled: (count: number) => void): Consumer => ({
  group,
  pool,
  topics: [TOPIC],
  handlers: new Map(),
  batch: {
    types: 'all',
    handle: async (tx, events) => {
      const sums = new Map<string, number>()
      for (const event of events) sums.set(event.key, (sums.get(event.key) ?? 0) + 1)
      const keys = [...sums.keys()].sort()
      tx.write(sql`insert into bench.totals as t (day, customer, n, amount)
        select '2026-01-01', c, n, n * 100 from unnest(${keys}::text[], ${keys.map((k) => sums.get(k) ?? 0)}::bigint[]) x(c, n)
        on conflict (day, customer) do update set n = t.n + excluded.n, amount = t.amount + excluded.amount`)
      tx.onCommit(() => onHandled(events.length))
      return []
    },
  },
})

/** Takes part in the bus in this process. */
export type OpenMember = (
  bench: Bench,
  pool: pg.Pool,
) => Promise<Transport & Pick<LogTransport, 'committed'>>

const openMember: OpenMember = (bench, pool) =>
  LogTransport.open({ url: bench.url, pool, writer: bench.writer, instance: 'bench' })

interface Written {
  readonly written: number
  /** When each event was committed, at a steady rate. */
  readonly committed: readonly (readonly [id: string, at: number])[]
}

async function writerProcess(
  url: string,
  ...words: readonly (string | number)[]
): Promise<Written> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./writer.ts', import.meta.url)), url, ...words.map(String)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  await once(child, 'exit')
  return JSON.parse(text) as Written
}

/** Sets a group to the present end of the log, so that only what comes now is measured. */
async function toEnd(bench: Bench, group: string): Promise<void> {
  const pool = bench.pool(1)
  await pool.query(
    `insert into bus.cursors (grp, topic, part, cursor)
     select $1, $2, p, coalesce((select off from bus.log l where l.topic = $2 and l.part = p order by off desc limit 1), 0)
       from generate_series(0, 15) p on conflict do nothing`,
    [group, bench.writer.topic(TOPIC).id],
  )
}

/** A writer process beside this consuming one, one transaction an event; drained inside the measured time. */
export async function endToEnd(bench: Bench, ms: number) {
  const group = `single-${wallNow()}`
  await toEnd(bench, group)
  const pool = bench.pool(16)
  let handled = 0
  const member = await openMember(bench, pool)
  await member.subscribe(singles(pool, group, () => (handled += 1)))
  const started = performance.now()
  const { written } = await writerProcess(bench.url, ms, 0)
  await until(() => handled >= written)
  const seconds = (performance.now() - started) / 1_000
  await member.stop()
  return { written, perSecond: handled / seconds, seconds }
}

/** Commit → handled at a steady rate, in milliseconds; by wake-up in this process or by polling from another. */
export async function latencies(
  bench: Bench,
  options: {
    ms: number
    rate: number
    separate: boolean
    open?: OpenMember
    /** Words that the writing process is started with, after URL, time and rate. */
    words?: readonly string[]
    /** Told what an event costs meanwhile, in CPU milliseconds of all processes together. */
    onCost?: (cpuMs: number) => void
  },
) {
  const group = `latency-${wallNow()}`
  await toEnd(bench, group)
  const pool = bench.pool(16)
  const handledAt = new Map<string, number>()
  const member = await (options.open ?? openMember)(bench, pool)
  await member.subscribe(singles(pool, group, (event) => handledAt.set(event.id, wallNow())))
  await until(async () => {
    const { rows } = await pool.query(
      'select count(*)::int as open from bus.cursors where grp = $1 and owner is null',
      [group],
    )
    return rows[0].open === 0
  })
  const cost = options.onCost === undefined ? undefined : costOf(handledAt, options.ms)
  const committed = options.separate
    ? (await writerProcess(bench.url, options.ms, options.rate, ...(options.words ?? []))).committed
    : await steadyWriter(bench, { ...options, member, pool: bench.pool(8) })
  await until(() => committed.every(([id]) => handledAt.has(id)))
  if (cost !== undefined) options.onCost?.(await cost)
  await member.stop()
  return committed
    .slice(Math.floor(committed.length / 10))
    .map(([id, at]) => (handledAt.get(id) ?? Number.POSITIVE_INFINITY) - at)
}

/** CPU milliseconds an event in the middle of a steady run, when all has started and nothing has ended. */
async function costOf(handled: ReadonlyMap<string, number>, ms: number): Promise<number> {
  await until(() => handled.size > 0)
  const pause = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms * 0.35))
  await pause()
  const [cpuMs, count] = [treeCpuMs(process.pid), handled.size]
  await pause()
  return (treeCpuMs(process.pid) - cpuMs) / (handled.size - count)
}

interface Steady {
  readonly ms: number
  readonly rate: number
  readonly member: Pick<LogTransport, 'committed'>
  readonly pool: pg.Pool
}

async function steadyWriter(
  bench: Bench,
  { ms, rate, member, pool }: Steady,
): Promise<Written['committed']> {
  const committed: [string, number][] = []
  const started = performance.now()
  const sent: Promise<void>[] = []
  let written = 0
  const one = async (event: Envelope): Promise<void> => {
    await append(pool, bench.writer, event)
    committed.push([event.id, wallNow()])
    member.committed([event])
  }
  while (performance.now() - started < ms) {
    const due = Math.floor(((performance.now() - started) * rate) / 1_000)
    for (; written < due; written++) sent.push(one(newEvent(written)))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await Promise.all(sent)
  return committed
}

/** Fills the log straight by SQL, in transactions of 10,000. */
export async function fill(bench: Bench, events: number): Promise<void> {
  const pool = bench.pool(1)
  const { id } = bench.writer.topic(TOPIC)
  for (let from = 0; from < events; from += 10_000) {
    await pool.query('select bus.ensure_segments($1::smallint)', [id])
    await pool.query(
      `insert into bus.log (topic, part, off, event_id, key, type, version, source, occurred_at, headers, data)
       select $1, g % 16, nextval($4::regclass), gen_random_uuid(), 'customer-' || g % 5000, 'order.created', 1, 'bench', now(),
              jsonb_build_object('correlation', gen_random_uuid(), 'flow', 'ord_' || g), jsonb_build_object('n', g, 'filler', $5::text)
         from generate_series($2::bigint, $3::bigint) g`,
      [id, from, Math.min(from + 10_000, events) - 1, `bus.off_${id}`, 'x'.repeat(180)],
    )
  }
  await pool.query('vacuum (analyze) bus.log')
  await pool.query('checkpoint')
}

/** Replays the last so many events into a new batch group; answers seconds. */
export async function replay(
  bench: Bench,
  events: number,
  open: OpenMember = openMember,
): Promise<number> {
  const group = `replay-${wallNow()}`
  const pool = bench.pool(8)
  const { id } = bench.writer.topic(TOPIC)
  const { rows } = await pool.query(
    `select coalesce(min(off), 1) - 1 as start from (select off from bus.log where topic = $1 order by off desc limit $2) x`,
    [id, events],
  )
  await pool.query(
    'insert into bus.cursors (grp, topic, part, cursor) select $1, $2, p, $3 from generate_series(0, 15) p',
    [group, id, rows[0].start],
  )
  let handled = 0
  const member = await open(bench, pool)
  const started = performance.now()
  await member.subscribe(totals(pool, group, (count) => (handled += count)))
  await until(() => handled >= events, 300_000)
  const seconds = (performance.now() - started) / 1_000
  await member.stop()
  return seconds
}

export async function until(
  reached: () => boolean | Promise<boolean>,
  timeoutMs = 120_000,
): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!(await reached()) && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 5))
}
