// Ticks when something is amiss: a tick that does not end, and a clock that was wrong for a while.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { silentLog } from '../observability/log.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { Ticks } from './ticks.ts'

const NAME = 'test.sweep'

function ticksOf(t: TestContext, db: TestDatabase, instance: string) {
  const said: string[] = []
  const log = { ...silentLog, error: (_: object, message: string) => said.push(message) }
  const ticks = new Ticks({
    execute: (text, values) => db.pool.query(text, [...values]),
    ...{ instance, log, renewedMs: 1_500 },
  })
  t.after(() => ticks.stop())
  return { ticks, said }
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 15_000; !holds(); await pause(20))
    assert.ok(performance.now() < end, 'not reached')
}

test('ticks – one that does not end – is said, and another process begins the next', async (t) => {
  const db = await testDatabase(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  const [hung, other] = [ticksOf(t, db, 'hung'), ticksOf(t, db, 'other')]
  let begun = 0
  let ran = 0
  await hung.ticks.add(NAME, 1, () => {
    begun += 1
    return promise
  })
  await until(() => begun === 1)
  const since = performance.now()
  await other.ticks.add(NAME, 1, async () => {
    ran += 1
  })
  await until(() => ran > 1)
  assert.ok(performance.now() - since > 1_500, 'was waited for')
  assert.deepEqual([begun, hung.said.length], [1, 1])
  assert.match(hung.said[0] ?? '', /does not end/)
  resolve()
})

test('ticks – the database’s clock was a day ahead and was corrected – the next tick is begun', async (t) => {
  const db = await testDatabase(t)
  const { ticks } = ticksOf(t, db, 'now')
  await db.pool.query(
    `insert into kernel.ticks (name, every_seconds, tick_at, owner, lease_until)
     values ($1, 1, date_trunc('second', clock_timestamp()) + interval '1 day', 'gone', clock_timestamp() + interval '1 day')`,
    [NAME],
  )
  let ran = 0
  await ticks.add(NAME, 1, async () => {
    ran += 1
  })
  await until(() => ran > 1)
})
