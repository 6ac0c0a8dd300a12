import assert from 'node:assert/strict'
import test from 'node:test'
import { reserveStock } from '@rialto/contracts/inventory/http.ts'
import { OrderCanceled, OrderCompleted, OrderCreated } from '@rialto/contracts/orders/events.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { serviceCaller } from '@rialto/kernel/service/context.ts'
import { testHost } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { releaseOrphans } from './features/release-orphans.ts'
import { inventory } from './service.ts'

const ids = testIds(11)
const LIMITED = ids.next('prd')
const caller = serviceCaller('orders')

async function openStock(t: Parameters<typeof testHost>[0], total: number) {
  const host = await testHost(t, { services: [inventory] })
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
  const reserve = (orderId: string, productId: string = LIMITED) =>
    host.call(reserveStock, {
      caller,
      body: { order_id: orderId, items: [{ product_id: productId, quantity: 1 }] },
    })
  const about = (orderId: string) => ({
    order_id: orderId,
    user_id: ids.next('usr'),
    currency: 'RUB',
  })
  const created = (orderId: string) =>
    host.event(OrderCreated, {
      ...about(orderId),
      order_type: 'purchase',
      channel: 'online',
      total_amount: 1,
      items: [],
      expires_at: isoInstant(0),
    })
  const completed = (orderId: string) =>
    host.event(OrderCompleted, {
      ...about(orderId),
      order_type: 'purchase',
      total_amount: 1,
      payment_id: ids.next('pay'),
      items: [],
      completed_at: isoInstant(0),
    })
  const canceled = (orderId: string) =>
    host.event(OrderCanceled, { ...about(orderId), reason: 'test', refund_amount: 0 })
  return { host, stock, reserve, created, completed, canceled }
}

test('reserve – 50 buyers of the last copy at once – one holds it, 49 are refused, the stock is exact', async (t) => {
  const { stock, reserve } = await openStock(t, 1)
  const answers = await Promise.all(Array.from({ length: 50 }, () => reserve(ids.next('ord'))))
  assert.equal(answers.filter((a) => a.status === 200).length, 1)
  assert.equal(answers.filter((a) => a.status === 409).length, 49)
  assert.deepEqual(await stock(), { held: 1, sold: 0 })
})

test('reserve – the same order again, and a product without a limit – nothing more is held', async (t) => {
  const { stock, reserve } = await openStock(t, 2)
  const order = ids.next('ord')
  assert.equal((await reserve(order)).status, 200)
  assert.equal((await reserve(order)).status, 200)
  assert.equal((await reserve(ids.next('ord'), ids.next('prd'))).status, 200)
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

test('orphans – a hold whose order never came – released after 15 minutes; its late order takes a copy again', async (t) => {
  const { host, stock, reserve, created } = await openStock(t, 1)
  const [orphan, placed] = [ids.next('ord'), ids.next('ord')]
  await reserve(orphan)
  await host.runJob(inventory, releaseOrphans, { data: undefined })
  assert.deepEqual(await stock(), { held: 1, sold: 0 }, 'too young')
  host.clock.advance(16 * 60_000)
  await host.runJob(inventory, releaseOrphans, { data: undefined })
  assert.deepEqual(await stock(), { held: 0, sold: 0 })
  await host.deliver(inventory, created(orphan))
  assert.deepEqual(await stock(), { held: 1, sold: 0 })
  assert.equal((await reserve(placed)).status, 409)
})
