// All SQL of the log transport, one function a statement. Statements that move a cursor are fenced by the epoch: they change
// nothing, or raise RB001, when another member has taken the partition.

import { rawSql, type Sql, sql } from '../db/sql.ts'
import type { Envelope } from '../pure/envelope.ts'
import type { Failure } from './deliver.ts'
import type { Drawn } from './log.ts'
import { type BusRecord, type Place, RECORD_COLUMNS, type RecordRow } from './record.ts'

/** What a member holds on one partition. */
export interface Hold {
  readonly group: string
  readonly topic: number
  readonly part: number
  readonly epoch: bigint
}

export const finishSql = (
  hold: Hold,
  move: { expected: bigint; next: bigint },
  done: { event: Envelope; attempt: number; append: string | null },
): Sql<Drawn> => sql`
  select bus.finish(${hold.group}, ${hold.topic}::smallint, ${hold.part}::smallint, ${move.expected}, ${move.next},
    ${hold.epoch}, ${done.event.id}::uuid, ${done.attempt}::smallint, ${done.append}::jsonb) as drawn`

export const advanceSql = (
  hold: Hold,
  move: { expected: bigint; next: bigint },
  append: string | null,
): Sql<Drawn> => sql`
  select bus.advance(${hold.group}, ${hold.topic}::smallint, ${hold.part}::smallint, ${move.expected}, ${move.next},
    ${hold.epoch}, ${append}::jsonb) as drawn`

export const finishParkedSql = (
  hold: Hold,
  off: bigint,
  done: { event: Envelope; attempt: number; append: string | null },
): Sql<Drawn> => sql`
  select bus.finish_parked(${hold.group}, ${hold.topic}::smallint, ${hold.part}::smallint, ${off}, ${hold.epoch},
    ${done.event.id}::uuid, ${done.attempt}::smallint, ${done.append}::jsonb) as drawn`

/** The end of a transaction over several partitions: inbox, all cursors, append. */
export const finishTogetherSql = (
  group: string,
  lanes: readonly { topic: number; part: number; epoch: bigint; expected: bigint; next: bigint }[],
  done: { ids: readonly string[]; append: string | null },
): Sql<Drawn> => sql`
  select bus.finish_together(${group}, ${lanes.map((l) => l.topic)}::smallint[], ${lanes.map((l) => l.part)}::smallint[],
    ${lanes.map((l) => l.expected)}::bigint[], ${lanes.map((l) => l.next)}::bigint[], ${lanes.map((l) => l.epoch)}::bigint[],
    ${done.ids}::uuid[], ${done.append}::jsonb) as drawn`

/** Inbox rows of a batch; answers the ids that were new. */
export const inboxSql = (group: string, ids: readonly string[]): Sql<{ event_id: string }> => sql`
  insert into bus.inbox (consumer, event_id) select ${group}, unnest(${ids}::uuid[])
  on conflict do nothing returning event_id`

/** Forgets rows of the inbox's default partition, at most so many, of events that are not sent again. */
export const purgeInboxSql = (max: number): Sql<{ gone: bigint }> => sql`
  select bus.purge_inbox(${max}::int) as gone`

/** Marks the ends of the batches about to be handled. It must survive the server as well, which may die with the process. */
export interface Mark extends Hold {
  readonly to: bigint
}

export const attemptSql = (marks: readonly Mark[]): Sql => sql`
  update bus.cursors c set attempt_to = x.upto
    from unnest(${marks.map((m) => m.group)}::text[], ${marks.map((m) => m.topic)}::smallint[],
           ${marks.map((m) => m.part)}::smallint[], ${marks.map((m) => m.epoch)}::bigint[],
           ${marks.map((m) => m.to)}::bigint[]) x(grp, topic, part, epoch, upto)
   where c.grp = x.grp and c.topic = x.topic and c.part = x.part and c.epoch = x.epoch`

/** Carries cursors that only passed over foreign events; a lost fence is no matter here. */
export const carrySql = (
  group: string,
  lanes: readonly { topic: number; part: number; epoch: bigint; from: bigint; to: bigint }[],
): Sql<{ topic: number; part: number }> => sql`
  update bus.cursors c set cursor = x.upto, attempt_to = greatest(c.attempt_to, x.upto), moved_at = clock_timestamp()
    from unnest(${lanes.map((l) => l.topic)}::smallint[], ${lanes.map((l) => l.part)}::smallint[],
           ${lanes.map((l) => l.epoch)}::bigint[], ${lanes.map((l) => l.from)}::bigint[],
           ${lanes.map((l) => l.to)}::bigint[]) x(topic, part, epoch, since, upto)
   where c.grp = ${group} and c.topic = x.topic and c.part = x.part and c.epoch = x.epoch and c.cursor = x.since
  returning c.topic, c.part`

/** Counts one more lonely try of the event at `off`, after a crash. No row: fenced. */
export const crashAttemptSql = (hold: Hold, off: bigint): Sql<{ crash_attempts: number }> => sql`
  update bus.cursors set crash_attempts = case when crash_off = ${off} then crash_attempts + 1 else 1 end, crash_off = ${off}
   where grp = ${hold.group} and topic = ${hold.topic} and part = ${hold.part} and epoch = ${hold.epoch}
  returning crash_attempts`

/** Takes the last count back: that try ended without a crash and without a verdict on the event. */
export const crashForgivenSql = (hold: Hold, off: bigint): Sql => sql`
  update bus.cursors set crash_attempts = crash_attempts - 1
   where grp = ${hold.group} and topic = ${hold.topic} and part = ${hold.part} and epoch = ${hold.epoch}
     and crash_off = ${off} and crash_attempts > 0`

/** Moves the cursor of what was handed on, without waiting for the disk: a server's crash only has it handed on again. No row: fenced. */
export const forwardedSql = (hold: Hold, move: { expected: bigint; next: bigint }): Sql => sql`
  with quick as (select set_config('synchronous_commit', 'off', true))
  update bus.cursors c set cursor = ${move.next}, moved_at = clock_timestamp() from quick
   where c.grp = ${hold.group} and c.topic = ${hold.topic} and c.part = ${hold.part} and c.epoch = ${hold.epoch}
     and c.cursor = ${move.expected}`

export interface Parking {
  /** Tries made so far; 0 for an event that only waits behind another. */
  readonly attempts: number
  readonly nextInMs: number
  readonly onDeath: 'block' | 'skip'
  readonly dead: boolean
  readonly failure?: Failure
}

/**
 * Parks a record and moves the cursor past it, in one statement. No row: fenced. Where another log's record is parked under the same
 * offset it fails, and the partition waits in sight until an operator has settled that one.
 */
export const parkSql = (
  hold: Hold,
  move: { expected: bigint; record: BusRecord },
  parking: Parking,
): Sql<{ off: bigint }> => {
  const { record } = move
  const { event } = record
  return sql`
  with moved as (
    update bus.cursors set cursor = ${record.off}, moved_at = clock_timestamp()
     where grp = ${hold.group} and topic = ${hold.topic} and part = ${hold.part} and epoch = ${hold.epoch} and cursor = ${move.expected}
    returning 1)
  insert into bus.parked (grp, topic, part, off, event_id, key, type, version, source, occurred_at, headers, data, attempts,
    next_at, on_death, error_code, error, first_failed_at, last_failed_at, dead_at)
  select ${hold.group}, ${hold.topic}, ${hold.part}, ${record.off}, ${event.id}, ${event.key}, ${event.type}, ${event.version},
    ${event.source}, ${event.time}, ${JSON.stringify(event.headers)}::jsonb, ${JSON.stringify(event.data)}::jsonb, ${parking.attempts},
    clock_timestamp() + ${parking.nextInMs} * interval '1 ms', ${parking.onDeath}, ${parking.failure?.code ?? null},
    ${parking.failure?.message ?? null}, case when ${parking.attempts} > 0 then clock_timestamp() end,
    case when ${parking.attempts} > 0 then clock_timestamp() end, case when ${parking.dead} then clock_timestamp() end
    from moved
  returning off`
}

/** Sets the number of tries of a parked record, before one begins: the process may not live to note its end. No row: fenced or gone. */
export const parkedTriesSql = (
  hold: Hold,
  off: bigint,
  tries: { attempts: number; nextInMs: number },
): Sql => sql`
  update bus.parked p set attempts = ${tries.attempts}, next_at = clock_timestamp() + ${tries.nextInMs} * interval '1 ms'
   where p.grp = ${hold.group} and p.topic = ${hold.topic} and p.part = ${hold.part} and p.off = ${off} and p.dead_at is null
     and exists (select from bus.cursors c where c.grp = p.grp and c.topic = p.topic and c.part = p.part and c.epoch = ${hold.epoch})`

/** Notes another failed try of a parked record. No row: fenced or gone. */
export const parkedFailedSql = (hold: Hold, off: bigint, parking: Parking): Sql => sql`
  update bus.parked p set attempts = ${parking.attempts}, next_at = clock_timestamp() + ${parking.nextInMs} * interval '1 ms',
    error_code = ${parking.failure?.code ?? null}, error = ${parking.failure?.message ?? null},
    first_failed_at = coalesce(first_failed_at, clock_timestamp()), last_failed_at = clock_timestamp(),
    dead_at = case when ${parking.dead} then clock_timestamp() end
   where p.grp = ${hold.group} and p.topic = ${hold.topic} and p.part = ${hold.part} and p.off = ${off}
     and exists (select from bus.cursors c where c.grp = p.grp and c.topic = p.topic and c.part = p.part and c.epoch = ${hold.epoch})`

/** Drops a parked record that turned out to have been handled before. */
export const unparkSql = (group: string, place: Place): Sql => sql`
  delete from bus.parked where grp = ${group} and topic = ${place.topic} and part = ${place.part} and off = ${place.off}
    and dead_at is null`

/** The first due record of the parked keys of a partition; none of a key whose first one waits or is dead. */
export const dueSql = (hold: Hold): Sql<RecordRow & { attempts: number }> => ({
  ...rawSql(
    `select * from (select distinct on (l.key) ${RECORD_COLUMNS}, l.attempts, l.next_at, l.dead_at from bus.parked l
       where l.grp = $1 and l.topic = $2 and l.part = $3 and not (l.dead_at is not null and l.on_death = 'skip')
       order by l.key, l.off) first
     where dead_at is null and next_at <= clock_timestamp() order by off limit 1`,
    [hold.group, hold.topic, hold.part],
  ),
  name: 'bus_due',
})

/**
 * Gives partitions back with their positions. What we began has ended, so it is no longer marked; what a dead predecessor had
 * begun stays so until it is tried.
 */
export const releaseSql = (
  group: string,
  lanes: readonly (Hold & { from: bigint; to: bigint; suspect: bigint })[],
): Sql<{ topic: number; part: number }> => sql`
  update bus.cursors c set owner = null, cursor = x.upto, attempt_to = greatest(x.upto, x.suspect)
    from unnest(${lanes.map((l) => l.topic)}::smallint[], ${lanes.map((l) => l.part)}::smallint[],
           ${lanes.map((l) => l.epoch)}::bigint[], ${lanes.map((l) => l.from)}::bigint[], ${lanes.map((l) => l.to)}::bigint[],
           ${lanes.map((l) => l.suspect)}::bigint[]) x(topic, part, epoch, since, upto, suspect)
   where c.grp = ${group} and c.topic = x.topic and c.part = x.part and c.epoch = x.epoch and c.cursor = x.since
  returning c.topic, c.part`

export interface ParkedHead {
  readonly grp: string
  readonly topic: number
  readonly part: number
  readonly key: string
  readonly due: boolean
}

/** Keys that hold back later events, and whether their first record is due for another try. */
export const parkedKeysSql = (groups: readonly string[]): Sql<ParkedHead> => sql`
  select distinct on (grp, topic, part, key) grp, topic, part, key, (dead_at is null and next_at <= clock_timestamp()) as due
    from bus.parked where grp = any (${groups}) and not (dead_at is not null and on_death = 'skip')
   order by grp, topic, part, key, off`
