// The product's own log, read by a group that handles record by record and by one that handles batches.

import type { Consumer } from '@rialto/kernel/bus/consumer.ts'
import { openLogWriter } from '@rialto/kernel/bus/log.ts'
import { LogTransport } from '@rialto/kernel/bus/log-transport.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { type Design, type ReaderStart, TOPIC, TYPE } from '../design.ts'

/** Quick clockwork, so that retries and leases take their course within a round. */
const TICK_MS = 100
const RETRY_DELAYS_MS = [100, 200, 400]

/** What a planted bug does with an event before its transaction. */
export type Before = (pool: ReaderStart['pool'], event: Envelope) => Promise<unknown>

const records = (start: ReaderStart, before?: Before): Consumer => ({
  group: 'records',
  pool: start.pool,
  topics: [TOPIC],
  handlers: new Map([
    [
      TYPE,
      {
        onDeath: 'block',
        ...(before === undefined ? {} : { prepare: (event) => before(start.pool, event) }),
        handle: async (tx, event) => {
          await start.handle(tx, { group: 'records', event, alone: true })
          return []
        },
      },
    ],
  ]),
})

const batches = (start: ReaderStart): Consumer => ({
  group: 'batches',
  pool: start.pool,
  topics: [TOPIC],
  handlers: new Map(),
  batch: {
    types: 'all',
    handle: async (tx, events) => {
      for (const event of events)
        await start.handle(tx, { group: 'batches', event, alone: events.length === 1 })
      return []
    },
  },
})

type OpenConsumer = (start: ReaderStart, before?: Before) => Consumer

const CONSUMERS: Readonly<Record<string, OpenConsumer>> = { records, batches }

/** Parked events that are to be retried are still owed. */
const DEAD_OR_BEHIND = `
  select p.grp, p.event_id from bus.parked p
   where p.dead_at is not null
      or exists (select from bus.parked d where d.grp = p.grp and d.topic = p.topic and d.part = p.part and d.key = p.key
                   and d.off < p.off and d.dead_at is not null and d.on_death = 'block')`

export const theLog: Design = {
  name: 'log',
  groups: ['records', 'batches'],
  asideQuery: DEAD_OR_BEHIND,
  async openWriter(pool) {
    const writer = await openLogWriter(pool, [TOPIC])
    return (event) => writer.append([event])
  },
  openReader: (start) => openLogReader(start, ['records', 'batches']),
}

/** The product's own reader, for these groups. */
export async function openLogReader(
  start: ReaderStart,
  groups: readonly string[],
  before?: Before,
) {
  const transport = await LogTransport.open({
    url: start.url,
    pool: start.pool,
    writer: await openLogWriter(start.pool, [TOPIC]),
    instance: start.worker,
    tickMs: TICK_MS,
    leaseMs: start.leaseMs,
    retryDelaysMs: RETRY_DELAYS_MS,
    onHandled: ({ group, outcome }) => start.onOutcome(`${group}:${outcome}`),
  })
  for (const group of groups) {
    const consumer = CONSUMERS[group]
    if (consumer === undefined) throw new Error(`there is no group ${group}`)
    await transport.subscribe(consumer(start, before))
  }
  return transport
}

/** The product's log with a bug planted in its functions or its handler, for the group that handles record by record. */
export const plantedLog = (name: string, plant: string, before?: Before): Design => ({
  ...theLog,
  name,
  plant,
  groups: ['records'],
  openReader: (start) => openLogReader(start, ['records'], before),
})
