// The bus is away for longer than an order waits: orders hears nothing of payments, and its own clock goes on.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR } from '@rialto/kernel/pure/time.ts'
import { poll } from 'rialto/demo/buyer.ts'
import { openWorld } from './harness.ts'
import { deafTo } from './plants.ts'
import { order, pay } from './shopper.ts'

test('orders hears nothing of payments – one is paid in time, one never begun – only that ends, and no money goes back', async (t) => {
  const services = deafTo('orders', [
    ...['payment.intent.created', 'payment.transaction.status.updated.v1', 'payment.completed'],
  ])
  const world = await openWorld({ services })
  t.after(() => world.stop())
  const [paid, idle] = [await order(world.url), await order(world.url)]
  await pay(world.url, paid)
  world.advance(2 * HOUR)
  const statusOf = async (orderId: string): Promise<unknown> => {
    const sql = 'select status from orders.orders where order_id = $1'
    return (await world.db.pool.query(sql, [orderId])).rows[0].status
  }
  const ended = await poll(
    () => statusOf(idle.orderId),
    (status) => status === 'expired',
  )
  assert.equal(ended, 'expired')
  // A refund would be asked for by who hears of an end.
  await world.rest()
  assert.equal(await statusOf(paid.orderId), 'pending_payment')
  assert.equal((await world.db.pool.query('select from payments.refunds')).rowCount, 0)
})
