// Jobs that wait and jobs that are dead, for metrics. The queues' own counts are read, which the job machinery keeps by itself every
// second: counting the rows would be load on tables that are in trouble just when they are long. Reads only.

import type pg from 'pg'
import { openQuery } from '../db/query.ts'
import { sql } from '../db/sql.ts'

interface Queue {
  readonly job: string
  readonly waiting: number
}

export interface Backlog {
  readonly queues: readonly Queue[]
  readonly dead: number
}

const DEAD = 'dead'

export async function jobBacklog(pool: pg.Pool): Promise<Backlog> {
  const rows = await openQuery<Queue>(
    pool,
    sql`select name as job, ready_count::int as waiting from pgboss.queue where name !~ '^__'`,
  )
  return {
    queues: rows.filter(({ job }) => job !== DEAD),
    dead: rows.find(({ job }) => job === DEAD)?.waiting ?? 0,
  }
}
