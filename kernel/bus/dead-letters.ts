// What an operator does with events that used up their attempts: look, send again, or discard with a reason. Redriving keeps
// the key's order: the event becomes the first of its key again and what waited behind it follows.

import type pg from 'pg'
import { openQuery } from '../db/query.ts'
import { sql } from '../db/sql.ts'
import { failpoint } from '../testing/failpoint.ts'

export interface DeadLetter {
  readonly group: string
  readonly topic: string
  readonly part: number
  readonly off: bigint
  readonly event_id: string
  readonly key: string
  readonly type: string
  readonly attempts: number
  readonly error_code: string | null
  readonly error: string | null
  readonly first_failed_at: number | null
  readonly dead_at: number
  /** Later events of the key that wait behind it. */
  readonly waiting: number
  readonly headers: unknown
  readonly data: unknown
}

export interface DeadLetterFilter {
  readonly group?: string
  readonly eventId?: string
  readonly limit?: number
}

/** Dead letters, oldest first. */
export const listDeadLetters = (
  pool: pg.Pool,
  filter: DeadLetterFilter = {},
): Promise<DeadLetter[]> =>
  openQuery<DeadLetter>(
    pool,
    sql`
    select d.grp as group, t.name as topic, d.part, d.off, d.event_id, d.key, d.type, d.attempts, d.error_code, d.error,
           d.first_failed_at, d.dead_at, d.headers, d.data,
           (select count(*)::int from bus.parked w where w.grp = d.grp and w.topic = d.topic and w.part = d.part
               and w.key = d.key and w.off > d.off) as waiting
      from bus.parked d join bus.topics t on t.id = d.topic
     where d.dead_at is not null and (${filter.group ?? null}::text is null or d.grp = ${filter.group ?? null})
       and (${filter.eventId ?? null}::uuid is null or d.event_id = ${filter.eventId ?? null})
     order by d.dead_at, d.off limit ${filter.limit ?? 100}`,
  )

/** How many there are, shown or not. */
export async function countDeadLetters(
  pool: pg.Pool,
  filter: Omit<DeadLetterFilter, 'limit'>,
): Promise<number> {
  const [row] = await openQuery<{ total: number }>(
    pool,
    sql`
    select count(*)::int as total from bus.parked
     where dead_at is not null and (${filter.group ?? null}::text is null or grp = ${filter.group ?? null})
       and (${filter.eventId ?? null}::uuid is null or event_id = ${filter.eventId ?? null})`,
  )
  return row?.total ?? 0
}

/** Sends dead letters to their handler again, with all attempts anew. Answers how many. */
export async function redriveDeadLetters(
  pool: pg.Pool,
  filter: Pick<DeadLetterFilter, 'group' | 'eventId'>,
): Promise<number> {
  await failpoint('redrive.started')
  const rows = await openQuery(
    pool,
    sql`
    update bus.parked set dead_at = null, attempts = 0, next_at = clock_timestamp()
     where dead_at is not null and (${filter.group ?? null}::text is null or grp = ${filter.group ?? null})
       and (${filter.eventId ?? null}::uuid is null or event_id = ${filter.eventId ?? null})
    returning 1`,
  )
  return rows.length
}

/** Gives a dead letter up, for a reason and by a name that stay on record. Answers whether there was one. */
export async function discardDeadLetter(
  pool: pg.Pool,
  letter: { group: string; eventId: string },
  why: { reason: string; by: string },
): Promise<boolean> {
  const rows = await openQuery(
    pool,
    sql`
    with gone as (
      delete from bus.parked where grp = ${letter.group} and event_id = ${letter.eventId}::uuid and dead_at is not null returning *)
    insert into bus.discarded (grp, event_id, type, key, headers, data, attempts, error_code, error, reason, discarded_by)
    select grp, event_id, type, key, headers, data, attempts, error_code, error, ${why.reason}, ${why.by} from gone
    on conflict do nothing returning 1`,
  )
  return rows.length > 0
}
