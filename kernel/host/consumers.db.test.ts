import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { countIs, eventually } from '../bus/testing/consumers.ts'
import { type Harness, newEvent, openLogHarness, TOPIC } from '../bus/testing/harness.ts'
import { sql } from '../db/sql.ts'
import { silentLog } from '../observability/log.ts'
import { event } from '../pure/contract.ts'
import { on, type Service } from '../service/service.ts'
import { testClock } from '../testing/clock.ts'
import { testIds } from '../testing/ids.ts'
import { consumersOf } from './consumers.ts'

/** A release of a service that hears the event up to this version. */
function release(version: number): Service {
  const definition = event({
    type: 'thing.happened',
    source: 'tests',
    topic: TOPIC,
    key: 'key',
    version,
    summary: 'Something happened.',
    data: Type.Object({ n: Type.Integer() }),
  })
  const handler = on(definition, {
    act: async ({ event: { id, key, data }, tx }) =>
      tx.write(sql`insert into public.effects (grp, key, n, event_id)
        values ('g', ${key}, ${data.n}, ${id}::uuid)`),
  })
  return { name: 'g', participant: 'G', handlers: [handler] } as unknown as Service
}

async function join(h: Harness, version: number) {
  const env = {
    ...{ clock: testClock(), ids: testIds(), log: silentLog },
    recorder: { record: () => undefined },
  }
  const { transport, pool } = await h.member(`v${version}`)
  const deps = { env, pool, parts: {}, clients: () => ({}), topics: [TOPIC] }
  for (const consumer of consumersOf(release(version), deps)) await transport.subscribe(consumer)
  return transport
}

test('consumers – an event of a newer version comes before the process that reads it – waits for that one, others of its partition go on', async (t) => {
  const h = await openLogHarness(t)
  const old = await join(h, 1)
  await h.publish([
    newEvent('k', { n: 1 }, { version: 2 }),
    newEvent('k', { n: 2 }),
    newEvent('other', { n: 3 }),
  ])
  await eventually(h.pool, 'select count(*) from public.effects', countIs(1))
  await eventually(h.pool, 'select count(*) from bus.parked', countIs(2))
  const { rows } = await h.pool.query(
    `select error_code, dead_at, next_at - last_failed_at > interval '1 min' as waits from bus.parked order by off limit 1`,
  )
  assert.deepEqual(rows, [{ error_code: 'bus.newer_event', dead_at: null, waits: true }])
  await old.stop()
  await h.pool.query('update bus.parked set next_at = clock_timestamp()')
  await join(h, 2)
  await eventually(h.pool, 'select count(*) from public.effects', countIs(3))
  await eventually(h.pool, 'select count(*) from bus.parked', countIs(0))
})
