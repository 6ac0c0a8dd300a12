// Small consumers whose effects are rows, so that a test asks the database what really happened.

import { inspect } from 'node:util'
import type pg from 'pg'
import { sql } from '../../db/sql.ts'
import type { Transaction } from '../../db/transaction.ts'
import type { Envelope } from '../../pure/envelope.ts'
import type { Consumer } from '../consumer.ts'
import { TOPIC } from './harness.ts'

export const number = (event: Envelope): number => (event.data as { n: number }).n

/** Writes the effect of one event. */
export const effect = (tx: Transaction, group: string, event: Envelope): void =>
  tx.write(sql`insert into public.effects (grp, key, n, event_id)
    values (${group}, ${event.key}, ${number(event)}, ${event.id}::uuid)`)

export interface ConsumerOptions {
  readonly group: string
  readonly pool: pg.Pool
  readonly onDeath?: 'block' | 'skip'
  readonly when?: (event: Envelope) => boolean
  /** Called before the effect is written; may throw. Answers events to publish. */
  readonly before?: (
    event: Envelope,
    attempt: number,
  ) => Promise<readonly Envelope[]> | readonly Envelope[]
}

/** A consumer of `thing.happened` that writes one row an event. */
export const effects = (o: ConsumerOptions): Consumer => ({
  group: o.group,
  pool: o.pool,
  topics: [TOPIC],
  handlers: new Map([
    [
      'thing.happened',
      {
        onDeath: o.onDeath ?? 'block',
        ...(o.when === undefined ? {} : { when: o.when }),
        handle: async (tx: Transaction, event: Envelope, ...[, attempt]: [unknown, number]) => {
          effect(tx, o.group, event)
          return (await o.before?.(event, attempt)) ?? []
        },
      },
    ],
  ]),
})

/** Polls the database until the answer satisfies; fails with what it last saw. */
export async function eventually<Row>(
  pool: pg.Pool,
  text: string,
  ...[satisfied, timeoutMs = 60_000]: [(rows: Row[]) => boolean, number?]
): Promise<Row[]> {
  const until = performance.now() + timeoutMs
  for (;;) {
    const { rows } = await pool.query(text)
    if (satisfied(rows as Row[])) return rows as Row[]
    if (performance.now() > until)
      throw new Error(`not reached: ${text}\n${inspect(rows.slice(0, 5))}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export const countIs =
  (n: number) =>
  (rows: { count: bigint }[]): boolean =>
    rows[0]?.count === BigInt(n)

/** Pairs of effects of one key that happened in another order than published; 0 is right. */
export const INVERSIONS = `select count(*) from (select n, lag(n) over (partition by grp, key order by id) as before from public.effects) x where before > n`
/** Effects that happened more than once; 0 is right. */
export const DOUBLES = `select count(*) from (select 1 from public.effects group by grp, event_id having count(*) > 1) x`
