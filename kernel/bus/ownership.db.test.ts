// Who reads a partition when things go wrong between taking it and giving it back: it is never nobody, and never for long.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Envelope } from '../pure/envelope.ts'
import { Unavailable } from '../pure/failure.ts'
import { Member } from './member.ts'
import { countIs, effects, eventually, number } from './testing/consumers.ts'
import { type Harness, newEvent, OTHER_TOPIC, openLogHarness, TOPIC } from './testing/harness.ts'

const KEYS = 48
const COUNT = `select count(*) from public.effects where grp = 'g'`
const OWNERS = `select count(distinct owner) from bus.cursors where grp = 'g'`

const oneOfEachKey = (n: number, topic = TOPIC) =>
  Array.from({ length: KEYS }, (_, k) => newEvent(`k${k}`, { n }, { topic }))

/** Every partition has somebody who reads it. */
async function assertAllRead(h: Harness, n: number): Promise<void> {
  await h.publish(oneOfEachKey(n))
  await eventually(h.pool, COUNT, countIs(KEYS))
}

test('log – a member joins while another reads through what it does not want – all partitions are read by somebody', async (t) => {
  const h = await openLogHarness(t)
  const wanted = { group: 'g', when: (event: Parameters<typeof number>[0]) => number(event) > 0 }
  const history = () => Array.from({ length: 40 }, () => oneOfEachKey(0)).flat()
  for (let n = 0; n < 15; n++) await h.publish(history())
  const a = await h.member('a')
  const b = await h.member('b')
  await a.transport.subscribe(effects({ ...wanted, pool: a.pool }))
  await b.transport.subscribe(effects({ ...wanted, pool: b.pool }))
  await eventually(h.pool, OWNERS, countIs(2))
  await assertAllRead(h, 1)
})

test('log – the answer to a claim is lost with its connection – the partitions are claimed again', async (t) => {
  const h = await openLogHarness(t)
  let isLost = false
  const { balance } = Member.prototype
  t.mock.method(Member.prototype, 'balance', async function (this: Member) {
    const claims = await balance.call(this)
    if (isLost || claims.every(({ part }) => part === null)) return claims
    isLost = true
    throw new Error('Connection terminated unexpectedly')
  })
  const m = await h.member('a')
  // It rejects where its own claim was the lost one, and not where a tick's was.
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool })).catch(() => undefined)
  await assertAllRead(h, 1)
  assert.ok(isLost)
})

test('log – one event is unavailable – the partitions that shared its transaction go on', async (t) => {
  const h = await openLogHarness(t)
  const m = await h.member('a')
  let isDown = true
  const before = ({ key }: { key: string }) => {
    if (isDown && key === 'k0') throw new Unavailable('down')
    return []
  }
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
  await h.publish(oneOfEachKey(1))
  const part = h.writer.partOf(newEvent('k0', {}))
  const beside = oneOfEachKey(1).filter((event) => h.writer.partOf(event) !== part).length
  await eventually(h.pool, `${COUNT} and key <> 'k0'`, (rows: { count: bigint }[]) => {
    return Number(rows[0]?.count) >= beside
  })
  isDown = false
  await eventually(h.pool, COUNT, countIs(KEYS))
})

test('log – a parked event whose handler is gone – a dead letter that says so', async (t) => {
  const h = await openLogHarness(t)
  const first = await h.member('a')
  const fails = (_: Envelope, attempt: number) => {
    if (attempt === 1) throw new Error('not yet')
    // Spends no try: however long it is until the handler goes, the event is not dead before.
    throw new Unavailable('down')
  }
  await first.transport.subscribe(effects({ group: 'g', pool: first.pool, before: fails }))
  await h.publish([newEvent('k', { n: 1 })])
  await eventually(h.pool, `select count(*) from bus.parked`, countIs(1))
  await first.transport.stop()
  const next = await h.member('b')
  await next.transport.subscribe({
    ...effects({ group: 'g', pool: next.pool }),
    handlers: new Map(),
  })
  await eventually(h.pool, `select count(*) from bus.parked where dead_at is not null`, countIs(1))
  const { rows } = await h.pool.query('select error_code from bus.parked')
  assert.deepEqual(rows, [{ error_code: 'bus.no_handler' }])
})

/** What another release of the service has left behind, or is about to read: the group's cursors of the other topic. */
async function otherCursors(h: Harness): Promise<void> {
  await h.pool.query(
    `insert into bus.cursors (grp, topic, part) select 'g', $1, p from generate_series(0, 15) p`,
    [h.writer.topic(OTHER_TOPIC).id],
  )
}

test('log – a group has cursors of a topic that it no longer reads – it goes on with the others', async (t) => {
  const h = await openLogHarness(t)
  await otherCursors(h)
  const m = await h.member('a')
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
  await assertAllRead(h, 1)
})

test('log – a partition was claimed that is not read here – given back, the others go on', async (t) => {
  const h = await openLogHarness(t)
  const m = await h.member('a')
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
  await otherCursors(h)
  await h.pool.query('update bus.member_groups set topics = null')
  await eventually(
    h.pool,
    `select count(*) from bus.cursors where epoch > 0 and topic = ${h.writer.topic(OTHER_TOPIC).id}`,
    countIs(16),
  )
  await assertAllRead(h, 1)
})

test('log – of two releases only the new one hears a topic, which other groups read in both – it handles all of it', async (t) => {
  const h = await openLogHarness(t)
  await otherCursors(h)
  const old = await h.member('old')
  const { pool } = old
  const other = { ...effects({ group: 'other', pool }), topics: [OTHER_TOPIC] }
  await old.transport.subscribe(other)
  // The old release does not know the type: it would pass over it.
  await old.transport.subscribe(effects({ group: 'g', pool }))
  await h.publish([...oneOfEachKey(1), ...oneOfEachKey(2, OTHER_TOPIC)])
  await eventually(h.pool, `select count(*) from public.effects`, countIs(2 * KEYS))
  const { id } = h.writer.topic(OTHER_TOPIC)
  const { rows } = await h.pool.query(
    `select sum(cursor)::int as cursor, sum(epoch)::int as epoch from bus.cursors where grp = 'g' and topic = $1`,
    [id],
  )
  assert.deepEqual(rows, [{ cursor: 0, epoch: 0 }], 'none was ever claimed')

  const next = await h.member('new')
  const both = { ...effects({ group: 'g', pool: next.pool }), topics: [TOPIC, OTHER_TOPIC] }
  await next.transport.subscribe(both)
  await eventually(h.pool, COUNT, countIs(2 * KEYS))
  await h.publish([...oneOfEachKey(3), ...oneOfEachKey(4, OTHER_TOPIC)])
  await eventually(h.pool, COUNT, countIs(4 * KEYS))
  // What both read is shared; nobody reads all of one topic because he has his share with the other.
  await eventually(
    h.pool,
    `select count(*) from (select owner from bus.cursors where grp = 'g' and topic <> ${id} group by owner having count(*) = 8) x`,
    countIs(2),
  )
})
