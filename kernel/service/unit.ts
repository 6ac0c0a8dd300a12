// One more transaction of a service: business rows, then what must be written with them, then the events, in one commit. The
// readers of the topics in this process are woken after it; a crash in between costs them one poll.

import type { ServicePool } from '../db/pool.ts'
import { inReading } from '../db/reading.ts'
import type { Sql } from '../db/sql.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Envelope } from '../pure/envelope.ts'
import type { Context } from './context.ts'
import type { Unit } from './feature.ts'
import { openTx, type Tx } from './tx.ts'

export interface Writing {
  readonly pool: ServicePool
  /** The statements that append events to the log. */
  readonly append: (events: readonly Envelope[]) => readonly Sql[]
  /** Told what every commit published, to wake the readers. */
  readonly onCommitted?: (events: readonly Envelope[]) => void
}

/** Adds a statement that goes with COMMIT, before the events. */
export type Seal = (statement: Sql) => void

/** Runs `work` in one transaction and appends what it published. It may be run again after a deadlock. */
export function writeUnit<T>(
  writing: Writing,
  ctx: Context,
  work: (tx: Tx, seal: Seal) => Promise<T>,
): Promise<T> {
  let last: () => readonly Sql[] = () => []
  return inTransaction(
    writing.pool,
    async (inner) => {
      const sealed: Sql[] = []
      const { tx, gathered } = openTx(inner, ctx)
      const { events } = gathered
      last = () => (events.length === 0 ? sealed : [...sealed, ...writing.append(events)])
      const result = await work(tx, (statement) => sealed.push(statement))
      if (events.length > 0 && writing.onCommitted !== undefined)
        inner.onCommit(() => writing.onCommitted?.(events))
      return result
    },
    { last: () => last() },
  )
}

export const unitOf =
  (writing: Writing, ctx: Context): Unit =>
  (work) =>
    writeUnit(writing, ctx, work)

/** A read-only transaction: PostgreSQL refuses writes, and an event published in it would be lost, so that is refused too. */
export const readUnitOf =
  (pool: ServicePool, ctx: Context): Unit =>
  (work) =>
    inReading(pool, async (inner) => {
      const { tx, gathered } = openTx(inner, ctx)
      const result = await work(tx)
      if (gathered.events.length > 0)
        throw new Error(`${gathered.events[0]?.type} was published in a read-only transaction`)
      return result
    })
