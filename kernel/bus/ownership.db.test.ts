// Who reads a partition when things go wrong between taking it and giving it back: it is never nobody, and never for long.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Envelope } from '../pure/envelope.ts'
import { Unavailable } from '../pure/failure.ts'
import { Member } from './member.ts'
import { countIs, effects, eventually, number } from './testing/consumers.ts'
import { type Harness, newEvent, openLogHarness } from './testing/harness.ts'

const KEYS = 48
const COUNT = `select count(*) from public.effects where grp = 'g'`
const OWNERS = `select count(distinct owner) from bus.cursors where grp = 'g'`

const oneOfEachKey = (n: number) => Array.from({ length: KEYS }, (_, k) => newEvent(`k${k}`, { n }))

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
