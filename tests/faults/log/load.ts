// What the processes of a round do: writers commit a business row and its event together, readers write one effect row an
// event. The traps are in the data, so that every design meets the same ones.

import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from '@rialto/kernel/db/sql.ts'
import { inTransaction, type Transaction } from '@rialto/kernel/db/transaction.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { systemIds } from '@rialto/kernel/host/ids.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { type Append, type Handled, type Pool, TOPIC, TYPE } from './design.ts'
import type { Chance } from './random.ts'

export interface Load {
  readonly keys: number
  /** Longest wait of a connection between two transactions. */
  readonly idleMs: number
  /** Share of transactions that stay open for a while after the append, and for how long at most. */
  readonly slowShare: number
  readonly slowMs: number
  /** Share of events that are published a second time, as by a relay that died before it noted its success. */
  readonly repeatShare: number
  /** Percentage of events that fail when first handled, and always in company. */
  readonly failPercent: number
  /** Longest wait of a handler between its effect and COMMIT. */
  readonly handlerMs: number
  /** At every so many events of the first key its first handler freezes for `freezeMs`, its transaction open. 0: never. */
  readonly freezeEvery: number
  readonly freezeMs: number
  /** The fifth event of the first key kills every process that handles it. */
  readonly poison: boolean
}

interface EventData {
  readonly n: number
  readonly trap?: 'freeze' | 'kill'
}

const POISON_N = 5
export const keyName = (i: number): string => `k${i}`
const ids = systemIds(systemClock)

function trapOf(load: Load, key: string, n: number): EventData {
  if (key !== keyName(0)) return { n }
  if (load.poison && n === POISON_N) return { n, trap: 'kill' }
  return load.freezeEvery > 0 && n % load.freezeEvery === 0 ? { n, trap: 'freeze' } : { n }
}

export interface WriterStart {
  readonly name: string
  readonly pool: Pool
  readonly load: Load
  readonly append: Append
  readonly onAck: (id: string) => void
}

const slowly = (load: Load, chance: Chance) =>
  chance.happens(load.slowShare)
    ? [sql`select pg_sleep(${(chance.next() * load.slowMs) / 1000})`]
    : []

/** One business transaction: another row first, then the key's turn, then the row and its event. */
async function writeOne(start: WriterStart, chance: Chance): Promise<void> {
  const { pool, load, append } = start
  const id = ids.uuid()
  const key = keyName(chance.below(load.keys))
  const slow = slowly(load, chance)
  let event: Envelope | undefined
  await inTransaction(
    pool,
    async (tx) => {
      // Draws a transaction id, as any earlier write of a business transaction does.
      await tx.run(sql`insert into proof.touches default values`)
      const { n } = await tx.one(
        sql<{ n: number }>`update proof.keys set n = n + 1 where key = ${key} returning n`,
      )
      tx.write(
        sql`insert into proof.rows (id, key, n, writer) values (${id}::uuid, ${key}, ${n}, ${start.name})`,
      )
      event = {
        id,
        type: TYPE,
        version: 1,
        source: 'tests',
        topic: TOPIC,
        key,
        time: isoInstant(systemClock.now()),
        data: trapOf(load, key, n),
        headers: { correlation: 'proof' },
      }
    },
    { last: () => [...append(event as Envelope), ...slow] },
  )
  start.onAck(id)
  if (chance.happens(load.repeatShare))
    await inTransaction(pool, async () => undefined, { last: () => append(event as Envelope) })
}

/** Writes on one connection until told to stop. What fails is not acknowledged, and the next one is another. */
export async function writeUntil(
  start: WriterStart,
  chance: Chance,
  stopped: () => boolean,
): Promise<void> {
  while (!stopped()) {
    await writeOne(start, chance).catch(() => pause(20))
    await pause(chance.below(start.load.idleMs + 1))
  }
}

/** Stops this process at once; a shell of its own wakes it, even when nobody else is left to do so. */
function freeze(ms: number): void {
  const wake = `sleep ${ms / 1000}; kill -CONT ${process.pid}`
  spawn('/bin/sh', ['-c', wake], { detached: true, stdio: 'ignore' }).unref()
  process.kill(process.pid, 'SIGSTOP')
}

/** True for the first to ask. */
async function fallsIn(by: { pool: Pool; worker: string }, handled: Handled): Promise<boolean> {
  const { rowCount } = await by.pool.query(
    'insert into proof.traps (event_id, grp, worker) values ($1, $2, $3) on conflict do nothing',
    [handled.event.id, handled.group, by.worker],
  )
  return rowCount === 1
}

/** By the random bits at the end of the id, so that every process agrees. */
const mustFail = (load: Load, event: Envelope): boolean =>
  Number.parseInt(event.id.slice(-6), 16) % 100 < load.failPercent

/** The effect of one event, and what the load has in store for who handles it. */
export function effectOf(start: { worker: string; pool: Pool; load: Load; chance: Chance }) {
  const { worker, load, chance } = start
  return async (tx: Transaction, handled: Handled): Promise<void> => {
    const { group, event, alone } = handled
    const { n, trap } = event.data as EventData
    if (trap === 'kill') {
      process.kill(process.pid, 'SIGKILL')
      await new Promise(() => undefined)
    }
    const effect = sql`insert into proof.effects (grp, event_id, key, n, worker)
      values (${group}, ${event.id}::uuid, ${event.key}, ${n}, ${worker})`
    if (trap === 'freeze' && (await fallsIn(start, handled))) {
      await tx.run(effect)
      freeze(load.freezeMs)
    } else tx.write(effect)
    if (load.handlerMs > 0) await pause(chance.below(load.handlerMs + 1))
    if (mustFail(load, event) && (!alone || (await fallsIn(start, handled))))
      throw new Error('fails in company, and the first time alone')
  }
}
