import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setInterval } from 'node:timers/promises'
import { needs } from '../../testing/real.ts'
import { countIs, DOUBLES, effects, eventually, INVERSIONS } from '../testing/consumers.ts'
import { newEvent } from '../testing/harness.ts'
import { openKafkaHarness } from '../testing/kafka.ts'

const COUNT = 'select count(*) from public.effects'
const OUTAGES = process.env.PROOF === 'full' ? 5 : 2
const ROUND = 20

test('kafka – brokers killed and started again under load – no append fails, the backlog drains in order', async (t) => {
  if (needs(t, 'kafka') === undefined) return
  const h = await openKafkaHarness(t)
  const a = await h.member('a')
  const b = await h.member('b')
  await a.transport.subscribe(effects({ group: 'g', pool: a.pool }))
  await b.transport.subscribe(effects({ group: 'g', pool: b.pool }))
  let published = 0
  const publish = async (): Promise<void> => {
    await h.publish(
      Array.from({ length: ROUND }, (_, i) => newEvent(`k${i % 10}`, { n: published + i })),
    )
    published += ROUND
  }
  await publish()
  await eventually(h.pool, `${COUNT} where n = 0`, countIs(1), 60_000)
  for (let outage = 0; outage < OUTAGES; outage++) {
    let loaded = true
    const load = (async () => {
      for await (const _ of setInterval(20)) {
        if (!loaded) break
        await publish()
      }
    })()
    await h.broker.killHard()
    const before = published
    await h.broker.restart()
    loaded = false
    await load
    assert.ok(published > before, 'it was appended to while the brokers were away')
    await eventually(h.pool, COUNT, countIs(published), 120_000)
  }
  await eventually(h.pool, INVERSIONS, countIs(0))
  await eventually(h.pool, DOUBLES, countIs(0))
  assert.ok(h.troubles.length > 0, 'the outage was noticed')
})

test('kafka – a platform that starts while the brokers are away – takes part when they come', async (t) => {
  if (needs(t, 'kafka') === undefined) return
  const h = await openKafkaHarness(t)
  await h.broker.killHard()
  try {
    const m = await h.member('a')
    await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
    await h.publish([newEvent('k', { n: 1 }), newEvent('k', { n: 2 })])
    await eventually(h.pool, 'select 1', () => h.troubles.length > 0)
  } finally {
    await h.broker.restart()
  }
  await eventually(h.pool, COUNT, countIs(2), 60_000)
  await eventually(h.pool, INVERSIONS, countIs(0))
})
