// Payments as operators find them: by what they are, and with the calls and notifications that lie behind them.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  countPayments,
  examinePayments,
  listAllPayments,
} from '@rialto/contracts/payments/admin.ts'
import { isoInstant, MINUTE } from '@rialto/kernel/pure/time.ts'
import { testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { anna, newOrderId, openTill, PRICE, type Till } from './payments.fixture.ts'

const operator = testUser(testIds(17).next('usr'), 'operator')

/** One payment that completed by card, one that is open by SBP. */
async function openTwo(t: Parameters<typeof openTill>[0]) {
  const till = await openTill(t)
  const [paid, open] = [newOrderId(), newOrderId()]
  for (const orderId of [paid, open]) till.orders.set(orderId, {})
  const first = await till.started(paid)
  till.psp.control.pay(first.providerId)
  await till.until(paid, 'completed')
  const second = await till.started(open, { hint: 'sbp' })
  return { till, paid, open, first, second }
}

const found = async (till: Till, query: object): Promise<string[]> => {
  const { status, body } = await till.call(listAllPayments, { caller: operator, query })
  assert.equal(status, 200, JSON.stringify(body))
  return (body.items as { order_id: string }[]).map((item) => item.order_id)
}

describe('payments for operators', { timeout: 280_000 }, () => {
  test('list – each filter – exactly the payments that fit, newest first', async (t) => {
    const { till, paid, open, first } = await openTwo(t)
    assert.deepEqual(await found(till, {}), [open, paid])
    assert.deepEqual(await found(till, { status: 'completed' }), [paid])
    assert.deepEqual(await found(till, { status: 'refunded' }), [])
    assert.deepEqual(await found(till, { method: 'sbp' }), [open])
    assert.deepEqual(await found(till, { provider: 'yookassa', user_id: anna.id }), [open, paid])
    assert.deepEqual(await found(till, { provider: 'stripe' }), [])
    assert.deepEqual(await found(till, { transaction_id: first.id }), [paid])
    assert.deepEqual(await found(till, { order_id: open, amount_min: PRICE }), [open])
    assert.deepEqual(await found(till, { amount_max: PRICE - 1 }), [])
    assert.deepEqual(await found(till, { late: true }), [])
    assert.deepEqual(await found(till, { late: false }), [open, paid])
    const later = isoInstant(till.clock.now() + MINUTE)
    assert.deepEqual(await found(till, { from: later }), [])
    assert.deepEqual(await found(till, { to: later }), [open, paid])
    const page = await till.call(listAllPayments, { caller: operator, query: { limit: 1 } })
    const cursor = String(page.body.next_cursor)
    assert.deepEqual(await found(till, { limit: 1, cursor }), [paid])
  })

  test('of an order – paid by card – the call to the provider, its notification, and which one counts', async (t) => {
    const { till, paid, first } = await openTwo(t)
    const { body } = await till.call(examinePayments, {
      caller: operator,
      params: { order_id: paid },
    })
    const [one, ...rest] = body.items as Record<string, unknown>[]
    assert.deepEqual(rest, [])
    assert.equal(one?.provider_payment_id, first.providerId)
    const [operation] = (one?.operations ?? []) as Record<string, unknown>[]
    assert.deepEqual([operation?.state, operation?.amount], ['succeeded', PRICE])
    const webhooks = (one?.webhooks ?? []) as Record<string, unknown>[]
    assert.ok(webhooks.some((hook) => hook.event === 'payment.succeeded' && hook.state === 'done'))
    assert.deepEqual(one?.refunds, [])
  })

  test('figures – by state, provider and method – every payment counted once', async (t) => {
    const { till } = await openTwo(t)
    const { body } = await till.call(countPayments, {
      caller: operator,
      query: { from: isoInstant(till.clock.now() - 60 * MINUTE) },
    })
    const groups = body.groups as { status: string; method?: string; count: number }[]
    assert.equal(
      groups.reduce((sum, { count }) => sum + count, 0),
      2,
    )
    assert.ok(groups.some(({ status, method }) => status === 'completed' && method === 'card'))
    assert.equal(body.reviews, 0)
  })
})
