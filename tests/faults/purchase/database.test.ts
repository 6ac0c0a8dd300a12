// The database goes away while people buy: restarted in order, killed, and left down for a while. And the platform itself goes in
// order, with requests at hand.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { seeded } from '../log/random.ts'
import { judgeAtRest } from './judge/judge.ts'
import { Crowd } from './people/buyer.ts'
import { openShop, type Shop, until } from './shop.ts'

const full = process.env.PROOF === 'full'
const seed = Number(process.env.SEED || randomInt(2 ** 31))
const OUTAGES = full ? 20 : 2
const BUY_EVERY_MS = 200
/** From PostgreSQL taking connections to the platform being ready again. */
const RECOVERY_MS = 60_000
const IN_FLIGHT = 6

interface Scene {
  readonly shop: Shop
  readonly crowd: Crowd
}

interface Ready {
  readonly status: number
  readonly body: { readonly checks: readonly { name: string; ok: boolean; reason?: string }[] }
}

async function ready({ url = '' }: Shop): Promise<Ready> {
  const response = await fetch(`${url}/health/ready`)
  return { status: response.status, body: (await response.json()) as Ready['body'] }
}

/** Buys until stopped; everybody must get his game in the end. */
async function trade({ crowd }: Scene, stopped: () => boolean): Promise<void> {
  const buying: Promise<void>[] = []
  while (!stopped()) {
    buying.push(crowd.buy())
    buying.at(-1)?.catch(() => undefined)
    await pause(BUY_EVERY_MS)
  }
  const failed = (await Promise.allSettled(buying)).flatMap((result) =>
    result.status === 'rejected' ? [String(result.reason)] : [],
  )
  assert.deepEqual(failed, [])
}

async function allHolds({ crowd }: Scene, t: TestContext): Promise<void> {
  const { violations, ...figures } = await judgeAtRest(crowd)
  assert.deepEqual([...violations, ...(await crowd.askAgain())], [])
  t.diagnostic(
    `bought=${crowd.bought.length} ${JSON.stringify(figures)} repeats=${JSON.stringify(Object.fromEntries(crowd.repeats))}`,
  )
}

/** Milliseconds until the platform is ready again, once PostgreSQL is back. */
async function recovery({ shop }: Scene): Promise<number> {
  const since = performance.now()
  await until('ready again', async () => (await ready(shop)).status === 200, RECOVERY_MS)
  return Math.round(performance.now() - since)
}

async function outages(scene: Scene, t: TestContext): Promise<void> {
  const { shop } = scene
  const chance = seeded(seed)
  let over = false
  const trading = trade(scene, () => over)
  const recoveries: number[] = []
  for (let i = 0; i < OUTAGES; i++) {
    await pause(400 + chance.below(800))
    if (i % 2 === 0) await shop.cluster.killHard()
    await shop.restartDatabase()
    recoveries.push(await recovery(scene))
  }
  over = true
  await trading
  t.diagnostic(`seed=${seed} outages=${OUTAGES} recovery_ms=${recoveries.join('/')}`)
  await allHolds(scene, t)
}

async function down(scene: Scene): Promise<void> {
  const { shop, crowd } = scene
  const order = await crowd.order()
  await shop.cluster.killHard()
  const answer = await until('not ready', async () => {
    const now = await ready(shop)
    return now.status === 503 ? now : undefined
  })
  const check = answer.body.checks.find((c) => c.name === 'database')
  assert.equal(check?.ok, false)
  assert.match(check?.reason ?? '', /ECONNREFUSED|ENOENT|EPIPE|terminat|no answer|not reachable/i)
  assert.equal((await fetch(`${shop.url}/health/live`)).status, 200)
  const refused = await fetch(`${shop.url}/api/v1/orders/${order.orderId}`, {
    headers: { authorization: `Bearer ${order.token}` },
  })
  const problem = (await refused.json()) as { code: string; money: string }
  assert.deepEqual([refused.status, problem.code], [503, 'kernel.unavailable'])
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  await shop.restartDatabase()
  await recovery(scene)
}

/** Requests that have begun when SIGTERM comes are answered as if nothing had happened, and the process ends well. */
async function terminated(scene: Scene): Promise<void> {
  const { shop, crowd } = scene
  const orders = await Promise.all(Array.from({ length: IN_FLIGHT }, () => crowd.order()))
  const { platform } = shop
  assert.ok(await platform.arm('idem.reserved:*:hold'))
  const failures = (): number => [...crowd.repeats.values()].reduce((sum, n) => sum + n, 0)
  const before = failures()
  const starting = orders.map((order) => crowd.start(order))
  await until('all requests have begun', async () => {
    const { rows } = await shop.pool.query(
      `select count(*)::int as n from pg_stat_activity
        where application_name = 'rialto-payments' and state = 'idle in transaction'`,
    )
    return Number(rows[0].n) >= IN_FLIGHT
  })
  platform.signal('SIGTERM')
  const isLeaving = async () => (await ready(shop).catch(() => undefined))?.status !== 200
  await until('the platform is leaving', isLeaving)
  assert.ok(await platform.arm(''))
  const answers = await Promise.all(starting)
  assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([201]))
  assert.equal(failures() - before, 0)
  assert.ok(answers.every((answer) => answer.headers.connection === 'close'))
  const { code, words } = await platform.death
  assert.equal(code, 0, words)
  await shop.open()
  await Promise.all(
    answers.map(async ({ body }, i) => {
      const bought = { ...orders[i]!, transactionId: String(body.transaction_id) }
      shop.sandbox.control.pay(await crowd.pageOf(bought))
      await crowd.receive(bought)
    }),
  )
}

test('the database and the platform go away – while people buy', {
  timeout: full ? 1_800_000 : 290_000,
}, async (t) => {
  const shop = await openShop(t)
  const scene: Scene = { shop, crowd: new Crowd(shop) }
  await shop.open()
  await t.test(
    'PostgreSQL restarted and killed under load – asked again with its key, all is done once',
    (inner) => outages(scene, inner),
  )
  await t.test('SIGTERM with requests at hand – each is answered, the process ends well', () =>
    terminated(scene),
  )
  await t.test('PostgreSQL is down – not ready and says why, live, 503 with what to do', () =>
    down(scene),
  )
  await t.test('all together – every invariant holds', (inner) => allHolds(scene, inner))
  await shop.stop()
})
