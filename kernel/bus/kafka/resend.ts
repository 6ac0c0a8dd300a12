// After a restore. Kafka still has what was relayed after the backup was made: events that now never happened, in places that the
// restored log will give to others. So the platform goes on with new topics (another KAFKA_PREFIX), and here it is prepared for
// them: nobody goes on where he stood in the old ones, and everything that some group has not handled yet is relayed again.
// What a group has handled it passes over, by its cursor in the log's offsets. Run while no process is up; again does no harm.

import type pg from 'pg'
import { sql } from '../../db/sql.ts'
import { inTransaction } from '../../db/transaction.ts'

export interface Resent {
  /** Events that the relays will send again. */
  readonly events: number
  /** Dead letters that will be copied to the new topics for them. */
  readonly dead: number
}

const someoneAlive = () => sql<{ alive: boolean }>`
  select exists (select from bus.cursors where owner is not null and bus.is_alive(owner)) as alive`

/** No place in Kafka is known any more. */
const forgetPlaces = () => sql`
  update bus.cursors set kafka_off = null, owner = null, epoch = epoch + 1
   where log is null or log = (select log from bus.identity)`

/** Each relay goes back to where the slowest group of its partition stands. */
const rewindRelays = () => sql<{ events: bigint }>`
  with slowest as (
    select topic, part, min(cursor) as cursor from bus.cursors where grp not like 'relay.%' group by topic, part),
  moved as (
    update bus.cursors r set cursor = s.cursor, attempt_to = 0, crash_off = null
      from slowest s where r.grp like 'relay.%' and r.topic = s.topic and r.part = s.part and r.cursor > s.cursor
    returning r.topic, r.part, r.cursor)
  select count(*) as events from bus.log l
    join (select * from bus.cursors where grp like 'relay.%') r using (topic, part)
    left join moved m using (topic, part)
   where l.off > coalesce(m.cursor, r.cursor)`

const forgetMirrors = () => sql`
  update bus.parked set mirrored_at = null where dead_at is not null and mirrored_at is not null`

/** Prepares the log for new topics. Undefined, with nothing changed, while a member lives. */
export function resend(pool: pg.Pool): Promise<Resent | undefined> {
  return inTransaction(pool, async (tx) => {
    const { alive } = await tx.one(someoneAlive())
    if (alive) return undefined
    await tx.run(forgetPlaces())
    const { events } = await tx.one(rewindRelays())
    return { events: Number(events), dead: await tx.run(forgetMirrors()) }
  })
}
