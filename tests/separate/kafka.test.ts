// The platform apart and on Kafka: what must not be felt by those who buy, neither a restart of its processes nor the loss of all
// brokers. Requests commit to the log alone; what follows them waits in it.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { kafkaJars } from '@rialto/kernel/testing/kafka.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { judgeAtRest } from '../faults/purchase/judge/judge.ts'
import { until } from '../faults/purchase/shop.ts'
import { atPace } from './load.ts'
import { rollingRestart } from './rolling.ts'
import { full, openSeparate, type Separate } from './surroundings.ts'

const ORDERS_PER_SECOND = 20
/** A machine of two cores does no more than a few whole purchases a second in so many processes. */
const PAID_EVERY = full ? 10 : 20
const AWAY_MS = full ? 60_000 : 5_000
const BEFORE_MS = 2_000
const LOOK_EVERY_MS = 200
/** A machine that others use as well is slow, not wrong. */
const DRAIN_TIMEOUT_MS = 300_000

/** Deliveries that groups still owe, and owners of what they read; a relay owes what no broker has yet. */
const OPEN = `
  select c.grp, count(*)::int as open, count(distinct c.owner)::int as owners
    from bus.cursors c join bus.log l on l.topic = c.topic and l.part = c.part and l.off > c.cursor group by 1`

const RELAYS = /^relay\./

interface Open {
  readonly grp: string
  readonly open: number
}

describe('separate processes on Kafka', { timeout: 600_000 }, () => {
  const cleanups: (() => Promise<void> | void)[] = []
  let separate: Separate
  before(async () => {
    if (kafkaJars() === undefined) return
    const scene = { after: (cleanup: unknown) => void cleanups.push(cleanup as () => void) }
    separate = await openSeparate(scene, 'kafka')
  })
  after(async () => {
    for (const cleanup of cleanups) await cleanup()
  })
  const open = async (): Promise<Open[]> => (await separate.shop.pool.query(OPEN)).rows
  /** Resolves when nothing is owed any more by these groups. */
  const drained = async (groups = /./): Promise<void> => {
    const isDone = async (): Promise<boolean> => {
      await pause(LOOK_EVERY_MS)
      return (await open()).every(({ grp }) => !groups.test(grp))
    }
    await until('all is delivered', isDone, DRAIN_TIMEOUT_MS).catch(async (cause: unknown) => {
      throw new Error(`${JSON.stringify(await open())}\n${separate.fleet.words}`, { cause })
    })
  }

  test('rolling restart – orders and payments, twice each, under load – no request fails', async (t) => {
    if (needs(t, 'kafka') === undefined) return
    const load = await rollingRestart(separate)
    t.diagnostic(`${load.requests} requests, ${load.bought} bought, 4 restarts`)
    assert.deepEqual(load.failures, [])
    assert.ok(load.bought > 0)
  })

  test('all brokers lost – orders go on at 20 a second – no request fails, the backlog drains in order', async (t) => {
    if (needs(t, 'kafka') === undefined) return
    const { shop, broker, fleet } = separate
    await drained()
    const away = { placed: 0, waiting: 0, relayedMs: 0, drainedMs: 0 }
    const load = await atPace(
      separate,
      { ordersPerSecond: ORDERS_PER_SECOND, paidEvery: PAID_EVERY },
      async ({ placed }) => {
        await pause(BEFORE_MS)
        await broker?.killHard()
        const ordersBefore = placed.length
        await pause(AWAY_MS)
        away.placed = placed.length - ordersBefore
        for (const { grp, open: count } of await open()) if (RELAYS.test(grp)) away.waiting += count
        await broker?.restart()
      },
    )
    const since = performance.now()
    await drained(RELAYS)
    away.relayedMs = Math.round(performance.now() - since)
    await drained()
    away.drainedMs = Math.round(performance.now() - since)
    t.diagnostic(`${load.requests} requests, ${load.bought} paid, ${JSON.stringify(away)}`)
    if (load.failures.length > 0) t.diagnostic(fleet.words)
    assert.deepEqual(load.failures, [])
    assert.ok(away.placed > 0, 'ordered while they were away')
    assert.ok(away.waiting >= away.placed, 'nothing got out')
    const { placed } = load
    const { violations, dead } = await judgeAtRest({ shop, placed })
    assert.deepEqual([violations, dead], [[], 0])
  })

  test('the end – all processes leave in order', async (t) => {
    if (needs(t, 'kafka') === undefined) return
    await separate.fleet.stop()
  })
})
