// A shop full of buyers whose Redis is killed, started again, frozen and thawed. None of them notices: every answer is a good one,
// what they see is what is true, and each purchase conforms.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Space } from '@rialto/kernel/cache/cache.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { startRedis } from '@rialto/kernel/testing/servers/redis.ts'
import { type Answer, type CallOptions, callApi, newBuyer, poll } from 'rialto/demo/buyer.ts'
import { openWorld, told, type World } from '../flows/harness.ts'
import { gamesOf, order, pay } from '../flows/shopper.ts'

const BUYERS = 3
const READERS = 4
const PHASE_REQUESTS = 150
const PATIENCE_MS = 60_000

interface Crowd {
  /** Resolves when so many more requests were answered well and a purchase was finished; throws as soon as one was not. */
  more(requests: number): Promise<void>
  /** Lets everybody finish; answers the orders. */
  stop(): Promise<readonly string[]>
}

type Line = Parameters<typeof callApi>[1]

/** People who buy one thing after the other, log out and come again, and others who look at pages. */
function openCrowd(world: World, games: readonly string[]): Crowd {
  let answered = 0
  let over = false
  let failure: unknown
  const bought: string[] = []
  const ask = async (status: number, line: Line, options: CallOptions = {}): Promise<Answer> => {
    const answer = await callApi(world.url, line, options)
    if (answer.status !== status)
      throw new Error(`${line}: ${answer.status} ${JSON.stringify(answer.body)}`)
    answered += 1
    return answer
  }
  const look = async (token: string, game: string): Promise<void> => {
    await ask(200, `GET /catalog/products/${game}?region=RU`)
    await ask(200, 'GET /users/me', { token })
  }
  const buy = async (game: string): Promise<void> => {
    const buyer = await newBuyer(world.url)
    const { token } = buyer
    await look(token, game)
    const ordered = await order(world.url, { buyer, game })
    await pay(world.url, ordered)
    const line: Line = `GET /orders/${ordered.orderId}`
    const { body } = await poll(
      () => ask(200, line, { token }),
      (seen) => seen.body.status === 'fulfilled',
      PATIENCE_MS,
    )
    if (body.status !== 'fulfilled') throw new Error(`${ordered.orderId} is ${body.status}`)
    bought.push(ordered.orderId)
    await ask(204, 'POST /users/logout', { token, body: {} })
    const after = () => callApi(world.url, 'GET /users/me', { token })
    const { status } = await poll(after, (answer) => answer.status === 401)
    if (status !== 401) throw new Error(`an ended session is let in: ${status}`)
  }
  const read = async (game: string): Promise<void> => {
    const { token } = await newBuyer(world.url)
    while (!over) await look(token, game)
  }
  const shop = async (nth: number): Promise<void> => {
    for (let n = nth; !over; n++) await buy(games[n % games.length] ?? '')
  }
  const noted = (error: unknown): void => {
    failure ??= error
    over = true
  }
  const people = [
    ...Array.from({ length: BUYERS }, (_, nth) => shop(nth).catch(noted)),
    ...Array.from({ length: READERS }, (_, nth) => read(games[nth] ?? '').catch(noted)),
  ]
  return {
    async more(requests) {
      const [count, orders] = [answered + requests, bought.length + 1]
      const isReached = () => answered >= count && bought.length >= orders
      await poll(async () => failure !== undefined || isReached(), Boolean, PATIENCE_MS)
      if (failure !== undefined) throw failure
      if (!isReached()) throw new Error(`${answered} answers and ${bought.length} orders, no more`)
    },
    async stop() {
      over = true
      await Promise.all(people)
      if (failure !== undefined) throw failure
      return bought
    },
  }
}

/** How the process stands, as an orchestrator asks it. */
async function readiness(world: World) {
  const { status, body } = await callApi<{
    checks: { name: string; ok: boolean; reason?: string }[]
  }>(world.url, 'GET /health/ready')
  const { ok, reason } = body.checks.find(({ name }) => name === 'redis') ?? {}
  return { status, ok, reason }
}

const DOWN = { status: 200, ok: false, reason: 'down, going on without' }

/** How often product pages were answered from the cache. */
async function hits(world: World): Promise<number> {
  const page = await (await fetch(`${world.url}/metrics`)).text()
  const line = /^rialto_cache_reads_answered_total\{space="catalog.product",outcome="hit"\} (\d+)/m
  return Number(line.exec(page)?.[1] ?? 0)
}

/** Changes a price as a feature of the catalog would: the row and the cache in one commit. */
async function reprice(world: World, game: string, minor: number): Promise<void> {
  const { products } = world.platform.host.parts.get('catalog') as { products: Space<unknown> }
  const text = 'update catalog.prices set amount_minor = $1 where product_id = $2'
  await world.db.pool.query(text, [minor, game])
  await inTransaction(world.db.pool, async (tx) => products.dropWith(tx as Tx, game))
}

const priceOf = async (world: World, game: string): Promise<unknown> => {
  const { body } = await callApi<{ price: { list_amount: unknown } }>(
    world.url,
    `GET /catalog/products/${game}?region=RU`,
  )
  return body.price.list_amount
}

async function openShop(t: TestContext, program: string) {
  const server = await startRedis(program)
  t.after(() => server.stop())
  const world = await openWorld({ environment: { REDIS_URL: server.url } })
  t.after(() => world.stop())
  return { server, world }
}

test('redis – killed, started again and frozen under a shop full of buyers – costs no request, and what is seen is true', {
  timeout: 180_000,
}, async (t) => {
  const program = needs(t, 'redis')
  if (program === undefined) return
  const { server, world } = await openShop(t, program)
  const games = await gamesOf(world.url)
  const [game = ''] = games
  // The first of the alphabet: the limited edition is not among them.
  const crowd = openCrowd(world, games.slice(1, 5))
  // A second later at most: so long the answer of a moment ago is given to whoever asks.
  const isSeen = (wanted: boolean) =>
    poll(
      () => readiness(world),
      ({ ok }) => ok === wanted,
    )
  const isBack = () => isSeen(true)
  await crowd.more(PHASE_REQUESTS)
  assert.equal((await isBack()).ok, true)
  assert.ok((await hits(world)) > 0)
  const before = await priceOf(world, game)
  await reprice(world, game, 12_300)
  assert.notEqual(before, 12_300)
  assert.equal(await priceOf(world, game), 12_300)

  await server.killHard()
  await crowd.more(PHASE_REQUESTS)
  assert.deepEqual(await isSeen(false), DOWN)
  await reprice(world, game, 45_600)
  assert.equal(await priceOf(world, game), 45_600)
  await server.restart()
  assert.equal((await isBack()).status, 200)
  assert.equal(await priceOf(world, game), 45_600)
  const soFar = await hits(world)
  await crowd.more(PHASE_REQUESTS)
  assert.ok((await hits(world)) > soFar)

  server.freeze()
  await crowd.more(PHASE_REQUESTS)
  assert.deepEqual(await isSeen(false), DOWN)
  await reprice(world, game, 78_900)
  assert.equal(await priceOf(world, game), 78_900)
  server.thaw()
  assert.equal((await isBack()).status, 200)
  assert.equal(await priceOf(world, game), 78_900)
  await crowd.more(PHASE_REQUESTS)

  const orders = await crowd.stop()
  for (const orderId of orders) {
    const verdict = await world.finalVerdict(orderId)
    assert.equal(verdict.verdict, 'conforms', told(verdict))
  }
  t.diagnostic(`${orders.length} purchases`)
})
