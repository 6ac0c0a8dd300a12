// The first flow on the running platform: what people do over HTTP, and the verdict over what was recorded. What conforms is
// shown to the checklist; that the verdict can also be bad is proved in deviations.test.ts.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Verdict } from '@rialto/flows/checker/verdict.ts'
import { showItems } from '@rialto/flows/testing/shown.ts'
import { HOUR, MINUTE } from '@rialto/kernel/pure/time.ts'
import { callApi, newBuyer, payAtSandbox, poll } from 'rialto/demo/buyer.ts'
import { rialto } from '../start/program.ts'
import { assertMailed, openWorld, told, type World } from './harness.ts'
import { gamesOf, library, type Ordered, order, pay, startPaying } from './shopper.ts'

/** What a paid purchase shows of the specification today. A later service may add to it, and nothing may take away from it. */
const SHOWN = [
  ...'P.02 P.03 P.04 P.05 P.06 P.07 P.08 P.09 P.10 P.11 P.12 P.13 P.14 P.15 P.16'.split(' '),
  ...'P.19 P.20 P.23 P.24 P.25 P.26 P.27 P.28 P.29 P.30 P.31 P.32 P.33 P.34 P.35'.split(' '),
  ...'P.36 P.37 P.38 P.39 P.40 P.41 P.42 P.43 P.44 P.47 P.48 P.49 P.50 P.52'.split(' '),
]

const assertConforms = (verdict: Verdict): void =>
  assert.equal(verdict.verdict, 'conforms', told(verdict))

const statusOf = async ({ url }: World, { buyer, orderId }: Ordered): Promise<unknown> => {
  const token = buyer.token
  return (await callApi(url, `GET /orders/${orderId}`, { token })).body.status
}

describe('purchase', { timeout: 280_000 }, () => {
  let world: World
  before(async () => {
    world = await openWorld()
  })
  after(() => world.stop())

  test('purchase – ordered, paid on the provider’s page, looked up in the library – conforms, and shows its items', async (t) => {
    const ordered = await order(world.url)
    await pay(world.url, ordered)
    await world.rest()
    assert.equal(await statusOf(world, ordered), 'fulfilled')
    assert.deepEqual(await library(world.url, ordered), [ordered.orderId])
    const verdict = await world.finalVerdict(ordered.orderId)
    assertConforms(verdict)
    assert.equal(verdict.seen, verdict.required)
    await assertMailed(world, ordered.orderId, verdict)
    const shown = showItems(verdict, t.fullName, ordered.orderId)
    assert.deepEqual(
      SHOWN.filter((id) => !shown.includes(id)),
      [],
    )
  })

  test('purchase – the bank declines, the second attempt succeeds – conforms; the payments are two, the game one', async (t) => {
    const ordered = await order(world.url)
    await pay(world.url, ordered, 'no_funds')
    await world.rest()
    assert.equal((await world.verdict(ordered.orderId)).verdict, 'running')
    await pay(world.url, ordered)
    await world.rest()
    assert.deepEqual(await library(world.url, ordered), [ordered.orderId])
    const verdict = await world.finalVerdict(ordered.orderId)
    assertConforms(verdict)
    assert.equal(verdict.branches.settlement, 'declined')
    assert.equal(verdict.branches['settlement 2'], 'paid')
    const { rows } = await world.db.pool.query(
      'select status from payments.payments where order_id = $1 order by created_at, payment_id',
      [ordered.orderId],
    )
    assert.deepEqual(
      rows.map((row) => row.status),
      ['failed', 'completed'],
    )
    await assertMailed(world, ordered.orderId, verdict)
    showItems(verdict, t.fullName, ordered.orderId)
  })

  test('purchase – a cart of two, and one is taken out before it is paid – conforms; the other is bought', async () => {
    const { url } = world
    const buyer = await newBuyer(url)
    const [, first = '', second = ''] = await gamesOf(url)
    const items = [first, second].map((product_id) => ({ product_id, quantity: 1 }))
    const { token } = buyer
    const placed = await callApi<{ order_id: string }>(url, 'POST /orders/initiate', {
      ...{ token, key: randomUUID(), body: { items } },
    })
    const orderId = placed.body.order_id
    const { body } = await callApi<{ items: { line_id: string }[] }>(
      url,
      `GET /orders/${orderId}`,
      {
        token,
      },
    )
    const remove_line_ids = [body.items[1]?.line_id]
    const changed = await callApi(url, `PATCH /orders/${orderId}`, {
      ...{ token, body: { remove_line_ids } },
    })
    assert.equal(changed.status, 200)
    await world.rest()
    const ordered = { buyer, orderId }
    await pay(url, ordered)
    await world.rest()
    assert.equal((await library(url, ordered)).length, 1)
    assertConforms(await world.finalVerdict(orderId))
  })

  test('purchase – another way is chosen, and both pages are paid – conforms; the money of the first goes back', async () => {
    const { url, db } = world
    const ordered = await order(url)
    const first = await startPaying(url, ordered)
    const second = await startPaying(url, ordered, { payment_method_type_hint: 'sbp' })
    await payAtSandbox(second, 'ok')
    await world.rest()
    await payAtSandbox(first, 'ok')
    await world.rest()
    assert.equal((await library(url, ordered)).length, 1)
    const { rows } = await db.pool.query(
      `select r.state from payments.refunds r join payments.payments p using (payment_id) where p.order_id = $1`,
      [ordered.orderId],
    )
    assert.deepEqual(rows, [{ state: 'succeeded' }])
    assertConforms(await world.finalVerdict(ordered.orderId))
  })

  test('purchase – ordered only, then sent to the provider – running, until something is amiss or done', async () => {
    const ordered = await order(world.url)
    const placed = await world.verdict(ordered.orderId)
    assert.equal(placed.verdict, 'running', told(placed))
    await startPaying(world.url, ordered)
    const sent = await world.finalVerdict(ordered.orderId)
    assert.equal(sent.verdict, 'running', told(sent))
    assert.deepEqual(sent.deviations, [])
    assert.deepEqual([sent.branches.settlement, sent.branches.end], [undefined, undefined])
    assert.throws(() => showItems(sent, 'nobody', ordered.orderId), /running/)
  })

  test('purchase – twelve people at once – every one conforms', async () => {
    const games = await gamesOf(world.url)
    const all = await Promise.all(games.slice(0, 12).map((game) => order(world.url, { game })))
    await Promise.all(all.map((ordered) => pay(world.url, ordered)))
    for (const { orderId } of all) assertConforms(await world.finalVerdict(orderId))
  })

  test('record – asked over HTTP by its owner, a stranger, an operator – told to the first and the last', async () => {
    const ordered = await order(world.url)
    await pay(world.url, ordered)
    await world.rest()
    const { orderId, buyer } = ordered
    const mine = await callApi(world.url, `GET /flows/${orderId}`, { token: buyer.token })
    assert.deepEqual([mine.status, mine.body.verdict], [200, 'conforms'])
    const stranger = (await order(world.url)).buyer
    const theirs = await callApi(world.url, `GET /flows/${orderId}`, { token: stranger.token })
    assert.deepEqual([theirs.status, theirs.body.code], [404, 'observer.unknown_flow'])
    const operator = { token: await world.token('usr_operator', 'operator') }
    const watched = await callApi(world.url, `GET /flows/${orderId}`, operator)
    assert.deepEqual([watched.status, watched.body.verdict], [200, 'conforms'])
  })

  test('record – read back by the command from the same database – the same verdict; an unknown order – status 1', async () => {
    const ordered = await order(world.url)
    await pay(world.url, ordered)
    await library(world.url, ordered)
    const verdict = await world.verdict(ordered.orderId)
    const known = await rialto(['flows', 'check', ordered.orderId, '--json'], world.environment)
    assert.equal(known.code, 0, known.err)
    const { items, ...read } = JSON.parse(known.out)
    assert.deepEqual(read, {
      ...{ flow: 'purchase', verdict: 'conforms', id: ordered.orderId, deviations: [] },
      ...{ required: verdict.required, seen: verdict.seen },
    })
    assert.deepEqual(items, verdict.items)
    const words = await rialto(['flows', 'check', ordered.orderId], world.environment)
    assert.match(words.out, /purchase conforms: (\d+) of \1 required/)
    const nobody = `ord_${'0'.repeat(26)}`
    const unknown = await rialto(['flows', 'check', nobody, '--json'], world.environment)
    assert.deepEqual([unknown.code, JSON.parse(unknown.out).verdict], [1, 'unknown'])
  })
})

describe('purchase that is never paid', { timeout: 280_000 }, () => {
  let world: World
  before(async () => {
    world = await openWorld()
  })
  after(() => world.stop())

  /** Once its time is over, the sweep ends it at its next tick. */
  const ended = (ordered: Ordered): Promise<unknown> =>
    poll(
      async () => {
        const sql = 'select status from orders.orders where order_id = $1'
        return (await world.db.pool.query(sql, [ordered.orderId])).rows[0]?.status
      },
      (status) => status !== 'pending_payment',
    )

  test('purchase – never begun to pay, declined and given up – expired, canceled; both conform', async (t) => {
    const [idle, declined] = [await order(world.url), await order(world.url)]
    await pay(world.url, declined, 'no_funds')
    await world.rest()
    world.advance(31 * MINUTE)
    assert.equal(await ended(idle), 'expired')
    world.advance(HOUR)
    assert.equal(await ended(declined), 'canceled')
    for (const { orderId } of [idle, declined]) {
      const verdict = await world.finalVerdict(orderId)
      assertConforms(verdict)
      assert.equal(verdict.branches.end, 'unpaid')
      await assertMailed(world, orderId, verdict)
      showItems(verdict, t.fullName, orderId)
    }
    const { rows } = await world.db.pool.query('select status from payments.payments order by 1')
    assert.deepEqual(
      rows.map((row) => row.status),
      ['canceled', 'failed'],
    )
    const owned = await world.db.pool.query('select from library.items')
    assert.equal(owned.rowCount, 0)
  })

  const cancel = ({ buyer, orderId }: Ordered) =>
    callApi(world.url, `POST /orders/${orderId}/cancel`, { token: buyer.token, key: randomUUID() })

  test('purchase – canceled before it was begun, and on the way to the provider – canceled; both conform', async () => {
    const [idle, begun] = [await order(world.url), await order(world.url)]
    await startPaying(world.url, begun)
    for (const ordered of [idle, begun]) {
      const { status, body } = await cancel(ordered)
      assert.deepEqual([status, body.status], [200, 'canceled'])
      const verdict = await world.finalVerdict(ordered.orderId)
      assertConforms(verdict)
      assert.equal(verdict.branches.end, 'unpaid')
    }
  })

  test('purchase – paid, and canceled before any word of it came – not canceled but bought; conforms', async (t) => {
    const control = world.platform.sandbox?.control
    control?.setWebhooks({ mode: 'lost' })
    const ordered = await order(world.url)
    await pay(world.url, ordered)
    const { status, body } = await cancel(ordered)
    // Which of the two depends on whether the order has heard of its money by then.
    assert.deepEqual([status, body.money], [409, 'safe'])
    assert.match(String(body.code), /^orders\.order_(in_payment|paid)$/)
    control?.setWebhooks({ mode: 'normal' })
    await world.rest()
    assert.deepEqual(await library(world.url, ordered), [ordered.orderId])
    const verdict = await world.finalVerdict(ordered.orderId)
    assertConforms(verdict)
    showItems(verdict, t.fullName, ordered.orderId)
    assert.equal((await world.db.pool.query('select from payments.refunds')).rowCount, 0)
  })
})
