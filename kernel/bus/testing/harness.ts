// What the contract suite needs of a transport: a database, members that can come and go, and a way to publish.

import type { TestContext } from 'node:test'
import type pg from 'pg'
import { openPool } from '../../db/pool.ts'
import { inTransaction } from '../../db/transaction.ts'
import { systemClock } from '../../host/clock.ts'
import { systemIds } from '../../host/ids.ts'
import type { Envelope } from '../../pure/envelope.ts'
import { isoInstant } from '../../pure/time.ts'
import { testDatabase } from '../../testing/database.ts'
import type { Transport } from '../consumer.ts'
import { type LogWriter, openLogWriter } from '../log.ts'
import { LogTransport, type LogTransportOptions } from '../log-transport.ts'

export const TOPIC = 'things'
export const OTHER_TOPIC = 'others'
/**
 * Quick clockwork, so that retries take their course within a test; and a lease longer than a test waits for anything, so that what
 * is reached was not reached by its end.
 */
export const QUICK = { tickMs: 40, retryDelaysMs: [20, 40, 60], leaseMs: 120_000 } as const

export interface BusMember {
  readonly transport: Transport
  readonly pool: pg.Pool
  /** Leaves without giving anything back, as a killed process does. */
  vanish(): Promise<void>
}

export interface Harness {
  readonly pool: pg.Pool
  readonly url: string
  readonly writer: LogWriter
  member(name: string): Promise<BusMember>
  publish(events: readonly Envelope[]): Promise<void>
}

export type OpenHarness = (t: TestContext) => Promise<Harness>

const ids = systemIds(systemClock)

export const newEvent = (key: string, data: object, more: Partial<Envelope> = {}): Envelope => ({
  id: ids.uuid(),
  type: 'thing.happened',
  version: 1,
  source: 'tests',
  topic: TOPIC,
  key,
  time: isoInstant(systemClock.now()),
  data,
  headers: { correlation: 'test' },
  ...more,
})

type Opened = Transport & Pick<LogTransport, 'abandon' | 'committed' | 'stop'>

/** A harness of this kind of transport, with a database of its own. */
export async function openHarness(
  t: TestContext,
  open: (options: LogTransportOptions) => Promise<Opened>,
): Promise<Harness> {
  const db = await testDatabase(t)
  await db.pool.query(
    `create table public.effects (id bigint generated always as identity, grp text, key text, n int, event_id uuid)`,
  )
  const writer = await openLogWriter(db.pool, [TOPIC, OTHER_TOPIC])
  const members: Opened[] = []
  const pools: pg.Pool[] = []
  t.after(async () => {
    await Promise.all(members.map((m) => m.stop()))
    await Promise.all(pools.map((p) => p.end()))
  })
  return {
    pool: db.pool,
    url: db.url,
    writer,
    async member(name) {
      const pool = openPool({ url: db.url, applicationName: `bus-${name}`, max: 8 })
      pools.push(pool)
      const transport = await open({ url: db.url, pool, writer, instance: name, ...QUICK })
      members.push(transport)
      return {
        transport,
        pool,
        vanish: async () => {
          members.splice(members.indexOf(transport), 1)
          await transport.abandon()
        },
      }
    },
    async publish(events) {
      await inTransaction(db.pool, async () => undefined, { last: () => writer.append(events) })
      for (const member of members) member.committed(events)
    },
  }
}

/** The log in PostgreSQL as the suite sees it. */
export const openLogHarness: OpenHarness = (t) =>
  openHarness(t, (options) => LogTransport.open(options))
