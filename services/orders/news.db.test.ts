import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { LibraryGameAdded } from '@rialto/contracts/library/events.ts'
import {
  PaymentCompleted,
  PaymentFailed,
  PaymentIntentCreated,
  PaymentStatusUpdated,
} from '@rialto/contracts/payments/events.ts'
import type { PaymentState } from '@rialto/contracts/payments/states.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { anna, boris, games, openShop, PRICE } from './orders.fixture.ts'
import { orders } from './service.ts'

const ids = testIds(17)

/** A shop, and for each of its orders the events by which others tell of it. */
async function open(t: TestContext) {
  const shop = await openShop(t)
  const place = async (caller: typeof anna, game: string = games.known) => {
    const { status, body } = await shop.order(caller, game)
    assert.equal(status, 201)
    const orderId = String(body.order_id)
    const paymentId = ids.next('pay')
    const { rows } = await shop.db.pool.query(
      'select line_id, product_id from orders.order_lines where order_id = $1',
      [orderId],
    )
    const about = { order_id: orderId, user_id: caller.id, amount: PRICE, currency: 'RUB' }
    const flow = { flow: orderId }
    return {
      orderId,
      paymentId,
      intent: shop.event(PaymentIntentCreated, { payment_intent_id: paymentId, ...about }, flow),
      status: (new_status: PaymentState) =>
        shop.event(
          PaymentStatusUpdated,
          {
            ...{ transaction_id: paymentId, ...about, old_status: 'created' as const, new_status },
            ...{ updated_at: isoInstant(shop.clock.now()), late: false },
          },
          flow,
        ),
      paid: shop.event(
        PaymentCompleted,
        { payment_intent_id: paymentId, ...about, late: false },
        flow,
      ),
      failed: shop.event(
        PaymentFailed,
        { payment_intent_id: paymentId, ...about, error: 'insufficient_funds' },
        flow,
      ),
      added: shop.event(
        LibraryGameAdded,
        {
          ...{ user_id: caller.id, product_id: rows[0].product_id, order_id: orderId },
          ...{ line_id: rows[0].line_id, acquisition_type: 'purchase' as const },
          purchase_date: isoInstant(shop.clock.now()),
        },
        flow,
      ),
    }
  }
  const attempts = async () => {
    const { rows } = await shop.db.pool.query(
      'select order_id, status, error from orders.payment_attempts order by order_id',
    )
    return rows as { order_id: string; status: string; error: string | null }[]
  }
  return { shop, place, attempts }
}

test('news – all that is told of two orders in one batch – each goes its whole way, in its own flow', async (t) => {
  const { shop, place, attempts } = await open(t)
  const [first, second] = [await place(anna), await place(boris)]
  const before = (await shop.published()).length
  const wayOf = (order: typeof first) => [
    ...[order.intent, order.status('pending_psp_redirect'), order.status('completed')],
    ...[order.paid, order.added],
  ]
  const mixed = wayOf(first).flatMap((event, i) => [event, wayOf(second)[i] ?? event])
  assert.equal((await shop.deliverTogether(orders, mixed)).kind, 'done')
  for (const { orderId, paymentId } of [first, second]) {
    const row = await shop.row(orderId)
    assert.deepEqual([row.status, row.payment_id, row.version], ['fulfilled', paymentId, 6])
    assert.equal(row.last_payment_status, 'completed')
    assert.ok(row.completed_at !== null && row.fulfilled_at !== null)
    const told = (await shop.published()).slice(before).filter((e) => e.headers.flow === orderId)
    assert.deepEqual(
      told.map((event) => event.type),
      [
        ...['order.payment_pending', 'order.completed', 'order.processing.completed.v1'],
        'order.fulfilled',
      ],
    )
    const steps = shop.recorded.filter((i) => i.flow === orderId && i.kind === 'step')
    assert.deepEqual(
      steps.map((step) => step.name),
      ['order:pending_payment', 'order:completed', 'order:fulfilled'],
    )
  }
  assert.deepEqual(
    (await attempts()).map(({ status }) => status),
    ['completed', 'completed'],
  )
})

test('news – why an attempt failed, told before its status or with it – both are kept', async (t) => {
  const { shop, place, attempts } = await open(t)
  const [early, beside] = [await place(anna), await place(boris)]
  await shop.deliver(orders, early.failed)
  await shop.deliver(orders, early.status('failed'))
  await shop.deliverTogether(orders, [
    ...[beside.status('pending_psp_redirect'), beside.failed, beside.status('failed')],
  ])
  assert.deepEqual(
    (await attempts()).map(({ status, error }) => [status, error]),
    Array(2).fill(['failed', 'insufficient_funds']),
  )
})

test('news – two batches at once about the same orders, told in opposite order – both are written, none is lost', async (t) => {
  const { shop, place } = await open(t)
  const all = [await place(anna), await place(boris), await place(anna, games.other)]
  const noted = all.map((order) => order.status('pending_psp_redirect'))
  const intents = all.map((order) => order.intent).reverse()
  const done = await Promise.all([
    shop.deliverTogether(orders, noted),
    shop.deliverTogether(orders, intents),
  ])
  assert.deepEqual(
    done.map(({ kind }) => kind),
    ['done', 'done'],
  )
  for (const { orderId, paymentId } of all) {
    const row = await shop.row(orderId)
    assert.deepEqual([row.payment_id, row.version], [paymentId, 3])
  }
})
