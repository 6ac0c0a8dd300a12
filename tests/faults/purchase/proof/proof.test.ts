// Thousands of orders while the process is killed every 20 s and the news of the money comes twice, late, out of step, not at all
// and from liars: each paid order is in its library once and has one receipt, or has its money back, and the provider's books, the
// register's and ours say the same. `npm test` runs a small round, PROOF=full about four minutes of it, `.ci/run` the whole.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { seeded } from '../../log/random.ts'
import { judgeAtRest } from '../judge/judge.ts'
import { PLANTED, PLANTED_LATER, tryPlant } from '../judge/plants.ts'
import { Crowd } from '../people/buyer.ts'
import { lookAfter } from '../people/operator.ts'
import { openShop, type Shop, until } from '../shop.ts'
import { type Customers, shopAround } from './customer.ts'
import { Weather } from './weather.ts'

const full = process.env.PROOF === 'full'
const seed = Number(process.env.SEED || randomInt(2 ** 31))
/** The whole proof is PROOF=full PROOF_ORDERS=5000: a quarter of an hour, 30 kills. */
const ORDERS = Number(process.env.PROOF_ORDERS || (full ? 1_500 : 40))
const ORDER_EVERY_MS = full ? 110 : 90
const KILLS = full ? Math.floor(ORDERS / 165) : 2
/** From one start to the next kill; with the start itself a kill comes every 20 s. */
const LIFE_MS = full ? 17_500 : 2_000
/** Beyond this many under way a new customer waits, so that a slow machine takes longer instead of drowning. */
const AT_ONCE = full ? 40 : 30
/** Served in each life before it is ended, or a slow machine would do nothing but start; and how long that is waited for. */
const SERVED_A_LIFE = full ? 40 : 5
const LIFE_MAX_MS = 90_000
const ASKED_AGAIN = full ? 1_000 : 80
/** Deaths with an event in hand until it is taken for their cause. */
const TRIES = 4
const COPIES_OF_LIMITED = 100_000
const MINUTE_MS = 60_000

interface Scene extends Customers {
  readonly shop: Shop
  readonly startedAt: number
  readonly failures: string[]
  ordered: number
  over: boolean
}

/** The runner shows such a line at once. */
const tell = (line: string): void => void process.stdout.write(`» ${line}\n`)

/** Customers come at their pace until all have come; answers when the last one is served. */
async function trade(scene: Scene): Promise<void> {
  const underWay = new Set<Promise<void>>()
  while (scene.ordered < ORDERS) {
    if (underWay.size >= AT_ONCE) await Promise.race(underWay)
    scene.ordered += 1
    const one = shopAround(scene)
      .catch((error: unknown) => void scene.failures.push(String(error)))
      .finally(() => underWay.delete(one))
    underWay.add(one)
    await pause(ORDER_EVERY_MS)
  }
  scene.over = true
  await Promise.all(underWay)
}

/**
 * Kills the process and starts it again, on and on, while people buy. A buyer who was starting to pay waits half a minute until
 * the dead process's hold on his key is over; the small round has no time for that and kills between two of them.
 */
async function killOnAndOn({ shop, crowd, chance }: Scene, isOver: () => boolean): Promise<void> {
  for (let nth = 1; nth <= KILLS || !isOver(); nth++) {
    const before = crowd.bought.length
    const diesAt = performance.now() + LIFE_MS - chance.below(500)
    const hasLived = () =>
      performance.now() >= diesAt && (isOver() || crowd.bought.length >= before + SERVED_A_LIFE)
    await until('some are served', hasLived, LIFE_MAX_MS).catch(() => undefined)
    if (!full) await until('nobody starts to pay', () => crowd.starting === 0)
    await shop.cut()
    await shop.open()
  }
}

async function tellProgress(scene: Scene, isDone: () => boolean): Promise<void> {
  for (let minute = 1; !isDone(); minute++) {
    const at = scene.startedAt + minute * MINUTE_MS
    while (!isDone() && performance.now() < at) await pause(200)
    if (isDone()) return
    const { bought } = scene.crowd
    tell(
      `${minute} min: ordered=${scene.ordered} served=${bought.length} kills=${scene.shop.kills} ${JSON.stringify(scene.weather.counts)}`,
    )
  }
}

async function openScene(t: TestContext): Promise<Scene> {
  const shop = await openShop(t)
  const chance = seeded(seed)
  await shop.open()
  // The demo shop has a hundred copies of its limited edition; here nobody shall be refused.
  await shop.pool.query('update inventory.stock set total = $1', [COPIES_OF_LIMITED])
  const weather = new Weather(shop, chance)
  return {
    ...{ shop, chance, weather, crowd: new Crowd(shop), startedAt: performance.now() },
    ...{ failures: [], ordered: 0, over: false },
  }
}

/** All that a person wants to know in one line. */
async function tellFigures(scene: Scene, figures: Record<string, unknown>): Promise<void> {
  const { shop, crowd, weather } = scene
  const counts = { orders: crowd.placed.length, kills: shop.kills, ...weather.counts, ...figures }
  const words = Object.entries(counts).map(([name, count]) => `${name}=${String(count)}`)
  tell(
    `${words.join(' ')} seed=${seed} s=${Math.round((performance.now() - scene.startedAt) / 1_000)}`,
  )
}

const BITES = [
  'a game granted twice',
  'a receipt that is missing',
  'a payment that the provider does not know',
  'a payment that only the provider knows',
]

test('the proof – orders in bad weather, the process killed on and on – all invariants hold', {
  timeout: full ? 2_700_000 : 290_000,
}, async (t) => {
  const scene = await openScene(t)
  const { shop, crowd, weather, failures } = scene
  let done = false
  const progress = tellProgress(scene, () => done)
  const lookingAfter = lookAfter(shop, () => done)
  try {
    await Promise.all([trade(scene), killOnAndOn(scene, () => scene.over)])
    assert.deepEqual(failures, [])
    const again = await crowd.askAgain(ASKED_AGAIN)
    const { violations, ...figures } = await judgeAtRest(crowd)
    done = true
    const redriven = await lookingAfter
    await tellFigures(scene, { ...figures, redriven, violations: violations.length + again.length })
    assert.deepEqual([...violations, ...again], [])
    assert.equal(figures.paid, ORDERS)
    assert.equal(crowd.bought.length + figures.refunded, ORDERS)
    assert.ok(redriven <= shop.kills / TRIES, `${redriven} events were set aside`)
  } finally {
    done = true
    await progress
  }
  assert.ok(shop.kills >= KILLS)
  for (const count of ['duplicated', 'delayed', 'reordered', 'lost', 'forged'] as const)
    assert.ok(weather.counts[count] > 0, `nothing was ${count}`)
  const plants = [...PLANTED, ...PLANTED_LATER].filter(([what]) => BITES.includes(what))
  assert.equal(plants.length, BITES.length)
  for (const plant of plants) await tryPlant(shop, plant)
  await shop.stop()
})
