// The buyer takes lines out of the order while a payment of it starts. What is paid is what was asked for, and the receipt says
// the same.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OrderPaymentInitiationRequested, OrderUpdated } from '@rialto/contracts/orders/events.ts'
import { HOUR, SECOND } from '@rialto/kernel/pure/time.ts'
import { payments } from '@rialto/payments/service.ts'
import { anna, newOrderId, nextLook, openTill, PRICE, type Till } from './payments.fixture.ts'

const LESS = 60_000
const line = (amount: number) => ({
  ...{ line_id: `lin_${'0'.repeat(26)}`, product_id: `prd_${'0'.repeat(26)}`, title: 'A game' },
  ...{ quantity: 1, list_amount: amount, amount, tax_code: 'vat22', developer_id: 'dev' },
  promotions_applied: [],
})

const aboutOf = (orderId: string, amount: number) => ({
  ...{ order_id: orderId, user_id: anna.id, total_amount: amount, currency: 'RUB' },
})

/** Orders asks for a payment of the order as it was placed. */
async function requested(till: Till, orderId: string): Promise<void> {
  const event = till.event(OrderPaymentInitiationRequested, {
    ...{ ...aboutOf(orderId, PRICE), items_for_receipt: [line(PRICE)] },
    preferred_payment_method_id: null,
  })
  assert.equal((await till.deliver(payments, event)).kind, 'done')
}

/** Orders tells that a line was taken out. */
async function updated(till: Till, orderId: string, amount = LESS): Promise<void> {
  const event = till.event(OrderUpdated, {
    ...{ ...aboutOf(orderId, amount), order_type: 'purchase', channel: 'online' },
    ...{ changes: { total_amount: amount, removed_line_ids: [] }, updated_fields: ['items'] },
    ...{ items: [line(amount)], version: 2 },
  })
  assert.equal((await till.deliver(payments, event)).kind, 'done')
}

/** As orders answers it once the line was taken out. */
const changed = { totalMinor: LESS, version: 2 }

/** An order whose payment is started with what it was before the line was taken out. */
async function startedBefore(till: Till) {
  const orderId = newOrderId()
  await requested(till, orderId)
  till.orders.set(orderId, {})
  const old = await till.started(orderId)
  till.orders.set(orderId, changed)
  return { orderId, old }
}

/** What became of the old payment, and of the new one; the money of the old one went back once. */
async function ended(till: Till, orderId: string, ids: readonly string[]) {
  await till.untilRefund(orderId, 'succeeded')
  assert.deepEqual(await till.refunds(orderId), ['succeeded'])
  assert.deepEqual(await till.reviews(), ['late_money'])
  await till.audit()
  const read = await Promise.all(ids.map((id) => till.payment(id)))
  return read.map(({ status, late, amount }) => [status, late, amount])
}

const OLD_AND_NEW = [
  ['refunded', true, PRICE],
  ['completed', false, LESS],
]

/** Amount of the one receipt there is, and of each of its lines. */
async function receipt(till: Till) {
  const sql = 'select amount_minor::int as amount, items from payments.receipts'
  let rows = (await till.db.pool.query(sql)).rows
  while (rows.length === 0) rows = (await till.db.pool.query(sql)).rows
  const [{ amount, items }] = rows
  return [amount, items.map((item: { sum: number }) => item.sum)]
}

describe('order changed while it is paid', { timeout: 120_000 }, () => {
  test('started before payments hears of the change – the receipt has the lines that were paid', async (t) => {
    const till = await openTill(t)
    const orderId = newOrderId()
    await requested(till, orderId)
    till.orders.set(orderId, changed)
    const { providerId } = await till.started(orderId)
    await updated(till, orderId)
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    assert.deepEqual(await receipt(till), [LESS, [LESS]])
  })

  test('started before payments hears of the order at all – its old lines change nothing', async (t) => {
    const till = await openTill(t)
    const orderId = newOrderId()
    till.orders.set(orderId, changed)
    const { providerId } = await till.started(orderId)
    await requested(till, orderId)
    await updated(till, orderId)
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    assert.deepEqual(await receipt(till), [LESS, [LESS]])
  })

  for (const when of ['before', 'after'] as const)
    test(`paid for the old amount ${when} payments hears of the change – goes back at once; can be paid anew`, async (t) => {
      const till = await openTill(t)
      const { orderId, old } = await startedBefore(till)
      if (when === 'after') await updated(till, orderId)
      till.psp.control.pay(old.providerId)
      await till.until(orderId, 'completed')
      if (when === 'before') await updated(till, orderId)
      await till.untilRefund(orderId, 'succeeded')
      const next = await till.started(orderId)
      till.psp.control.pay(next.providerId)
      while ((await till.payment(next.id)).status !== 'completed') await Promise.resolve()
      assert.deepEqual(await ended(till, orderId, [old.id, next.id]), OLD_AND_NEW)
    })

  test('read before the change, started after payments has heard of it – not for the old amount; then for the new one', async (t) => {
    const till = await openTill(t)
    for (const isStarted of [false, true]) {
      const orderId = newOrderId()
      await requested(till, orderId)
      till.orders.set(orderId, {})
      if (isStarted) await till.started(orderId)
      await updated(till, orderId)
      const calls = till.atProvider(orderId).length
      const stale = await till.start(orderId)
      assert.deepEqual([stale.status, stale.body.code], [503, 'kernel.unavailable'])
      assert.equal(till.atProvider(orderId).length, calls)
      till.orders.set(orderId, changed)
      const { id } = await till.started(orderId)
      assert.equal((await till.payment(id)).amount, LESS)
    }
  })

  test('changed while nobody knows whether the start arrived – looked for, never sent again; ends in silence', async (t) => {
    const till = await openTill(t)
    const orderId = newOrderId()
    await requested(till, orderId)
    till.orders.set(orderId, {})
    till.psp.control.addFault({ operation: 'payments.create', kind: 'reset_before' })
    assert.equal((await till.start(orderId)).body.status, 'processing')
    await updated(till, orderId)
    await till.later(5 * SECOND)
    await nextLook(till)
    assert.deepEqual(till.atProvider(orderId), [])
    await till.later(25 * HOUR)
    await till.until(orderId, 'failed/declined')
    assert.equal((await till.types()).includes('payment.failed'), false)
  })

  test('changed twice, started after both – news of the first change comes late and changes nothing', async (t) => {
    const till = await openTill(t)
    const orderId = newOrderId()
    await requested(till, orderId)
    till.orders.set(orderId, { ...changed, version: 3 })
    const { id } = await till.started(orderId)
    await updated(till, orderId, LESS + 1)
    assert.equal((await till.started(orderId)).id, id)
  })
})
