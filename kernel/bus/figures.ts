// How far behind the groups are and what lies parked, for metrics. Counting stops at 10,000 a partition: beyond that it only
// matters that it is much, and an exact count would itself be load on a log that is in trouble.

import type pg from 'pg'
import { openQuery } from '../db/query.ts'
import { sql } from '../db/sql.ts'

export interface GroupLag {
  readonly grp: string
  readonly topic: string
  readonly events: bigint
  /** Age of the oldest event not passed, in seconds; 0 for none. */
  readonly seconds: number
}

export const groupLags = (pool: pg.Pool): Promise<GroupLag[]> =>
  openQuery<GroupLag>(
    pool,
    sql`
    select c.grp, t.name as topic, sum(x.n)::bigint as events,
           coalesce(extract(epoch from clock_timestamp() - min(x.oldest)), 0)::float8 as seconds
      from bus.cursors c join bus.topics t on t.id = c.topic
      cross join lateral (
        select count(*) as n, min(appended_at) as oldest
          from (select l.appended_at from bus.log l where l.topic = c.topic and l.part = c.part and l.off > c.cursor
                 order by l.off limit 10000) y) x
     group by 1, 2`,
  )

export interface ParkedFigures {
  readonly grp: string
  readonly topic: string
  readonly dead: bigint
  readonly keys: bigint
}

export const parkedFigures = (pool: pg.Pool): Promise<ParkedFigures[]> =>
  openQuery<ParkedFigures>(
    pool,
    sql`
    select p.grp, t.name as topic, count(*) filter (where p.dead_at is not null) as dead, count(distinct p.key) as keys
      from bus.parked p join bus.topics t on t.id = p.topic group by 1, 2`,
  )
