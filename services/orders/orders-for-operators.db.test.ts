import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  countOrders,
  examineOrder,
  exportOrders,
  listAllOrders,
} from '@rialto/contracts/orders/admin.ts'
import { cancelOrder, changeOrder, initiateOrder } from '@rialto/contracts/orders/http.ts'
import { isoInstant, MINUTE } from '@rialto/kernel/pure/time.ts'
import { testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { anna, boris, games, openShop, PRICE, type Shop } from './orders.fixture.ts'

const ids = testIds(11)
const operator = testUser(ids.next('usr'), 'operator')
type Item = Record<string, unknown> & { order_id: string }

async function list(shop: Shop, query: object): Promise<{ items: Item[]; next_cursor?: string }> {
  const { status, body } = await shop.call(listAllOrders, { caller: operator, query })
  assert.equal(status, 200, JSON.stringify(body))
  return body as { items: Item[]; next_cursor?: string }
}

const idsOf = async (shop: Shop, query: object): Promise<string[]> =>
  (await list(shop, query)).items.map((item) => item.order_id)

/** The table as its lines. */
async function tableOf(shop: Shop, query: Record<string, string>): Promise<string[]> {
  const mounted = shop.host.mounted.get('orders')
  assert.ok(mounted !== undefined)
  const answer = await mounted.call(exportOrders, {
    ...{ params: {}, query, headers: {}, body: undefined },
    ...{ caller: operator, ip: '127.0.0.1' },
  })
  return (answer.body ?? '').trimEnd().split('\r\n')
}

/** Three orders: Anna's first, a canceled one of hers, Boris's. */
async function openThree(t: Parameters<typeof openShop>[0]) {
  const shop = await openShop(t)
  const place = async (caller: typeof anna, game: string): Promise<string> =>
    (await shop.order(caller, game)).body.order_id as string
  const first = await place(anna, games.known)
  const second = await place(anna, games.other)
  await shop.call(cancelOrder, { caller: anna, params: { order_id: second }, key: 'cancel-it' })
  shop.clock.advance(10 * MINUTE)
  const third = await place(boris, games.known)
  return { shop, first, second, third }
}

describe('orders for operators', { timeout: 60_000 }, () => {
  test('list – each filter – exactly the orders that fit, newest first', async (t) => {
    const { shop, first, second, third } = await openThree(t)
    const all = await idsOf(shop, {})
    assert.deepEqual(all, [third, second, first])
    assert.deepEqual(await idsOf(shop, { user_id: boris.id }), [third])
    assert.deepEqual(await idsOf(shop, { status: 'canceled' }), [second])
    await shop.pay('pay_00000000000000000000000001', 'completed', { order_id: first })
    assert.deepEqual(await idsOf(shop, { paid: true }), [first])
    assert.deepEqual(await idsOf(shop, { paid: false }), [third, second])
    assert.deepEqual(await idsOf(shop, { product_id: games.known }), [third, first])
    assert.deepEqual(await idsOf(shop, { order_id: first }), [first])
    assert.deepEqual(await idsOf(shop, { amount_min: PRICE + 1 }), [])
    assert.deepEqual(await idsOf(shop, { amount_max: PRICE, currency: 'RUB' }), all)
    const middle = isoInstant(shop.clock.now() - 5 * MINUTE)
    assert.deepEqual(await idsOf(shop, { from: middle }), [third])
    assert.deepEqual(await idsOf(shop, { to: middle }), [second, first])
    assert.deepEqual(await idsOf(shop, { status: 'canceled', user_id: boris.id }), [])
  })

  test('list – page by page – every order once, and no cursor behind the last', async (t) => {
    const { shop, first, second, third } = await openThree(t)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await list(shop, { limit: 1, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...page.items.map((item) => item.order_id))
      cursor = page.next_cursor
    } while (cursor !== undefined)
    assert.deepEqual(seen, [third, second, first])
  })

  test('figures – placed, canceled, open – counted by the time of their placing', async (t) => {
    const { shop } = await openThree(t)
    const count = async (from: number) =>
      (await shop.call(countOrders, { caller: operator, query: { from: isoInstant(from) } })).body
    const all = await count(shop.clock.now() - 60 * MINUTE)
    assert.deepEqual(
      [all.placed, all.open, all.canceled, all.paid, all.revenue],
      [3, 2, 1, 0, [{ currency: 'RUB', amount: 0 }]],
    )
    assert.equal((await count(shop.clock.now() - 5 * MINUTE)).placed, 1)
  })

  test('one – a canceled order – with its lines, and no step in the record of who looked', async (t) => {
    const { shop, second } = await openThree(t)
    const before = shop.recorded.length
    const { body } = await shop.call(examineOrder, {
      caller: operator,
      params: { order_id: second },
    })
    const { order, attempts, absorbed } = body as {
      order: { status: string; items: unknown[] }
      attempts: unknown[]
      absorbed: unknown[]
    }
    assert.equal(order.status, 'canceled')
    assert.deepEqual([order.items.length, attempts, absorbed], [1, [], []])
    assert.equal(shop.recorded.length, before)
    const unknown = await shop.call(examineOrder, {
      caller: operator,
      params: { order_id: `ord_${'0'.repeat(26)}` },
    })
    assert.equal(unknown.status, 404)
  })

  test('table – filtered – a header, a line an order, amounts in minor units', async (t) => {
    const { shop, third } = await openThree(t)
    const [header, line, ...rest] = await tableOf(shop, { user_id: boris.id })
    assert.match(header ?? '', /^\uFEFForder_id,user_id,status,total_minor/)
    assert.ok(line?.startsWith(`${third},${boris.id},pending_payment,${PRICE},RUB`), String(line))
    assert.deepEqual(rest, [])
  })

  test('list, table – an order whose first game was taken out – named by what is left in it', async (t) => {
    const shop = await openShop(t)
    const items = [games.known, games.other].map((product_id) => ({ product_id, quantity: 1 }))
    const { body } = await shop.call(initiateOrder, { caller: anna, body: { items } })
    const order_id = String(body.order_id)
    const { rows } = await shop.db.pool.query(`update orders.order_lines set title = 'Kept'
       where position = (select max(position) from orders.order_lines) returning order_id`)
    assert.deepEqual(rows, [{ order_id }])
    const [created] = await shop.published()
    const [first] = (created?.data.items ?? []) as { line_id: string }[]
    const change = { remove_line_ids: [first?.line_id ?? ''] }
    const { status } = await shop.call(changeOrder, {
      ...{ caller: anna, params: { order_id }, body: change },
    })
    assert.equal(status, 200)
    const [item] = (await list(shop, {})).items
    assert.deepEqual([item?.title, item?.lines], ['Kept', 1])
    const [, line = ''] = await tableOf(shop, {})
    assert.match(line, /,Kept,1,/)
  })
})
