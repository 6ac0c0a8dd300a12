import assert from 'node:assert/strict'
import test from 'node:test'
import { reserveStock } from '@rialto/contracts/inventory/http.ts'
import {
  OrderCanceled,
  OrderCompleted,
  OrderCreated,
  OrderUpdated,
} from '@rialto/contracts/orders/events.ts'
import { readOrder } from '@rialto/contracts/orders/http.ts'
import { orderProblems } from '@rialto/contracts/orders/problems.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { serviceCaller } from '@rialto/kernel/service/context.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { testHost } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { releaseOrphans } from './features/release-orphans.ts'
import { inventory } from './service.ts'

const ids = testIds(11)
const LIMITED = ids.next('prd')
const caller = serviceCaller('orders')
const line = (product_id: string) => ({
  ...{ line_id: ids.next('lin'), product_id, title: 'A game', quantity: 1, amount: 1 },
  ...{ list_amount: 1, tax_code: 'vat22', developer_id: 'dev1' },
})

/** Orders that knows those placed, or nobody who answers. */
function ordersStandIn(placed: ReadonlySet<string>, isDown: () => boolean): Service {
  const read = query(readOrder, async ({ input }) => {
    if (isDown()) throw new Unavailable('orders is down')
    const { order_id } = input.params
    if (!placed.has(order_id)) throw new Problem(orderProblems.unknown_order)
    const [about, at] = [{ user_id: ids.next('usr'), currency: 'RUB' }, isoInstant(0)]
    const kind = { order_type: 'purchase' as const, channel: 'online' as const }
    return reply(200, {
      ...{ order_id, ...about, ...kind, status: 'pending_payment' as const, total_amount: 1 },
      ...{ items: [], version: 1, created_at: at, expires_at: at },
    })
  })
  return {
    ...{ name: 'orders', participant: 'OrderSvc', features: [read], handlers: [], jobs: [] },
    ...{ migrations: new URL('./domain/', import.meta.url), uses: [], publishes: [], problems: {} },
  }
}

async function openStock(t: Parameters<typeof testHost>[0], total: number) {
  const placed = new Set<string>()
  const outage = { on: false }
  const host = await testHost(t, {
    services: [inventory, ordersStandIn(placed, () => outage.on)],
  })
  await host.db.pool.query('insert into inventory.stock (product_id, total) values ($1, $2)', [
    LIMITED,
    total,
  ])
  const stock = async () => {
    const { rows } = await host.db.pool.query(
      'select held, sold from inventory.stock where product_id = $1',
      [LIMITED],
    )
    return rows[0] as { held: number; sold: number }
  }
  /** For a new buyer unless one is named. */
  const reserve = (orderId: string, more: { product?: string; buyer?: string } = {}) => {
    const { product = LIMITED, buyer = ids.next('usr') } = more
    const items = [{ product_id: product, quantity: 1 }]
    return host.call(reserveStock, { caller, body: { order_id: orderId, user_id: buyer, items } })
  }
  const about = (orderId: string) => ({
    order_id: orderId,
    user_id: ids.next('usr'),
    currency: 'RUB',
  })
  const created = (orderId: string, listed = [LIMITED]) =>
    host.event(OrderCreated, {
      ...about(orderId),
      order_type: 'purchase',
      channel: 'online',
      total_amount: 1,
      items: listed.map(line),
      expires_at: isoInstant(0),
    })
  const updated = (orderId: string, listed: string[]) =>
    host.event(OrderUpdated, {
      ...about(orderId),
      ...{ changes: { total_amount: 1, removed_line_ids: [] }, updated_fields: ['items'] },
      ...{ total_amount: 1, items: listed.map(line), version: 2 },
    })
  const completed = (orderId: string, listed = [LIMITED]) =>
    host.event(OrderCompleted, {
      ...about(orderId),
      order_type: 'purchase',
      total_amount: 1,
      payment_id: ids.next('pay'),
      items: listed.map(line),
      completed_at: isoInstant(0),
    })
  const canceled = (orderId: string) =>
    host.event(OrderCanceled, { ...about(orderId), reason: 'test', refund_amount: 0 })
  const sweep = (afterMinutes = 16) => {
    host.clock.advance(afterMinutes * 60_000)
    return host.runJob(inventory, releaseOrphans, { data: undefined })
  }
  return { host, stock, reserve, created, updated, completed, canceled, placed, outage, sweep }
}

test('reserve – 50 buyers of the last copy at once – one holds it, 49 are refused, the stock is exact', async (t) => {
  const { stock, reserve } = await openStock(t, 1)
  // All wait for one row; whom a busy machine keeps waiting for longer than a statement may, asks again.
  const insist = async (orderId: string, tries = 10): ReturnType<typeof reserve> => {
    const answer = await reserve(orderId)
    return answer.status === 503 && tries > 1 ? insist(orderId, tries - 1) : answer
  }
  const answers = await Promise.all(Array.from({ length: 50 }, () => insist(ids.next('ord'))))
  assert.equal(answers.filter((a) => a.status === 200).length, 1)
  assert.equal(answers.filter((a) => a.status === 409).length, 49)
  assert.deepEqual(await stock(), { held: 1, sold: 0 })
})

test('reserve – the same order again, and a product without a limit – nothing more is held', async (t) => {
  const { stock, reserve } = await openStock(t, 2)
  const order = ids.next('ord')
  assert.equal((await reserve(order)).status, 200)
  assert.equal((await reserve(order)).status, 200)
  assert.equal((await reserve(ids.next('ord'), { product: ids.next('prd') })).status, 200)
  assert.deepEqual(await stock(), { held: 1, sold: 0 })
})

test('orders – created, paid, told twice and in another order – one copy is sold', async (t) => {
  const { host, stock, reserve, created, completed } = await openStock(t, 1)
  const order = ids.next('ord')
  await reserve(order)
  for (const event of [completed(order), created(order), completed(order)])
    await host.deliver(inventory, event)
  assert.deepEqual(await stock(), { held: 0, sold: 1 })
})

test('orders – canceled – its copy is free again for the next buyer', async (t) => {
  const { host, stock, reserve, canceled } = await openStock(t, 1)
  const [first, second] = [ids.next('ord'), ids.next('ord')]
  await reserve(first)
  assert.equal((await reserve(second)).status, 409)
  await host.deliver(inventory, canceled(first))
  assert.equal((await reserve(second)).status, 200)
  assert.deepEqual(await stock(), { held: 1, sold: 0 })
})

test('orders – a limited game taken out of the cart – its copy is free at once, and is not sold with the rest', async (t) => {
  const { host, stock, reserve, created, updated, completed } = await openStock(t, 1)
  const [order, other] = [ids.next('ord'), ids.next('prd')]
  await reserve(order)
  await host.deliver(inventory, created(order, [other, LIMITED]))
  await host.deliver(inventory, updated(order, [LIMITED]))
  assert.deepEqual(await stock(), { held: 1, sold: 0 }, 'the other one was taken out')
  await host.deliver(inventory, updated(order, [other]))
  await host.deliver(inventory, updated(order, [other]))
  assert.deepEqual(await stock(), { held: 0, sold: 0 })
  await host.deliver(inventory, completed(order, [other]))
  assert.deepEqual(await stock(), { held: 0, sold: 0 })
  assert.equal((await reserve(ids.next('ord'))).status, 200)
})

test('orders – placed, changed and paid in one batch, its change unheard – only what is listed is sold', async (t) => {
  const { host, stock, reserve, created, completed } = await openStock(t, 1)
  const [order, other] = [ids.next('ord'), ids.next('prd')]
  await reserve(order)
  await host.deliverTogether(inventory, [
    created(order, [other, LIMITED]),
    completed(order, [other]),
  ])
  assert.deepEqual(await stock(), { held: 0, sold: 0 })
})

test('orphans – a hold whose order never came – released after 15 minutes; its late order takes a copy again', async (t) => {
  const { host, stock, reserve, created, sweep } = await openStock(t, 1)
  const [orphan, placed] = [ids.next('ord'), ids.next('ord')]
  await reserve(orphan)
  await sweep(0)
  assert.deepEqual(await stock(), { held: 1, sold: 0 }, 'too young')
  await sweep()
  assert.deepEqual(await stock(), { held: 0, sold: 0 })
  await host.deliver(inventory, created(orphan))
  assert.deepEqual(await stock(), { held: 1, sold: 0 })
  assert.equal((await reserve(placed)).status, 409)
})

test('orphans – the order exists and its news is late – its copy stays its own', async (t) => {
  const { host, stock, reserve, completed, placed, sweep } = await openStock(t, 1)
  const order = ids.next('ord')
  placed.add(order)
  await reserve(order)
  await sweep()
  assert.equal((await reserve(ids.next('ord'))).status, 409)
  placed.clear()
  await sweep()
  assert.deepEqual(await stock(), { held: 1, sold: 0 }, 'asked once')
  await host.deliver(inventory, completed(order))
  assert.deepEqual(await stock(), { held: 0, sold: 1 })
})

test('orphans – orders does not answer – nothing is released until it does', async (t) => {
  const { stock, reserve, outage, sweep } = await openStock(t, 1)
  await reserve(ids.next('ord'))
  outage.on = true
  await assert.rejects(sweep(), Unavailable)
  assert.deepEqual(await stock(), { held: 1, sold: 0 })
  outage.on = false
  await sweep(0)
  assert.deepEqual(await stock(), { held: 0, sold: 0 })
})

/** Three orders of one buyer for the same game, of which none is known to exist. */
async function openTries(t: Parameters<typeof testHost>[0], total: number) {
  const shop = await openStock(t, total)
  const buyer = ids.next('usr')
  const [first, second, third] = [ids.next('ord'), ids.next('ord'), ids.next('ord')] as const
  for (const order of [first, second, third])
    assert.equal((await shop.reserve(order, { buyer })).status, 200)
  return { ...shop, buyer, first, second, third }
}

test('tries – one buyer places again and again, at once too – one copy is held, and free again after 15 minutes', async (t) => {
  const { stock, reserve, buyer, sweep } = await openTries(t, 3)
  await Promise.all(Array.from({ length: 10 }, () => reserve(ids.next('ord'), { buyer })))
  assert.deepEqual(await stock(), { held: 1, sold: 0 })
  assert.equal((await reserve(ids.next('ord'))).status, 200)
  await sweep()
  assert.deepEqual(await stock(), { held: 0, sold: 0 })
})

test('tries – the last copy, and any of them turns out to exist – it has the copy, whatever the others do', async (t) => {
  for (const which of ['first', 'second', 'third'] as const) {
    const { host, stock, reserve, created, completed, sweep, ...tries } = await openTries(t, 1)
    await host.deliver(inventory, created(tries[which]))
    assert.deepEqual(await stock(), { held: 1, sold: 0 }, which)
    await sweep()
    assert.equal((await reserve(ids.next('ord'))).status, 409, which)
    await host.deliver(inventory, completed(tries[which]))
    assert.deepEqual(await stock(), { held: 0, sold: 1 }, which)
  }
})

test('tries – its news is late, and it stands behind one that never was – the copy is kept for it', async (t) => {
  const { host, stock, completed, sweep, placed, second } = await openTries(t, 1)
  placed.add(second)
  await sweep()
  assert.deepEqual(await stock(), { held: 1, sold: 0 })
  await host.deliver(inventory, completed(second))
  assert.deepEqual(await stock(), { held: 0, sold: 1 })
})

test('tries – placed, canceled and placed again before any news – the second has the copy, in whatever order it is told', async (t) => {
  for (const order of ['told in order', 'told in one batch', 'second told first'] as const) {
    const { host, stock, created, canceled, completed, first, second } = await openTries(t, 1)
    const news = {
      'told in order': [created(first), canceled(first), created(second), completed(second)],
      'told in one batch': [created(second), created(first), canceled(first), completed(second)],
      'second told first': [created(second), completed(second), created(first), canceled(first)],
    }[order]
    if (order === 'told in one batch') await host.deliverTogether(inventory, news)
    else for (const event of news) await host.deliver(inventory, event)
    assert.deepEqual(await stock(), { held: 0, sold: 1 }, order)
  }
})

test('own – the last copy is in an open order of the buyer, told of or not, asked for eight times at once – no refusal, no other copy; others are refused', async (t) => {
  for (const total of [1, 5]) {
    const { host, stock, reserve, created } = await openStock(t, total)
    const [buyer, open] = [ids.next('usr'), ids.next('ord')]
    await reserve(open, { buyer })
    await host.deliver(inventory, created(open))
    const again = () =>
      Promise.all(Array.from({ length: 8 }, () => reserve(ids.next('ord'), { buyer })))
    for (const { status } of await again()) assert.equal(status, 200)
    assert.deepEqual(await stock(), { held: 1, sold: 0 })
    assert.equal((await reserve(ids.next('ord'))).status, total === 1 ? 409 : 200)
  }
})

test('own – canceled while the next try stands behind – the try has the copy, or it is free again when the try never came', async (t) => {
  for (const isPlaced of [true, false]) {
    const { host, stock, reserve, created, canceled, completed, sweep } = await openStock(t, 1)
    const [buyer, open, next] = [ids.next('usr'), ids.next('ord'), ids.next('ord')]
    await reserve(open, { buyer })
    await host.deliver(inventory, created(open))
    await reserve(next, { buyer })
    await host.deliver(inventory, canceled(open))
    assert.deepEqual(await stock(), { held: 1, sold: 0 })
    if (isPlaced) await host.deliver(inventory, completed(next))
    else await sweep()
    assert.deepEqual(await stock(), { held: 0, sold: isPlaced ? 1 : 0 })
  }
})

test('own – canceled and placed again, the new one told first – it takes the copy of the old one, whose end frees nothing', async (t) => {
  const { host, stock, reserve, created, canceled, completed } = await openStock(t, 1)
  const [buyer, open, next] = [ids.next('usr'), ids.next('ord'), ids.next('ord')]
  await reserve(open, { buyer })
  await host.deliver(inventory, created(open))
  await reserve(next, { buyer })
  for (const event of [created(next), created(open), canceled(open)])
    await host.deliver(inventory, event)
  assert.deepEqual(await stock(), { held: 1, sold: 0 })
  assert.equal((await reserve(ids.next('ord'))).status, 409)
  await host.deliver(inventory, completed(next))
  assert.deepEqual(await stock(), { held: 0, sold: 1 })
})
