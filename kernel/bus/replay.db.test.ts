// What an operator does with the log at hand: a group reads all of it again, people look at its end.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPool } from '../db/pool.ts'
import { replayGroup } from './replay.ts'
import { countIs, effects, eventually } from './testing/consumers.ts'
import { newEvent, openLogHarness } from './testing/harness.ts'

test('replay – more was handled than can be forgotten in one statement’s time – all of it is handled again', async (t) => {
  const h = await openLogHarness(t)
  const m = await h.member('a')
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
  await h.publish(Array.from({ length: 100 }, (_, n) => newEvent(`k${n}`, { n })))
  await eventually(h.pool, `select count(*) from public.effects`, countIs(100))
  await h.pool.query(
    `insert into bus.inbox (consumer, event_id) select c, gen_random_uuid() from unnest(array['g', 'other']) c, generate_series(1, 2900)`,
  )
  // A millisecond a row at least: all of them take longer than a statement may, a portion takes a fortieth of it.
  await h.pool.query(
    `create function public.slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.001); return old; end $$;
     create trigger slowly before delete on bus.inbox for each row execute function public.slowly()`,
  )
  const pool = openPool({ url: h.url, applicationName: 'operator', statementTimeoutMs: 2_000 })
  t.after(() => pool.end())
  assert.equal(await replayGroup(pool, 'g', 50), 16)
  await eventually(h.pool, `select count(*) from public.effects`, countIs(200))
  const { rows } = await h.pool.query(
    `select consumer, count(*)::int as n from bus.inbox group by 1 order by 1`,
  )
  assert.deepEqual(rows, [
    { consumer: 'g', n: 100 },
    { consumer: 'other', n: 2900 },
  ])
})
