// SQL of the Kafka transport, one function a statement. Ownership is a row of bus.cursors as in the log transport: whoever
// raises the epoch is the owner, and what its predecessor still tries to commit is rolled back.

import { type Sql, sql } from '../../db/sql.ts'
import type { RecordRow } from '../record.ts'

export interface Claim {
  readonly topic: number
  readonly part: number
  readonly cursor: bigint
  readonly epoch: bigint
  readonly attempt_to: bigint
  /** It was not given back: who had it is gone, or too slow. */
  readonly orphaned: boolean
  readonly log: string | null
  readonly kafka_off: bigint | null
}

export interface Wanted {
  readonly group: string
  readonly member: number
  readonly places: readonly { readonly topic: number; readonly part: number }[]
}

/** Rows for the partitions of a topic, unless they exist. */
export const enterSql = (group: string, topic: number, partitions: number): Sql => sql`
  insert into bus.cursors (grp, topic, part)
  select ${group}, ${topic}::smallint, g from generate_series(0, ${partitions}::int - 1) g on conflict do nothing`

/** Takes the partitions that nobody holds, or whose holder is dead; with `force` those of the living as well. */
export const claimSql = (
  { group, member, places }: Wanted,
  force: boolean,
): Sql<Claim> => sql<Claim>`
  update bus.cursors c set owner = ${member}, epoch = epoch + 1
    from (select f.topic, f.part, f.owner is distinct from ${member} and f.owner is not null as orphaned
            from bus.cursors f
            join unnest(${places.map((p) => p.topic)}::smallint[], ${places.map((p) => p.part)}::smallint[]) x(topic, part)
              on f.topic = x.topic and f.part = x.part
           where f.grp = ${group} and (${force} or f.owner is null or f.owner = ${member} or not bus.is_alive(f.owner))
             for update of f) f
   where c.grp = ${group} and c.topic = f.topic and c.part = f.part
  returning c.topic, c.part, c.cursor, c.epoch, c.attempt_to, f.orphaned, c.log, c.kafka_off`

/** Goes on at the same place of Kafka's partition, but counts in another log's offsets. */
export const changeLogSql = (
  at: { group: string; topic: number; part: number; epoch: bigint },
  next: { log: string; from: bigint },
): Sql => sql`
  update bus.cursors set log = ${next.log}::uuid, kafka_off = ${next.from}, cursor = 0, attempt_to = 0, crash_off = null, owner = null, epoch = epoch + 1
   where grp = ${at.group} and topic = ${at.topic}::smallint and part = ${at.part}::smallint and epoch = ${at.epoch}`

export interface Owned {
  readonly grp: string
  readonly topic: number
  readonly part: number
  readonly epoch: bigint
}

/** The epochs of these groups as they are now. */
export const epochsSql = (groups: readonly string[]): Sql<Owned> => sql`
  select grp, topic, part, epoch from bus.cursors where grp = any (${groups})`

/** Notes how far each partition is done in Kafka. */
export const progressSql = (
  group: string,
  done: readonly { topic: number; part: number; epoch: bigint; at: bigint }[],
): Sql => sql`
  update bus.cursors c set kafka_off = x.at
    from unnest(${done.map((d) => d.topic)}::smallint[], ${done.map((d) => d.part)}::smallint[],
           ${done.map((d) => d.epoch)}::bigint[], ${done.map((d) => d.at)}::bigint[]) x(topic, part, epoch, at)
   where c.grp = ${group} and c.topic = x.topic and c.part = x.part and c.epoch = x.epoch`

export interface DeadRow extends RecordRow {
  readonly grp: string
  readonly name: string
  readonly attempts: number
  readonly error_code: string | null
  readonly error: string | null
  /** As text, exact: by it the row is found again. */
  readonly died: string
}

/** Dead letters of these groups that the topic for them does not have yet. */
export const unmirroredSql = (groups: readonly string[]): Sql<DeadRow> => sql`
  select l.grp, t.name, l.topic, l.part, l.off, l.event_id, l.key, l.type, l.version, l.source, l.occurred_at, l.headers, l.data,
         l.attempts, l.error_code, l.error, l.dead_at::text as died
    from bus.parked l join bus.topics t on t.id = l.topic
   where l.grp = any (${groups}) and l.dead_at is not null and l.mirrored_at is distinct from l.dead_at
   order by l.dead_at limit 100`

export const mirroredSql = (rows: readonly DeadRow[]): Sql => sql`
  update bus.parked p set mirrored_at = x.died
    from unnest(${rows.map((r) => r.grp)}::text[], ${rows.map((r) => r.topic)}::smallint[], ${rows.map((r) => r.part)}::smallint[],
           ${rows.map((r) => r.off)}::bigint[], ${rows.map((r) => r.died)}::timestamptz[]) x(grp, topic, part, off, died)
   where p.grp = x.grp and p.topic = x.topic and p.part = x.part and p.off = x.off and p.dead_at = x.died`
