// Kill -9 at every failpoint while people buy. The platform dies again and again on the same database and each start is both the
// recovery from one kill and the victim of the next; what was half-done is carried from life to life until all is at rest.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { seeded } from '../log/random.ts'
import { Crowd } from './buyer.ts'
import { judgeAtRest } from './judge.ts'
import { drawKills, ELSEWHERE, type Kill, labelsInSource, PLACES, unproven } from './labels.ts'
import { openShop, type Shop, until } from './shop.ts'

const full = process.env.PROOF === 'full'
const seed = Number(process.env.SEED || randomInt(2 ** 31))
const ROUNDS = full ? 4 : 1
const DOUBLES = full ? 6 : 2
const LEASE_MS = 10_000
const TAKEOVER_MS_MAX = 2_000
const DEATH_TIMEOUT_MS = 30_000
/** Two purchases each, until the process is dead. */
const BUY_EVERY_MS = 250
const BUYS_AT_ONCE = 2
const BUYS_MAX = 16

interface Round {
  readonly shop: Shop
  readonly crowd: Crowd
  readonly buying: Promise<void>[]
  /** Milliseconds from a restart being ready to its owning every partition. */
  readonly takeovers: number[]
}

/** Everything that the dead one read belongs to the new one, long before a lease would have run out. */
async function takenOver({ shop, takeovers }: Round): Promise<void> {
  const since = performance.now()
  await until(
    'the leases of the dead are taken',
    async () => {
      const { rows } = await shop.pool.query(
        `select count(*)::int as others from bus.cursors
          where owner is distinct from (select max(id) from bus.members)`,
      )
      return rows[0].others === 0
    },
    LEASE_MS,
  )
  takeovers.push(performance.now() - since)
}

/** Starts the platform and lets it be killed there; people buy meanwhile and go on after. */
async function kill(round: Round, { label, nth }: Kill): Promise<void> {
  const { shop, crowd, buying } = round
  const place = PLACES[label]
  assert.ok(place !== undefined)
  const fault = `${label}:${nth}:kill${place.with === undefined ? '' : `,${place.with}`}`
  if (place.at === 'start') {
    const death = await shop.start({ fault })
    assert.equal(death?.signal, 'SIGKILL', `${fault} did not strike: ${death?.words}`)
    return
  }
  await shop.open()
  await takenOver(round)
  const { platform } = shop
  assert.ok(await platform.arm(fault))
  let dead = false
  const death = platform.death.then((d) => {
    dead = true
    return d
  })
  const limit = performance.now() + DEATH_TIMEOUT_MS
  void place.provoke?.(shop).catch(() => undefined)
  for (let begun = 0; !dead && performance.now() < limit; ) {
    for (let i = 0; i < BUYS_AT_ONCE && begun < BUYS_MAX; i++, begun++) {
      const one = crowd.buy()
      one.catch(() => undefined)
      buying.push(one)
    }
    await Promise.race([death, pause(BUY_EVERY_MS)])
  }
  if (!dead) platform.signal('SIGKILL')
  assert.ok(dead, `${fault} did not strike within ${DEATH_TIMEOUT_MS} ms`)
  const { signal, code, words } = await death
  assert.equal(signal, 'SIGKILL', `${fault}: ended with ${code}\n${words}`)
}

/** Everybody gets his game in the end. */
async function allServed({ buying }: Round): Promise<void> {
  const results = await Promise.allSettled(buying)
  const failed = results.flatMap((r) => (r.status === 'rejected' ? [String(r.reason)] : []))
  assert.deepEqual(failed, [])
}

/** The poison's dead letters are accounted for as such; everything else is handled. */
async function deathsNotOfPoison({ shop }: Round): Promise<unknown[]> {
  const { rows } = await shop.pool.query(
    `select grp, type, key, error from bus.parked where dead_at is not null and key not like 'poison %'`,
  )
  return rows
}

/** One shop from its first migration to rest: killed at every label in the order that this seed draws. */
async function live(t: TestContext, roundSeed: number): Promise<void> {
  const shop = await openShop(t)
  const round: Round = { shop, crowd: new Crowd(shop), buying: [], takeovers: [] }
  const { crowd, takeovers } = round
  const done: string[] = []
  for (const { again, ...one } of drawKills(seeded(roundSeed), DOUBLES)) {
    const at = performance.now()
    await kill(round, one)
    if (again !== undefined) {
      await shop.start({ fault: `${again}:kill` })
      await shop.cut()
    }
    done.push(`${one.label}:${one.nth} ${Math.round(performance.now() - at)} ms`)
  }
  await shop.open()
  await takenOver(round)
  await allServed(round)
  const again = await crowd.askAgain()
  const { violations, ...figures } = await judgeAtRest(crowd)
  const takeoverMs = Math.round(Math.max(...takeovers))
  t.diagnostic(done.join(', '))
  t.diagnostic(
    `seed=${roundSeed} kills=${shop.kills} starts=${shop.starts} bought=${crowd.bought.length} keys=${crowd.asked.length} ` +
      `takeover_ms_max=${takeoverMs} ${JSON.stringify(figures)} repeats=${JSON.stringify(Object.fromEntries(crowd.repeats))}`,
  )
  assert.deepEqual([...violations, ...again, ...(await deathsNotOfPoison(round))], [])
  assert.equal(crowd.bought.length, round.buying.length)
  assert.ok(takeoverMs < TAKEOVER_MS_MAX, 'a restart waited for a lease')
  await shop.stop()
}

describe('kill -9 at every failpoint', { timeout: full ? 1_500_000 : 290_000 }, () => {
  test('labels – those of the source – each has its place in the proof', () => {
    const placed = [...Object.keys(PLACES), ...Object.keys(ELSEWHERE)].sort()
    assert.deepEqual(placed, labelsInSource())
    assert.deepEqual(unproven(), [])
  })

  for (let i = 0; i < ROUNDS; i++)
    test(`purchases, round ${i + 1} – the platform killed at each label, and some restarts too – all invariants hold`, (t) =>
      live(t, seed + i))
})
