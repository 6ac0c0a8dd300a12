// The audit trail of the running platform, kept in what speaks MongoDB's protocol: a purchase with it, and one while it is away.

import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { showItems } from '@rialto/flows/testing/shown.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { type MongoServer, startMongo } from '@rialto/kernel/testing/servers/mongo.ts'
import { callApi, poll } from 'rialto/demo/buyer.ts'
import { rialto } from '../start/program.ts'
import { openWorld, told, type World } from './harness.ts'
import { library, type Ordered, order, pay } from './shopper.ts'

interface Item {
  readonly entry_id: string
  readonly type: string
  readonly actor: { readonly kind: string; readonly id: string }
}

interface Audited {
  readonly world: World
  readonly mongo: MongoServer
  trail(query: string): Promise<{ status: number; items: readonly Item[]; code?: string }>
}

async function opened(t: TestContext): Promise<Audited | undefined> {
  const home = needs(t, 'mongodb')
  if (home === undefined) return undefined
  const mongo = await startMongo(home)
  t.after(() => mongo.stop())
  const world = await openWorld({ settings: { MONGODB_URL: mongo.url } })
  t.after(() => world.stop())
  return {
    world,
    mongo,
    async trail(query) {
      const token = await world.token(`usr_${'2'.repeat(26)}`, 'operator')
      const path = `GET /audit/entries?limit=100&${query}` as const
      const { status, body } = await callApi<{ items?: Item[]; code?: string }>(world.url, path, {
        token,
      })
      return { status, items: body.items ?? [], ...(body.code ? { code: body.code } : {}) }
    },
  }
}

/** What the log has of an order: the events of its flow, under their ids. */
async function loggedOf({ db }: World, orderId: string): Promise<Map<string, string>> {
  const { rows } = await db.pool.query(
    `select event_id, type from bus.log where headers->>'flow' = $1 and source <> 'observer'`,
    [orderId],
  )
  return new Map(rows.map((row) => [row.event_id, row.type]))
}

async function assertTrail(a: Audited, { orderId, buyer }: Ordered): Promise<void> {
  const logged = await loggedOf(a.world, orderId)
  assert.ok(logged.size >= 12, `${logged.size} events of the order`)
  const { items } = await a.trail(`subject=${orderId}`)
  assert.deepEqual(
    items.map((item) => `${item.entry_id} ${item.type}`).sort(),
    [...logged].map(([id, type]) => `${id} ${type}`).sort(),
  )
  const actorOf = (type: string) => items.find((item) => item.type === type)?.actor
  assert.deepEqual(actorOf('order.created'), { kind: 'person', id: buyer.userId })
  assert.deepEqual(actorOf('library.game.added.v1'), { kind: 'service', id: 'library' })
}

async function assertConforms({ world }: Audited, { orderId }: Ordered): Promise<void> {
  const verdict = await world.finalVerdict(orderId)
  assert.equal(verdict.verdict, 'conforms', told(verdict))
}

describe('audit trail', { timeout: 280_000 }, () => {
  test('purchase – with MongoDB – every event of it in there once, who did it, and nobody’s address', async (t) => {
    const a = await opened(t)
    if (a === undefined) return
    const ordered = await order(a.world.url)
    await pay(a.world.url, ordered)
    await a.world.rest()
    await library(a.world.url, ordered)
    await assertTrail(a, ordered)
    const mails = await a.trail('type=notification.message.status.updated.v1')
    assert.ok(mails.items.length >= 2)
    const { items } = await a.trail(`subject=${ordered.buyer.userId}`)
    assert.ok(items.some((item) => item.type === 'user.registered'))
    assert.ok(!JSON.stringify(items).includes(ordered.buyer.email))
    // In MongoDB, and there alone.
    const { rows } = await a.world.db.pool.query('select from audit.entries limit 1')
    assert.equal(rows.length, 0)
    await assertConforms(a, ordered)
    showItems(['M.R1'], t.fullName, ordered.orderId)
  })

  test('purchase – while MongoDB is killed – goes on to its end, is in the trail once it is back, and again after it lost its disk', async (t) => {
    const a = await opened(t)
    if (a === undefined) return
    const { world, mongo } = a
    await world.rest()
    await mongo.killHard()
    const ordered = await order(world.url)
    await pay(world.url, ordered)
    const games = () => library(world.url, ordered)
    assert.deepEqual(await poll(games, (found) => found.length > 0), [ordered.orderId])
    assert.deepEqual(await a.trail(''), { status: 503, items: [], code: 'audit.trail_unavailable' })
    await mongo.restart()
    await world.rest()
    await assertTrail(a, ordered)
    await assertConforms(a, ordered)
    const words = (await world.logged()).map((line) => (JSON.parse(line) as { msg: string }).msg)
    assert.deepEqual(words.filter((line) => line.startsWith('audit: ')).slice(0, 2), [
      'audit: MongoDB does not answer; entries wait in the log',
      'audit: MongoDB answers again',
    ])

    await mongo.killHard()
    await mongo.restart({ empty: true })
    const replayed = await rialto(['events', 'replay', '--group', 'audit'], world.environment)
    assert.equal(replayed.code, 0, replayed.err)
    await world.rest()
    await assertTrail(a, ordered)
  })
})
