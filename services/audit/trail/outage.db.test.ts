// A MongoDB that is killed while events go on: the group waits without an attempt spent, and then has everything once, in order.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { listAuditEntries } from '@rialto/contracts/audit/http.ts'
import { replayGroup } from '@rialto/kernel/bus/replay.ts'
import { countIs, eventually } from '@rialto/kernel/bus/testing/consumers.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { startMongo } from '@rialto/kernel/testing/servers/mongo.ts'
import { type Audited, eventsOf, openAudit, operator } from './audit.fixture.ts'

const CATCH_UP_MS = 300_000
const START = Date.UTC(2026, 10, 21, 12)
const TIMES = process.env.PROOF === 'full' ? 300 : 60

const PARKED = `select count(*) from bus.parked where grp = 'audit'`
const TRIES = `select max(attempt)::int as most, count(*)::int as all from bus.inbox where consumer = 'audit'`

/** Its group has tried, and pauses because the store is away. */
async function assertPaused({ tries, db }: Audited): Promise<void> {
  const hasTried = () => tries.some((one) => one.outcome === 'unavailable')
  await eventually(db.pool, 'select 1', hasTried, CATCH_UP_MS)
}

/** What there is of each order is always its beginning: nothing overtook anything. */
function assertPrefixes(kept: readonly string[], orders: readonly Envelope[][]): void {
  const known = new Set(kept)
  for (const events of orders) {
    // Of one topic: order holds within a partition, not between topics.
    const own = events.filter((event) => event.topic === events[0]?.topic)
    const missing = own.findIndex((event) => !known.has(event.id))
    if (missing >= 0) assert.ok(own.slice(missing).every((event) => !known.has(event.id)))
  }
}

async function catchUp(a: Audited, orders: readonly Envelope[][]): Promise<void> {
  const wanted = orders.flat().map((event) => event.id)
  const until = performance.now() + CATCH_UP_MS
  // Whoever reads all of it again and again holds up the one who writes.
  for (let kept: string[] = []; kept.length < wanted.length; await pause(100)) {
    kept = (await a.entries()).map((one) => one.entry_id)
    assertPrefixes(kept, orders)
    assert.ok(performance.now() < until, `${kept.length} of ${wanted.length} entries`)
  }
  await a.handled()
  const kept = (await a.entries()).map((one) => one.entry_id)
  assert.deepEqual(kept.toSorted(), wanted.toSorted())
}

/** The driver has given up looking for a server, and whoever reads is told. */
async function assertAway(a: Audited): Promise<void> {
  const refused = await a.call(listAuditEntries, { caller: operator })
  assert.equal(`${refused.status} ${String(refused.body.code)}`, '503 audit.trail_unavailable')
  assert.equal(refused.headers['retry-after'], '5')
}

/** Who asked while it was coming up may be refused once more. */
async function assertBack(a: Audited): Promise<void> {
  const until = performance.now() + CATCH_UP_MS
  while ((await a.call(listAuditEntries, { caller: operator })).status !== 200)
    assert.ok(performance.now() < until, 'the trail stays away')
}

test('mongodb – killed while events go on, then back with its data – everything once, in order, no attempt spent', async (t) => {
  const home = needs(t, 'mongodb')
  if (home === undefined) return
  const server = await startMongo(home)
  t.after(() => server.stop())
  const a = await openAudit(t, { MONGODB_URL: server.url })
  const before = eventsOf(a.event, START)
  await a.publish(...before)
  await catchUp(a, [before])

  await server.killHard()
  const during = [1, 2, 3].map((n) => eventsOf(a.event, START + n * 1_000, TIMES))
  for (const events of during) await a.publish(...events)
  await assertPaused(a)
  await assertAway(a)
  await eventually(a.db.pool, PARKED, countIs(0))

  await server.restart()
  await assertBack(a)
  await catchUp(a, [before, ...during])
  await eventually(a.db.pool, PARKED, countIs(0))
  const { rows } = await a.db.pool.query(TRIES)
  assert.deepEqual(rows, [{ most: 1, all: 5 + 3 * 5 * TIMES }])

  // Its disk is lost as well: what the log has is made again.
  await server.killHard()
  await server.restart({ empty: true })
  assert.ok((await replayGroup(a.host.pool, 'audit')) > 0)
  await catchUp(a, [before, ...during])
})

test('mongodb – not there at the start – the service starts, and has everything when it comes', async (t) => {
  const home = needs(t, 'mongodb')
  if (home === undefined) return
  const server = await startMongo(home)
  t.after(() => server.stop())
  await server.killHard()
  const a = await openAudit(t, { MONGODB_URL: server.url })
  const events = eventsOf(a.event, START)
  await a.publish(...events)
  await assertPaused(a)
  await assertAway(a)
  await server.restart()
  await assertBack(a)
  await catchUp(a, [events])
})
