import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LibraryGameAdded } from '@rialto/contracts/library/events.ts'
import { getOrder, initiateOrder, listOrders, readOrder } from '@rialto/contracts/orders/http.ts'
import { orderStates } from '@rialto/contracts/orders/states.ts'
import { PaymentCompleted, PaymentFailed } from '@rialto/contracts/payments/events.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import { statesOf } from '@rialto/kernel/pure/states.ts'
import { isoInstant, MINUTE } from '@rialto/kernel/pure/time.ts'
import { serviceCaller } from '@rialto/kernel/service/context.ts'
import { testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { expireOrders } from './features/expire-orders.ts'
import { anna, boris, games, openShop, PRICE, type Shop } from './orders.fixture.ts'
import { orders } from './service.ts'

const ids = testIds(9)
const [first, second] = [ids.next('pay'), ids.next('pay')]

async function place(shop: Shop, caller = anna): Promise<string> {
  const { status, body } = await shop.order(caller)
  assert.equal(status, 201, JSON.stringify(body))
  return body.order_id as string
}

const typesOf = async (shop: Shop): Promise<string[]> =>
  (await shop.published()).map((event) => event.type)
const expire = (shop: Shop) => shop.runJob(orders, expireOrders)

describe('orders', { timeout: 60_000 }, () => {
  test('initiate – a game with a price – order, frozen promotions, events in order, the call to the catalog', async (t) => {
    const shop = await openShop(t)
    const orderId = await place(shop)
    const read = await shop.call(readOrder, {
      caller: serviceCaller('payments'),
      params: { order_id: orderId },
    })
    assert.equal(read.body.total_amount, PRICE)
    assert.equal(read.body.status, 'pending_payment')
    const [line] = read.body.items as Record<string, unknown>[]
    assert.deepEqual(line?.promotions_applied, [
      { promotion_id: 'p1', name: 'Autumn', discount: 20_000 },
    ])
    const events = await shop.published()
    assert.deepEqual(
      events.map((e) => [e.type, e.headers.flow]),
      [
        ['order.created', orderId],
        ['order.payment.initiation.requested.v1', orderId],
      ],
    )
    const mine = shop.recorded.filter((i) => i.flow === orderId && i.from === 'OrderSvc')
    assert.deepEqual(
      mine.map((i) => `${i.kind} ${i.name}`),
      [
        'call GET /internal/users/:user_id',
        'call GET /internal/library/:user_id/owned',
        'call rpc GetProductPrice',
        'step order:pending_payment',
      ],
    )
  })

  test('initiate – the same key again – the same answer; nothing is drawn for an order that never was', async (t) => {
    const shop = await openShop(t)
    const body = { product_id: games.known, quantity: 1 }
    const order = () => shop.call(initiateOrder, { caller: anna, body, key: 'k1' })
    const [first, again] = [await order(), await order()]
    assert.deepEqual([again.status, again.body], [201, first.body])
    assert.equal(again.headers['idempotency-replayed'], 'true')
    const flows = new Set(shop.recorded.map((i) => i.flow))
    assert.deepEqual([...flows], [first.body.order_id])
    assert.equal((await typesOf(shop)).length, 2)
  })

  test('initiate – quantity 0, 2 or 1,000 – refused with its code, nothing written', async (t) => {
    const shop = await openShop(t)
    for (const quantity of [0, 2, 1_000, -1]) {
      const body = { product_id: games.known, quantity }
      const answer = await shop.call(initiateOrder, { caller: anna, body })
      assert.deepEqual([answer.status, answer.body.code], [400, 'orders.quantity_not_allowed'])
    }
    assert.deepEqual(await typesOf(shop), [])
  })

  test('initiate – a product the catalog does not know, one the library has – the code of each', async (t) => {
    const shop = await openShop(t)
    const unknown = await shop.order(anna, games.unknown)
    assert.deepEqual([unknown.status, unknown.body.code], [404, 'catalog.unknown_product'])
    shop.owned.add(`${anna.id} ${games.known}`)
    const owned = await shop.order(anna)
    assert.deepEqual([owned.status, owned.body.code], [409, 'orders.already_owned'])
    assert.deepEqual(await typesOf(shop), [])
  })

  test('initiate – eight tabs at once – one order, the others refused; another user and another game not', async (t) => {
    const shop = await openShop(t)
    const answers = await Promise.all(Array.from({ length: 8 }, () => shop.order(anna)))
    const codes = answers.map((a) => a.body.code ?? a.status).sort()
    assert.deepEqual(codes, [201, ...Array(7).fill('orders.already_in_order')])
    const { rows } = await shop.db.pool.query('select count(*)::int as n from orders.orders')
    assert.equal(rows[0].n, 1)
    assert.equal((await shop.order(boris)).status, 201)
    assert.equal((await shop.order(anna, games.other)).status, 201)
  })

  test('initiate – again after the order was paid, after it expired – owned, and free to buy', async (t) => {
    const shop = await openShop(t)
    const orderId = await place(shop)
    await shop.intent(orderId, first)
    await shop.pay(first, 'completed', { order_id: orderId })
    assert.equal((await shop.order(anna)).body.code, 'orders.already_owned')
    await place(shop, boris)
    shop.clock.advance(31 * MINUTE)
    await expire(shop)
    assert.equal((await shop.order(boris)).status, 201)
  })

  test('payment – both names of one completion, each twice – completed once, fulfilled by the last line', async (t) => {
    const shop = await openShop(t)
    const orderId = await place(shop)
    await shop.intent(orderId, first)
    const completed = shop.event(PaymentCompleted, {
      ...{ payment_intent_id: first, order_id: orderId, user_id: anna.id },
      ...{ amount: PRICE, currency: 'RUB', late: false },
    })
    for (let i = 0; i < 2; i++) {
      await shop.pay(first, 'completed', { order_id: orderId })
      await shop.deliver(orders, completed)
    }
    const { rows } = await shop.db.pool.query('select line_id from orders.order_lines')
    const added = shop.event(LibraryGameAdded, {
      ...{ user_id: anna.id, product_id: games.known, order_id: orderId },
      ...{ line_id: rows[0].line_id, acquisition_type: 'purchase' as const },
      purchase_date: isoInstant(shop.clock.now()),
    })
    for (let i = 0; i < 2; i++) assert.equal((await shop.deliver(orders, added)).kind, 'done')
    assert.deepEqual((await typesOf(shop)).slice(2), [
      'order.payment_pending',
      'order.completed',
      'order.processing.completed.v1',
      'order.fulfilled',
    ])
    assert.equal((await shop.row(orderId)).status, 'fulfilled')
  })

  test('payment – too late, twice, another amount – absorbed with its reason, the order as it was', async (t) => {
    const shop = await openShop(t)
    const orderId = await place(shop)
    await shop.pay(first, 'completed', { order_id: orderId, amount: PRICE - 1 })
    assert.equal((await shop.row(orderId)).status, 'pending_payment')
    await shop.pay(first, 'completed', { order_id: orderId })
    await shop.pay(second, 'completed', { order_id: orderId })
    const expired = await place(shop, boris)
    shop.clock.advance(31 * MINUTE)
    await expire(shop)
    await shop.pay(second, 'completed', { order_id: expired })
    assert.equal((await shop.row(expired)).status, 'expired')
    const { rows } = await shop.db.pool.query(
      'select reason from orders.absorbed_messages order by event_id',
    )
    assert.deepEqual(
      rows.map((r) => r.reason),
      ['amount_differs', 'paid_twice', 'order_ended'],
    )
    assert.equal((await typesOf(shop)).filter((type) => type === 'order.completed').length, 1)
  })

  test('expire – never tried, last attempt failed, one in processing – expired, canceled, left alone as long as payments waits for it', async (t) => {
    const shop = await openShop(t)
    const untried = await place(shop)
    const failed = await place(shop, boris)
    const carla = testUser(ids.next('usr'))
    const busy = await place(shop, carla)
    await shop.pay(first, 'pending_psp_redirect', { order_id: failed })
    await shop.pay(first, 'failed', { order_id: failed })
    const why = { payment_intent_id: first, order_id: failed, user_id: boris.id, amount: PRICE }
    await shop.deliver(
      orders,
      shop.event(PaymentFailed, { ...why, currency: 'RUB', error: 'insufficient_funds' }),
    )
    await shop.pay(second, 'processing', { order_id: busy })
    shop.till.unsettled = new Map([[busy, second]])
    await expire(shop)
    assert.equal((await shop.row(untried)).status, 'pending_payment')
    shop.clock.advance(66 * MINUTE)
    await expire(shop)
    await expire(shop)
    assert.equal((await shop.row(untried)).status, 'expired')
    assert.deepEqual(
      [(await shop.row(failed)).status, (await shop.row(failed)).ended_reason],
      ['canceled', 'payment_failed'],
    )
    assert.equal((await shop.row(busy)).status, 'pending_payment')
    const ended = (await shop.published()).filter((e) => /^order\.(expired|canceled)$/.test(e.type))
    assert.deepEqual(
      ended.map((e) => [e.type, e.headers.flow]),
      [
        ['order.expired', untried],
        ['order.canceled', failed],
      ],
    )
    const { rows } = await shop.db.pool.query(
      'select error from orders.payment_attempts where payment_id = $1',
      [first],
    )
    assert.equal(rows[0].error, 'insufficient_funds')
    shop.till.unsettled = new Map()
    await expire(shop)
    assert.equal((await shop.row(busy)).status, 'expired')
  })

  test('expire – an attempt begun at minute 29 – the order waits 65 minutes more', async (t) => {
    const shop = await openShop(t)
    const orderId = await place(shop)
    shop.clock.advance(29 * MINUTE)
    await shop.intent(orderId, first)
    await shop.pay(first, 'pending_psp_redirect', { order_id: orderId })
    shop.clock.advance(64 * MINUTE)
    await expire(shop)
    assert.equal((await shop.row(orderId)).status, 'pending_payment')
    shop.clock.advance(2 * MINUTE)
    await expire(shop)
    assert.equal((await shop.row(orderId)).status, 'expired')
  })

  test('expire – attempt after attempt – each gives the order time, until six hours after it was placed', async (t) => {
    const shop = await openShop(t)
    const orderId = await place(shop)
    const seen: unknown[] = []
    for (let hour = 1; hour <= 6; hour++) {
      const attempt = ids.next('pay')
      await shop.intent(orderId, attempt)
      await shop.pay(attempt, 'pending_psp_redirect', { order_id: orderId })
      shop.clock.advance(60 * MINUTE)
      await expire(shop)
      seen.push((await shop.row(orderId)).status)
    }
    assert.deepEqual(seen, [...Array(5).fill('pending_payment'), 'expired'])
  })

  test('expire – payments knows more than orders has heard, or does not answer – nothing ends until it does', async (t) => {
    const shop = await openShop(t)
    const [unpaid, paid] = [await place(shop), await place(shop, boris)]
    const statuses = async () => [(await shop.row(unpaid)).status, (await shop.row(paid)).status]
    shop.clock.advance(31 * MINUTE)
    shop.till.unsettled = undefined
    await assert.rejects(expire(shop), Unavailable)
    assert.deepEqual(await statuses(), ['pending_payment', 'pending_payment'])
    shop.till.unsettled = new Map([[paid, first]])
    await expire(shop)
    assert.deepEqual(await statuses(), ['expired', 'pending_payment'])
    await shop.pay(first, 'completed', { order_id: paid })
    assert.equal((await shop.row(paid)).status, 'completed')
    const flows = shop.recorded.filter(({ name }) => name.includes('/internal/payments/'))
    assert.deepEqual(flows, [], 'asked outside the diagrams of orders')
  })

  test('expire – of a payment that the order heard of and did not take – ends all the same', async (t) => {
    const shop = await openShop(t)
    const orderId = await place(shop)
    await shop.pay(first, 'completed', { order_id: orderId, amount: PRICE - 1 })
    shop.till.unsettled = new Map([[orderId, first]])
    shop.clock.advance(66 * MINUTE)
    await expire(shop)
    assert.equal((await shop.row(orderId)).status, 'expired')
  })

  test('expire – more orders wait for payments than one look has – those behind them end', async (t) => {
    const shop = await openShop(t)
    await shop.db.pool.query(`insert into orders.orders
      (order_id, user_id, order_type, channel, status, total_minor, currency, region, created_at, expires_at)
      select 'ord_' || lpad(n::text, 26, '0'), 'usr_x', 'purchase', 'online', 'pending_payment', 1, 'RUB', 'RU',
             to_timestamp(0), to_timestamp(0) from generate_series(1, 150) n`)
    const behind = await place(shop)
    const { rows } = await shop.db.pool.query(
      'select order_id from orders.orders where expires_at = to_timestamp(0)',
    )
    shop.till.unsettled = new Map(rows.map(({ order_id }) => [order_id, first]))
    shop.clock.advance(31 * MINUTE)
    await expire(shop)
    assert.equal((await shop.row(behind)).status, 'expired')
    const open = `select count(*)::int as n from orders.orders where status = 'pending_payment'`
    assert.equal((await shop.db.pool.query(open)).rows[0].n, 150)
  })

  test('expire – a payment’s completion has the row at the same moment – passed over, then found paid', async (t) => {
    const shop = await openShop(t)
    const orderId = await place(shop)
    shop.clock.advance(31 * MINUTE)
    const holder = await shop.db.pool.connect()
    await holder.query('begin')
    await holder.query('select from orders.orders where order_id = $1 for update', [orderId])
    await expire(shop)
    await holder.query('rollback')
    holder.release()
    assert.equal((await shop.row(orderId)).status, 'pending_payment')
  })

  test('read – own, foreign, operator, service route as customer, pages – each sees what it may', async (t) => {
    const shop = await openShop(t)
    const mine = [await place(shop)]
    mine.unshift((await shop.order(anna, games.other)).body.order_id as string)
    const get = (caller: typeof anna) =>
      shop.call(getOrder, { caller, params: { order_id: mine[0] as string } })
    assert.equal((await get(anna)).status, 200)
    assert.deepEqual(
      [(await get(boris)).status, (await get(boris)).body.code],
      [404, 'orders.unknown_order'],
    )
    assert.equal((await get(testUser(ids.next('usr'), 'operator'))).status, 200)
    const internal = await shop.call(readOrder, {
      caller: anna,
      params: { order_id: mine[0] as string },
    })
    assert.equal(internal.status, 403)
    const page = await shop.call(listOrders, { caller: anna, query: { limit: 1 } })
    const cursor = page.body.next_cursor as string
    const rest = await shop.call(listOrders, { caller: anna, query: { limit: 1, cursor } })
    assert.equal(rest.body.next_cursor, undefined)
    const seen = [page, rest].flatMap((p) => p.body.items as { order_id: string }[])
    assert.deepEqual(
      seen.map((o) => o.order_id),
      mine,
    )
    const bad = await shop.call(listOrders, { caller: anna, query: { cursor: 'nonsense' } })
    assert.equal(bad.status, 400)
  })

  test('states – the CHECK of the table – lists what the contract lists', async (t) => {
    const shop = await openShop(t)
    const { rows } = await shop.db.pool.query(
      `select pg_get_constraintdef(oid) as text from pg_constraint where conname = 'orders_status_check'`,
    )
    const listed = [...rows[0].text.matchAll(/'([a-z_]+)'/g)].map((m) => m[1])
    assert.deepEqual(listed.sort(), statesOf(orderStates).sort())
  })
})
