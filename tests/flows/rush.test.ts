// Many at once for what there is once: the last copy of a limited edition, and the one transaction of an order. Through the whole
// platform, with the provider's books as the witness.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type Answer, type Buyer, callApi, newBuyer } from 'rialto/demo/buyer.ts'
import { openWorld, type World } from './harness.ts'
import { gamesOf, library, order, pay, paymentBody } from './shopper.ts'

const BUYERS = 50
const REQUESTS = 8

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.stop())

const rows = async (query: string, values: unknown[] = []) =>
  (await world.db.pool.query(query, values)).rows

/** What the provider was asked for, of an order or of all. */
function atProvider(orderId?: string) {
  const { payments } = world.platform.sandbox?.control.books() ?? { payments: [] }
  return payments.filter((p) => orderId === undefined || p.metadata.order_id === orderId)
}

const place = (buyer: Buyer, game: string): Promise<Answer> =>
  callApi(world.url, 'POST /orders/initiate', {
    ...{ token: buyer.token, key: randomUUID() },
    body: { product_id: game, quantity: 1, selected_payment_method_hint: 'card' },
  })

const start = (buyer: Buyer, orderId: string): Promise<Answer> =>
  callApi(world.url, 'POST /payments/transactions/initiate', {
    ...{ token: buyer.token, key: randomUUID(), body: paymentBody(orderId) },
  })

describe('many at once', { timeout: 280_000 }, () => {
  test('last copy of a limited edition – 50 buyers – one is paid, 49 are refused before money moves', async () => {
    const [limited] = await rows('update inventory.stock set total = 1 returning product_id')
    const game = String(limited?.product_id)
    assert.ok((await gamesOf(world.url)).includes(game))
    const buyers = await Promise.all(Array.from({ length: BUYERS }, () => newBuyer(world.url)))
    const answers = await Promise.all(buyers.map((buyer) => place(buyer, game)))
    const winner = answers.findIndex(({ status }) => status === 201)
    for (const [i, { status, body }] of answers.entries())
      if (i !== winner)
        assert.deepEqual(
          [status, body.code, body.money],
          [409, 'inventory.sold_out', 'untouched'],
          `buyer ${i}`,
        )
    const buyer = buyers[winner]
    assert.ok(buyer)
    const orderId = String(answers[winner]?.body.order_id)
    await pay(world.url, { buyer, orderId })
    await world.rest()
    assert.deepEqual(
      atProvider().map(({ status, capturedMinor, amountMinor }) => [
        status,
        capturedMinor === amountMinor,
      ]),
      [['succeeded', true]],
    )
    assert.deepEqual(await library(world.url, { buyer }), [orderId])
    assert.deepEqual(
      await rows('select held, sold from inventory.stock where product_id = $1', [game]),
      [{ held: 0, sold: 1 }],
    )
    const late = await place(await newBuyer(world.url), game)
    assert.deepEqual([late.status, late.body.code], [409, 'inventory.sold_out'])
  })

  test('a limited edition – placed by one buyer 8 times at once, then paid – one copy is held, then sold', async () => {
    const [limited] = await rows(
      'update inventory.stock set total = sold + 3 returning product_id, sold',
    )
    const [game, sold] = [String(limited?.product_id), Number(limited?.sold)]
    const buyer = await newBuyer(world.url)
    const answers = await Promise.all(Array.from({ length: REQUESTS }, () => place(buyer, game)))
    const [placed, ...more] = answers.filter(({ status }) => status === 201)
    assert.deepEqual([placed?.status, more], [201, []])
    for (const { status, body } of answers)
      if (status !== 201) assert.deepEqual([status, body.code], [409, 'orders.already_in_order'])
    const held = `select from inventory.reservations where product_id = $1 and state = 'held' and not confirmed`
    assert.ok((await rows(held, [game])).length <= 1, 'of all orders that may not exist')
    await pay(world.url, { buyer, orderId: String(placed?.body.order_id) })
    await world.rest()
    const [stock] = await rows('select sold from inventory.stock where product_id = $1', [game])
    assert.equal(stock?.sold, sold + 1)
  })

  test('one order – started to be paid by 8 requests at once – one transaction, charged and delivered once', async () => {
    const ordered = await order(world.url)
    const { buyer, orderId } = ordered
    const answers = await Promise.all(Array.from({ length: REQUESTS }, () => start(buyer, orderId)))
    const started = answers.filter(({ status }) => status === 201)
    assert.ok(started.length > 0)
    assert.equal(new Set(started.map(({ body }) => body.transaction_id)).size, 1)
    for (const { status, body } of answers)
      if (status !== 201)
        assert.deepEqual([status, body.code], [409, 'payments.payment_in_progress'])
    await pay(world.url, ordered)
    await world.rest()
    const [payment, ...more] = atProvider(orderId)
    assert.deepEqual([payment?.status, more.length], ['succeeded', 0])
    const transactions = await rows(
      'select payment_id, status from payments.payments where order_id = $1',
      [orderId],
    )
    const [first] = started
    assert.deepEqual(transactions, [
      { payment_id: first?.body.transaction_id, status: 'completed' },
    ])
    assert.equal((await library(world.url, { buyer })).length, 1)
    const receipts = await rows('select kind from payments.receipts where order_id = $1', [orderId])
    assert.deepEqual(receipts, [{ kind: 'sale' }])
  })
})
