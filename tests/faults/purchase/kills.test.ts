// Kill -9 at every failpoint while people buy. The platform dies again and again on the same database and each start is both the
// recovery from one kill and the victim of the next; what was half-done is carried from life to life until all is at rest.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { seeded } from '../log/random.ts'
import { judgeAtRest } from './judge/judge.ts'
import { drawKills, type Kill, labelsInSource, PLACES, type Place } from './labels.ts'
import { Crowd } from './people/buyer.ts'
import { lookAfter } from './people/operator.ts'
import type { Death } from './process.ts'
import { openShop, type Shop, until } from './shop.ts'

const full = process.env.PROOF === 'full'
const seed = Number(process.env.SEED || randomInt(2 ** 31))
const ROUNDS = full ? 2 : 1
const DOUBLES = full ? 6 : 2
/** As many labels as a quick run has time for; which ones, the seed draws. */
const REDUCED = 8
/** For what takes well under a second on an idle machine; says only that it never comes. */
const TAKEOVER_TIMEOUT_MS = 120_000
const DEATH_TIMEOUT_MS = 120_000
/** Deaths with an event in hand until it is taken for their cause. */
const TRIES = 4
/** What leads to a failpoint is done again, should it have met a process that was not listening yet. */
const PROVOKE_EVERY_MS = 5_000
/** Two purchases each, until the process is dead. */
const BUY_EVERY_MS = 250
const BUYS_AT_ONCE = 2
const BUYS_MAX = 16

interface Round {
  readonly shop: Shop
  readonly crowd: Crowd
  readonly buying: Promise<void>[]
}

/**
 * The leases of all that ever read are made to last for an hour. Who waited for one would wait longer than this test does, however
 * slow the machine; who sees that its holder is dead does not.
 */
async function prolongLeases({ shop }: Round): Promise<void> {
  const { rows } = await shop.pool.query(`select to_regclass('bus.members') is not null as made`)
  if (rows[0].made === true)
    await shop.pool.query(
      `update bus.members set lease_until = clock_timestamp() + interval '1 hour'`,
    )
}

/** Everything that the dead one read belongs to the new one, though its leases still run. */
async function takenOver({ shop }: Round): Promise<void> {
  await until(
    'the partitions of the dead are taken',
    async () => {
      const { rows } = await shop.pool.query(
        `select count(*)::int as others from bus.cursors
          where owner is distinct from (select max(id) from bus.members)`,
      )
      return rows[0].others === 0
    },
    TAKEOVER_TIMEOUT_MS,
  )
}

/** People buy and the failpoint is provoked until the process is dead; answers how it died, or nothing when it does not. */
async function awaitDeath(
  { shop, crowd, buying }: Round,
  place: Place,
): Promise<Death | undefined> {
  let death: Death | undefined
  const dying = shop.platform.death.then((d) => {
    death = d
  })
  const begunAt = performance.now()
  let begun = 0
  let provoked = 0
  while (death === undefined && performance.now() < begunAt + DEATH_TIMEOUT_MS) {
    if (performance.now() >= begunAt + provoked * PROVOKE_EVERY_MS) {
      provoked += 1
      void place.provoke?.(shop).catch(() => undefined)
    }
    for (let i = 0; i < BUYS_AT_ONCE && begun < BUYS_MAX; i++, begun++) {
      const one = place.buy?.(crowd) ?? crowd.buy()
      one.catch(() => undefined)
      buying.push(one)
    }
    await Promise.race([dying, pause(BUY_EVERY_MS)])
  }
  return death
}

/** Starts the platform and lets it be killed there; people buy meanwhile and go on after. */
async function kill(round: Round, { label, nth }: Kill): Promise<void> {
  const { shop } = round
  const place = PLACES[label]
  assert.ok(place !== undefined)
  const fault = `${label}:${nth}:kill${place.with === undefined ? '' : `,${place.with}`}`
  await prolongLeases(round)
  if (place.at === 'start') {
    const death = await shop.start({ fault })
    assert.equal(death?.signal, 'SIGKILL', `${fault} did not strike: ${death?.words}`)
    return
  }
  await shop.open()
  await takenOver(round)
  const { platform } = shop
  assert.ok(await platform.arm(fault))
  const death = await awaitDeath(round, place)
  if (death === undefined) platform.signal('SIGKILL')
  const { signal, code, words } = death ?? (await platform.death)
  assert.ok(death, `${fault} did not strike within ${DEATH_TIMEOUT_MS} ms\n${words}`)
  assert.equal(signal, 'SIGKILL', `${fault}: ended with ${code}\n${words}`)
}

/** Everybody gets his game in the end. */
async function allServed({ buying }: Round): Promise<void> {
  const results = await Promise.allSettled(buying)
  const failed = results.flatMap((r) => (r.status === 'rejected' ? [String(r.reason)] : []))
  assert.deepEqual(failed, [])
}

/** Kills at every label in the order that this seed draws; says what it did when it fails. */
async function killAll(round: Round, roundSeed: number): Promise<string[]> {
  const { shop } = round
  const done: string[] = []
  const drawn = drawKills(seeded(roundSeed), DOUBLES)
  for (const { again, ...one } of drawn.slice(0, full ? drawn.length : REDUCED)) {
    const at = performance.now()
    await kill(round, one)
    if (again !== undefined) {
      await shop.start({ fault: `${again}:kill` })
      await shop.cut()
    }
    done.push(`${one.label}:${one.nth} ${Math.round(performance.now() - at)} ms`)
  }
  return done
}

/** Everybody has his game, every answer stands, and nothing is left to complain of. */
async function settled(round: Round) {
  await allServed(round)
  const again = await round.crowd.askAgain()
  return { again, ...(await judgeAtRest(round.crowd)) }
}

/** One shop from its first migration to rest. */
async function live(t: TestContext, roundSeed: number): Promise<void> {
  t.diagnostic(`SEED=${roundSeed}`)
  const shop = await openShop(t)
  const round: Round = { shop, crowd: new Crowd(shop), buying: [] }
  const { crowd } = round
  const done = await killAll(round, roundSeed)
  await prolongLeases(round)
  await shop.open()
  await takenOver(round)
  let over = false
  const lookingAfter = lookAfter(shop, () => over)
  const found = await settled(round).finally(() => {
    over = true
  })
  const { again, violations, ...figures } = found
  const sentOn = await lookingAfter
  t.diagnostic(done.join(', '))
  t.diagnostic(
    `seed=${roundSeed} kills=${shop.kills} starts=${shop.starts} bought=${crowd.bought.length} keys=${crowd.asked.length} redriven=${sentOn} ` +
      `${JSON.stringify(figures)} repeats=${JSON.stringify(Object.fromEntries(crowd.repeats))}`,
  )
  assert.deepEqual([...violations, ...again], [])
  // Only what was in hand at so many deaths may have been set aside.
  assert.ok(sentOn <= shop.kills / TRIES, `${sentOn} events were set aside`)
  assert.equal(crowd.bought.length, round.buying.length)
  await shop.stop()
}

describe('kill -9 at every failpoint', { timeout: full ? 2_700_000 : 290_000 }, () => {
  test('labels – those of the source – each has its place in the proof', () => {
    assert.deepEqual(Object.keys(PLACES).sort(), labelsInSource())
  })

  for (let i = 0; i < ROUNDS; i++)
    test(`purchases, round ${i + 1} – the platform killed at ${full ? 'each label' : 'some labels'}, and some restarts too – all invariants hold`, (t) =>
      live(t, seed + i).catch((cause: unknown) => {
        throw new Error(`SEED=${seed + i}: ${String(cause)}`, { cause })
      }))
})
