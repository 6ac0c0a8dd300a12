// The buyer takes lines out of the order while a payment of it starts. What is paid is what was asked for, and the receipt says
// the same.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OrderPaymentInitiationRequested, OrderUpdated } from '@rialto/contracts/orders/events.ts'
import { payments } from '@rialto/payments/service.ts'
import { anna, newOrderId, openTill, PRICE, type Till } from './payments.fixture.ts'

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
async function updated(till: Till, orderId: string): Promise<void> {
  const event = till.event(OrderUpdated, {
    ...{ ...aboutOf(orderId, LESS), order_type: 'purchase', channel: 'online' },
    ...{ changes: { total_amount: LESS, removed_line_ids: [] }, updated_fields: ['items'] },
    ...{ items: [line(LESS)], version: 2 },
  })
  assert.equal((await till.deliver(payments, event)).kind, 'done')
}

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
    till.orders.set(orderId, { totalMinor: LESS })
    const { providerId } = await till.started(orderId)
    await updated(till, orderId)
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    assert.deepEqual(await receipt(till), [LESS, [LESS]])
  })

  test('started before payments hears of the order at all – its old lines change nothing', async (t) => {
    const till = await openTill(t)
    const orderId = newOrderId()
    till.orders.set(orderId, { totalMinor: LESS })
    const { providerId } = await till.started(orderId)
    await requested(till, orderId)
    await updated(till, orderId)
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    assert.deepEqual(await receipt(till), [LESS, [LESS]])
  })
})
