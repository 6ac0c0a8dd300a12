// What a purchase refuses, through the whole platform: amounts nobody may order, what is not sold there, what one has already, and
// the same request twice. Each refusal names its code, says where the money is, and leaves nothing behind.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type Answer, type Buyer, callApi, expectStatus, newBuyer } from 'rialto/demo/buyer.ts'
import { openWorld, type World } from './harness.ts'
import { gamesOf, order, pay, paymentBody } from './shopper.ts'

const INITIATE = 'POST /orders/initiate'

let world: World
let games: string[]
before(async () => {
  world = await openWorld()
  games = await gamesOf(world.url)
})
after(() => world.stop())

const game = (nth: number): string => games[nth] as string
const place = (buyer: Buyer, body: object, key: string = randomUUID()): Promise<Answer> =>
  callApi(world.url, INITIATE, { token: buyer.token, key, body })
const told = ({ status, body }: Answer): string => `${status} ${String(body.code)}`
const ordersOf = async (buyer: Buyer): Promise<number> =>
  (await world.db.pool.query('select from orders.orders where user_id = $1', [buyer.userId]))
    .rowCount ?? 0

function assertRefused(answer: Answer, refusal: string, money = 'untouched'): void {
  assert.equal(told(answer), refusal)
  assert.equal(answer.body.money, money)
  for (const field of ['title', 'action', 'detail', 'trace_id'])
    assert.ok(String(answer.body[field] ?? '').length > 0, field)
}

describe('orders that are refused', { timeout: 280_000 }, () => {
  test('order – quantity 0, 1000, below, two – not allowed; a fraction – no integer', async () => {
    const buyer = await newBuyer(world.url)
    for (const quantity of [0, 1_000, -1, 2])
      assertRefused(
        await place(buyer, { product_id: game(0), quantity }),
        '400 orders.quantity_not_allowed',
      )
    const half = await place(buyer, { product_id: game(0), quantity: 0.5 })
    assertRefused(half, '400 kernel.invalid_input')
    assert.equal(await ordersOf(buyer), 0)
  })

  test('order – a product nobody knows – unknown', async () => {
    const buyer = await newBuyer(world.url)
    const answer = await place(buyer, { product_id: `prd_${'z'.repeat(26)}`, quantity: 1 })
    assertRefused(answer, '404 catalog.unknown_product')
    assert.equal(await ordersOf(buyer), 0)
  })

  test('order – from a region where the game has no price – not sold there; another game is', async () => {
    const buyer = await newBuyer(world.url, 'KZ')
    const sold = await gamesOf(world.url, 'KZ')
    const unsold = games.filter((id) => !sold.includes(id))
    assert.ok(unsold.length > 0 && sold.length > 0)
    const answer = await place(buyer, { product_id: unsold[0], quantity: 1 })
    assertRefused(answer, '409 catalog.not_sold_in_region')
    const bought = await expectStatus(201, place(buyer, { product_id: sold[0], quantity: 1 }))
    assert.equal(bought.currency, 'KZT')
  })

  test('order – at a price that the game no longer has – refused with today’s; at that – placed', async () => {
    const buyer = await newBuyer(world.url)
    const at = (amount: number, currency = 'RUB') =>
      place(buyer, { product_id: game(0), quantity: 1, expected_total: { amount, currency } })
    const refused = await at(1)
    assertRefused(refused, '409 orders.price_changed')
    const { total_amount: amount } = refused.body.facts as { total_amount: number }
    assertRefused(await at(amount, 'KZT'), '409 catalog.wrong_currency')
    assert.equal(await ordersOf(buyer), 0)
    const placed = await expectStatus(201, at(amount))
    assert.equal(placed.total_amount, amount)
  })

  test('order – the same game in two tabs at once, eight times – one of them', async () => {
    const buyer = await newBuyer(world.url)
    const tabs = Array.from({ length: 8 }, () => place(buyer, { product_id: game(1), quantity: 1 }))
    const answers = await Promise.all(tabs)
    assert.equal(answers.filter((answer) => answer.status === 201).length, 1)
    for (const answer of answers)
      if (answer.status !== 201) assertRefused(answer, '409 orders.already_in_order')
    assert.equal(await ordersOf(buyer), 1)
    // What was refused is no run: an order that never was can only deviate.
    await world.rest()
    const sql = `select array(select order_id from orders.orders order by 1) as orders,
                        array(select flow from observer.flows where diagram = 'purchase' order by 1) as runs`
    const { orders, runs } = (await world.db.pool.query(sql)).rows[0]
    assert.deepEqual(runs, orders)
  })

  test('order – a game one owns – refused, by orders and while the library tells', async () => {
    const bought = await order(world.url, { game: game(2) })
    await pay(world.url, bought)
    await world.rest()
    const again = await place(bought.buyer, { product_id: game(2), quantity: 1 })
    assertRefused(again, '409 orders.already_owned')
    // As after a move from another shop: the library has it, orders knows nothing.
    await world.db.pool.query('update orders.order_lines set holds = false where order_id = $1', [
      bought.orderId,
    ])
    const told = await place(bought.buyer, { product_id: game(2), quantity: 1 })
    assertRefused(told, '409 orders.already_owned')
  })
})

describe('the same request again', { timeout: 280_000 }, () => {
  test('key – same body – the same answer, marked as a replay; one order', async () => {
    const buyer = await newBuyer(world.url)
    const [key, body] = [randomUUID(), { product_id: game(3), quantity: 1 }]
    const first = await place(buyer, body, key)
    const again = await place(buyer, { quantity: 1, product_id: game(3) }, key)
    assert.deepEqual([first.status, again.status], [201, 201])
    assert.deepEqual(again.body, first.body)
    assert.equal(first.headers['idempotency-replayed'], undefined)
    assert.equal(again.headers['idempotency-replayed'], 'true')
    assert.equal(await ordersOf(buyer), 1)
  })

  test('key – another body – refused; the first answer stays', async () => {
    const buyer = await newBuyer(world.url)
    const key = randomUUID()
    const first = await place(buyer, { product_id: game(4), quantity: 1 }, key)
    const other = await place(buyer, { product_id: game(5), quantity: 1 }, key)
    assertRefused(other, '422 kernel.idempotency_key_reused')
    const again = await place(buyer, { product_id: game(4), quantity: 1 }, key)
    assert.deepEqual(again.body, first.body)
    assert.equal(await ordersOf(buyer), 1)
  })

  test('key – eight times at once – one order; the others get its answer, or are told to wait', async () => {
    const buyer = await newBuyer(world.url)
    const [key, body] = [randomUUID(), { product_id: game(6), quantity: 1 }]
    const answers = await Promise.all(Array.from({ length: 8 }, () => place(buyer, body, key)))
    for (const answer of answers)
      if (answer.status === 201)
        assert.equal(answer.body.order_id, answers.find((a) => a.status === 201)?.body.order_id)
      else {
        assertRefused(answer, '409 kernel.idempotency_in_progress', 'checking')
        assert.match(String(answer.headers['retry-after']), /^\d+$/)
      }
    assert.equal(await ordersOf(buyer), 1)
    assert.equal((await place(buyer, body, key)).status, 201)
  })

  test('key – of another person – is another key', async () => {
    const [anna, boris] = [await newBuyer(world.url), await newBuyer(world.url)]
    const [key, body] = [randomUUID(), { product_id: game(7), quantity: 1 }]
    const hers = await expectStatus(201, place(anna, body, key))
    const his = await expectStatus(201, place(boris, body, key))
    assert.notEqual(hers.order_id, his.order_id)
  })

  test('key – of a payment’s start, four at once, then paid – one payment at the provider', async () => {
    const ordered = await order(world.url, { game: game(8) })
    const [key, body] = [randomUUID(), paymentBody(ordered.orderId)]
    const start = (): Promise<Answer> =>
      callApi(world.url, 'POST /payments/transactions/initiate', {
        ...{ token: ordered.buyer.token, key, body },
      })
    const answers = await Promise.all(Array.from({ length: 4 }, start))
    for (const answer of answers)
      if (answer.status !== 201)
        assertRefused(answer, '409 kernel.idempotency_in_progress', 'checking')
    const replay = await start()
    assert.equal(replay.headers['idempotency-replayed'], 'true')
    const made = world.platform.sandbox?.control
      .books()
      .payments.filter((payment) => payment.metadata.order_id === ordered.orderId)
    assert.equal(made?.length, 1)
    await pay(world.url, ordered)
    await world.rest()
    const paid = await callApi(world.url, 'POST /payments/transactions/initiate', {
      ...{ token: ordered.buyer.token, key: randomUUID(), body },
    })
    assertRefused(paid, '409 payments.order_already_paid', 'safe')
  })
})
