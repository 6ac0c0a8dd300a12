// Reading the log again: for people (tail) and for projections that are to be rebuilt (replay). A replay forgets the group's
// inbox rows, so only a group whose handlers may run twice is replayed; for any other it would double its effects.

import type pg from 'pg'
import { openQuery } from '../db/query.ts'
import { type Sql, sql } from '../db/sql.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Envelope } from '../pure/envelope.ts'
import { partitionOf } from './murmur.ts'
import { type RecordRow, recordOf } from './record.ts'

export interface TailFilter {
  readonly topic?: string
  readonly type?: string
  readonly key?: string
  readonly flow?: string
  readonly eventId?: string
  /** Only events appended after this instant (milliseconds). */
  readonly sinceMs?: number
  /** How many of the newest events of each partition are looked at; all of them unless said. */
  readonly lookBack?: number
  /** Topics that are of no interest. */
  readonly without?: readonly string[]
  readonly limit: number
}

export interface TailedEvent {
  readonly part: number
  readonly off: bigint
  readonly appendedAt: number
  readonly event: Envelope
}

/** Partitions in which events that fit can be: a key lies in one of each topic. */
async function partitionsFor(pool: pg.Pool, filter: TailFilter): Promise<[number, number][]> {
  const topics = await openQuery<{ id: number; name: string; partitions: number }>(
    pool,
    sql`select id, name, partitions from bus.topics`,
  )
  return topics
    .filter(({ name }) => filter.topic === undefined || name === filter.topic)
    .filter(({ name }) => !(filter.without ?? []).includes(name))
    .flatMap(({ id, partitions }): [number, number][] =>
      filter.key === undefined
        ? Array.from({ length: partitions }, (_, part) => [id, part])
        : [[id, partitionOf(filter.key, partitions)]],
    )
}

/**
 * The newest events that fit, oldest first, with topic, partition and offset. Each partition is read from its end by its key:
 * there is no index by time, and sorting the log by it would read all of the log.
 */
export async function tailEvents(pool: pg.Pool, filter: TailFilter): Promise<TailedEvent[]> {
  const places = await partitionsFor(pool, filter)
  const isPlain = (['type', 'key', 'flow', 'eventId', 'sinceMs'] as const).every(
    (name) => filter[name] === undefined,
  )
  const lookBack = isPlain ? filter.limit : (filter.lookBack ?? null)
  const rows = await openQuery<RecordRow & { name: string; appended_at: number }>(
    pool,
    sql`
    select l.topic, l.part, l.off, l.event_id, l.key, l.type, l.version, l.source, l.occurred_at, l.headers, l.data,
           l.appended_at, t.name
      from unnest(${places.map(([topic]) => topic)}::smallint[], ${places.map(([, part]) => part)}::smallint[]) w(topic, part)
      join bus.topics t on t.id = w.topic
     cross join lateral (
           select * from bus.log r where r.topic = w.topic and r.part = w.part order by r.off desc limit ${lookBack}) l
     where (${filter.type ?? null}::text is null or l.type = ${filter.type ?? null})
       and (${filter.key ?? null}::text is null or l.key = ${filter.key ?? null})
       and (${filter.flow ?? null}::text is null or l.headers->>'flow' = ${filter.flow ?? null})
       and (${filter.eventId ?? null}::uuid is null or l.event_id = ${filter.eventId ?? null}::uuid)
       and (${filter.sinceMs ?? null}::float8 is null or l.appended_at > to_timestamp(${filter.sinceMs ?? null}::float8 / 1000))
     order by l.appended_at desc limit ${filter.limit}`,
  )
  return rows.reverse().map((row) => ({
    part: row.part,
    off: row.off,
    appendedAt: row.appended_at,
    event: recordOf(row, row.name).event,
  }))
}

/** Of topics that a group hears, the instant (milliseconds) up to which events of some have been dropped; undefined: of none. */
export async function droppedTo(pool: pg.Pool, group: string): Promise<number | undefined> {
  const [row] = await openQuery(
    pool,
    sql<{ at: number | null }>`
    select max(t.dropped_to) as at from bus.topics t
     where exists (select from bus.cursors c where c.grp = ${group} and c.topic = t.id)`,
  )
  return row?.at ?? undefined
}

/** Of one statement: all that a busy group has handled takes longer to forget than a statement may. */
const FORGET_ROWS = 10_000

/** Forgets what a group has handled, whole portions of it, each for itself. */
async function forgetHandled(pool: pg.Pool, group: string, rows: number): Promise<void> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const [last] = await openQuery(
      pool,
      sql<{ event_id: string }>`
      select event_id from bus.inbox where consumer = ${group} and event_id > ${after}::uuid
       order by event_id offset ${rows - 1} limit 1`,
    )
    if (last === undefined) return
    await openQuery(
      pool,
      sql`delete from bus.inbox where consumer = ${group} and event_id > ${after}::uuid and event_id <= ${last.event_id}::uuid`,
    )
    after = last.event_id
  }
}

/**
 * Sets a group back to the beginning of its topics: the oldest events that the log still has. Whoever reads for it is fenced off and
 * starts anew. What is parked is read again, but for what the log has dropped: that stays parked, or it would be lost. Answers the
 * cursors moved.
 *
 * Most of what it has handled is forgotten before, while its readers go on: in the transaction that moves the cursors it would keep
 * them waiting for minutes. What they handle until then must be forgotten in it, or would be passed over.
 */
export async function replayGroup(
  pool: pg.Pool,
  group: string,
  forgetRows = FORGET_ROWS,
): Promise<number> {
  await forgetHandled(pool, group, forgetRows)
  return inTransaction(pool, async (tx) => {
    const moved = await tx.run(
      sql`update bus.cursors set cursor = 0, attempt_to = 0, crash_off = null, owner = null, epoch = epoch + 1,
            log = null, kafka_off = null where grp = ${group}`,
    )
    await tx.run(sql`delete from bus.inbox where consumer = ${group}`)
    await tx.run(
      sql`delete from bus.parked p using bus.topics t where p.grp = ${group} and t.id = p.topic
            and (t.dropped_to is null or exists (
                  select from bus.log l where l.topic = p.topic and l.part = p.part and l.off = p.off))`,
    )
    return moved
  })
}

export interface HandledRow {
  readonly consumer: string
  readonly event_id: string
  readonly attempt: number
  readonly handled_at: number
}

/** Which of these groups handled which of these events, by their inbox. */
export const handledSql = (
  consumers: readonly string[],
  eventIds: readonly string[],
): Sql<HandledRow> => sql`
  select consumer, event_id, attempt, handled_at from bus.inbox
   where consumer = any (${consumers}) and event_id = any (${eventIds}::uuid[])`
