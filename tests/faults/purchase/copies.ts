// Copies of events, as a publisher that lost its answer, a replaying operator or a careless transport would make them; and a
// member of the bus that takes partitions and sleeps, so that what others wait for comes later than anybody expects.

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Member } from '@rialto/kernel/bus/member.ts'
import type { Chance } from '../log/random.ts'
import { type Pool, until } from './shop.ts'

export interface LogRow {
  readonly event_id: string
  readonly fields: Record<string, unknown>
}

const ROWS = `
  select distinct on (event_id) event_id, jsonb_build_object('t', topic, 'p', part, 'i', event_id, 'k', key, 'y', type,
    'v', version, 's', source, 'o', occurred_at, 'h', headers, 'd', data) as fields
    from bus.log`

/** Events of which the log has no copy yet. */
export async function uncopied(pool: Pool): Promise<LogRow[]> {
  const { rows } = await pool.query(
    `${ROWS} where event_id in (select event_id from bus.log group by event_id having count(*) = 1)`,
  )
  return rows as LogRow[]
}

/** The events of the business, as they were published. */
export async function businessEvents(pool: Pool): Promise<LogRow[]> {
  const { rows } = await pool.query(`${ROWS} where source <> 'observer'`)
  return rows as LogRow[]
}

export function shuffled<T>(all: readonly T[], chance: Chance): T[] {
  const rest = [...all]
  const out: T[] = []
  while (rest.length > 0) out.push(...rest.splice(chance.below(rest.length), 1))
  return out
}

/** Appends the events again, in this order; as events of their own when `isNews`. */
export async function append(pool: Pool, rows: readonly LogRow[], isNews: boolean): Promise<void> {
  const copy = ({ fields }: LogRow): object => {
    const headers = { ...(fields.h as object), copy: true }
    return isNews ? { ...fields, i: randomUUID(), h: headers } : { ...fields, h: headers }
  }
  if (rows.length > 0)
    await pool.query('select bus.append($1::jsonb)', [JSON.stringify(rows.map(copy))])
}

/** Appends a copy of every event while others write, until told to stop; then the last ones. */
export async function double(pool: Pool, chance: Chance, stopped: () => boolean): Promise<number> {
  let made = 0
  for (let isLast = false; !isLast; ) {
    isLast = stopped()
    const rows = await uncopied(pool)
    const now = isLast ? rows : rows.filter(() => chance.happens(0.6))
    await append(pool, shuffled(now, chance), false)
    made += now.length
    await pause(40)
  }
  return made
}

interface Bus {
  readonly pool: Pool
  readonly url: string
}

/** Joins the bus, takes some partitions, does nothing with them, and leaves. Answers how many. */
async function nap({ pool, url }: Bus, chance: Chance): Promise<number> {
  const { rows } = await pool.query('select grp, topic, part from bus.cursors')
  const { rows: topics } = await pool.query('select id, partitions from bus.topics')
  const some = rows.filter(() => chance.happens(0.5))
  const member = await Member.join({ url, instance: 'sleeper' })
  for (const group of new Set(some.map((row) => row.grp))) {
    const read = new Set(rows.filter(({ grp }) => grp === group).map(({ topic }) => topic))
    await member.enter(
      group,
      topics.filter(({ id }) => read.has(id)),
    )
  }
  // One row a statement: two statements that lock several cursors each, in different orders, can wait for each other.
  for (const { grp, topic, part } of some)
    await pool.query(
      'update bus.cursors set owner = $1, epoch = epoch + 1 where grp = $2 and topic = $3 and part = $4',
      [member.id, grp, topic, part],
    )
  await pause(200 + chance.below(600))
  for (const { grp, topic, part } of some)
    await pool.query(
      'update bus.cursors set owner = null where owner = $1 and grp = $2 and topic = $3 and part = $4',
      [member.id, grp, topic, part],
    )
  await member.leave()
  return some.length
}

/** Naps again and again; between two of them the platform gets everything back. Answers how often a partition was taken. */
export async function oversleep(bus: Bus, chance: Chance, stopped: () => boolean): Promise<number> {
  let taken = 0
  while (!stopped()) {
    taken += await nap(bus, chance)
    await until('the platform reads everything again', async () => {
      const { rows } = await bus.pool.query(
        'select count(*)::int as free from bus.cursors where owner is null',
      )
      return rows[0].free === 0
    })
  }
  return taken
}
