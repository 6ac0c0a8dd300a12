// When a segment of the log is dropped: nobody needs it any more, its retention is over, and appends do not notice.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../host/clock.ts'
import { SEGMENT_OFFSETS } from './log.ts'
import { droppedTo, replayGroup } from './replay.ts'
import { countIs, effects, eventually } from './testing/consumers.ts'
import { type Harness, newEvent, openLogHarness } from './testing/harness.ts'

/** The second by name is TOPIC: topics are made in the order of their names. */
const KEYS = 16
const COUNT = `select count(*) from public.effects where grp = 'g'`
const GONE = `select 1 where to_regclass('bus.log_2_0') is null`
const isThere = (rows: unknown[]): boolean => rows.length > 0

const some = (n: number) => Array.from({ length: KEYS }, (_, k) => newEvent(`k${k}`, { n }))

/** Events on both sides of the first boundary, those before it as old as that. The second eight of them lie at its very end. */
async function twoSegments(h: Harness, age: string): Promise<void> {
  await h.publish(some(0))
  await h.pool.query(`select setval('bus.off_2', ${SEGMENT_OFFSETS - KEYS / 2})`)
  await h.publish(some(1))
  await h.pool.query('update bus.log_2_0 set appended_at = clock_timestamp() - $1::interval', [age])
}

const drop = async (h: Harness): Promise<string | null> =>
  (await h.pool.query('select bus.drop_segment(2::smallint) as dropped')).rows[0].dropped

const handled = (h: Harness, group = 'g') =>
  h.pool.query(
    `insert into bus.cursors (grp, topic, part, cursor)
     select $1, 2, p, coalesce((select max(off) from bus.log l where l.topic = 2 and l.part = p), 0) from generate_series(0, 15) p
     on conflict (grp, topic, part) do update set cursor = excluded.cursor`,
    [group],
  )

test('segments – handled by all and beyond its retention – dropped while the platform runs; what follows is handled', async (t) => {
  const h = await openLogHarness(t)
  const a = await h.member('a')
  await a.transport.subscribe(effects({ group: 'g', pool: a.pool }))
  await twoSegments(h, '91 days')
  await eventually(h.pool, COUNT, countIs(2 * KEYS))
  await eventually(h.pool, GONE, isThere)
  await h.publish(some(2))
  await eventually(h.pool, COUNT, countIs(3 * KEYS))

  // Who comes later, and who reads all again, begins with what is there.
  const b = await h.member('b')
  await b.transport.subscribe(effects({ group: 'late', pool: b.pool }))
  await eventually(
    h.pool,
    `select count(*) from public.effects where grp = 'late' and n = 2`,
    countIs(KEYS),
  )
  const days = (systemClock.now() - ((await droppedTo(h.pool, 'g')) ?? 0)) / 86_400_000
  assert.ok(days > 90.9 && days < 91.1, `dropped to ${days} days ago`)
  await h.pool.query(
    `insert into bus.parked (grp, topic, part, off, event_id, key, type, version, source, occurred_at, headers, data, attempts,
       on_death, dead_at)
     select 'g', 2, part, off + o, gen_random_uuid(), 'parked ' || o, type, version, source, occurred_at, headers, data, 4, 'block', now()
       from (select * from bus.log where topic = 2 order by off limit 1) l, unnest(array[-1000, 0]) o`,
  )
  await replayGroup(h.pool, 'g')
  const parked = await h.pool.query('select key from bus.parked')
  assert.deepEqual(parked.rows, [{ key: 'parked -1000' }], 'what the log has no more')
  await eventually(
    h.pool,
    `select count(*) from public.effects where grp = 'g' and n = 2`,
    countIs(2 * KEYS),
  )
})

test('segments – young, the newest with events, or needed by one group – stays', async (t) => {
  const h = await openLogHarness(t)
  await h.publish(some(0))
  await handled(h)
  await h.pool.query(`update bus.log_2_0 set appended_at = clock_timestamp() - interval '91 days'`)
  assert.equal(await drop(h), null, 'the live one')
  await h.pool.query(`select setval('bus.off_2', ${SEGMENT_OFFSETS})`)
  assert.equal(await drop(h), null, 'left, but nothing came after it')

  await h.publish(some(1))
  await handled(h)
  await h.pool.query(`update bus.log_2_0 set appended_at = clock_timestamp() - interval '89 days'`)
  assert.equal(await drop(h), null, 'young')
  await h.pool.query(`update bus.log_2_0 set appended_at = clock_timestamp() - interval '91 days'`)
  await handled(h, 'relay.things')
  await h.pool.query(
    `update bus.cursors c set cursor = o.off - 1 from (select part, max(off) as off from bus.log_2_0 group by 1) o
      where c.grp = 'relay.things' and c.part = o.part`,
  )
  assert.equal(await drop(h), null, 'one relay has it before it')
  await handled(h, 'relay.things')
  await h.pool.query(`update bus.cursors set log = gen_random_uuid() where grp = 'relay.things'`)
  assert.equal(await drop(h), null, 'one counts in another log')
  await h.pool.query(`update bus.cursors set log = null`)
  assert.equal(await droppedTo(h.pool, 'g'), undefined)
  assert.equal(await drop(h), 'log_2_0')
  assert.equal(await drop(h), null, 'the live one')
})

test('segments – an append that is long in committing – keeps it, and holds up no other append', async (t) => {
  const h = await openLogHarness(t)
  const { publish, pool, writer } = h
  await publish(some(0))
  await pool.query(`update bus.log_2_0 set appended_at = clock_timestamp() - interval '91 days'`)
  const early = newEvent('k', { n: 1 })
  const others = some(1).filter((event) => writer.partOf(event) !== writer.partOf(early))
  const slow = await pool.connect()
  await slow.query('begin')
  for (const { text, values } of writer.append([early])) await slow.query(text, [...values])
  await pool.query(`select setval('bus.off_2', ${SEGMENT_OFFSETS})`)
  await publish(others)
  await handled(h)
  const dropping = drop(h)
  await publish(others.map(({ key }) => newEvent(key, { n: 2 })))
  assert.equal(await dropping, null)
  await slow.query('commit')
  slow.release()
  await handled(h)
  assert.equal(await drop(h), null, 'what was committed meanwhile is young')
})

test('segments – a dump reads the topic for an hour – nobody waits for it, so that no append waits either', async (t) => {
  const h = await openLogHarness(t)
  await twoSegments(h, '91 days')
  await handled(h)
  for (const table of ['bus.log_2', 'bus.log_2_0']) {
    const dump = await h.pool.connect()
    await dump.query('begin')
    await dump.query(`lock table only ${table} in access share mode`)
    const tookMs: number[] = []
    for (let n = 0; n < 10; n++) {
      const since = performance.now()
      assert.equal(await drop(h), null, table)
      tookMs.push(performance.now() - since)
    }
    // One that waits does so each time; a busy machine delays some.
    assert.ok(Math.min(...tookMs) < 50, `${table}: ${tookMs}`)
    await dump.query('rollback')
    dump.release()
  }
  assert.equal(await drop(h), 'log_2_0')
})
