// Refunds that a person makes at the provider, past us: what ours failed to give back becomes a refund of ours, anything else is a
// person's.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { askProvider, newOrderId, openTill, PRICE, type Till } from './payments.fixture.ts'

function order(till: Till): string {
  const id = newOrderId()
  till.orders.set(id, {})
  return id
}

/** A refund that somebody makes at the provider, past us. */
async function atDesk(till: Till, providerId: string, value: string): Promise<void> {
  const amount = { value, currency: 'RUB' }
  const { status } = await askProvider(till, 'refunds', { payment_id: providerId, amount })
  assert.equal(status, 200)
}

/** Late money is to go back by itself, and the provider declines that. */
async function declined(till: Till) {
  const orderId = order(till)
  const payment = await till.started(orderId)
  await till.expire(orderId)
  till.psp.control.planRefunds({ status: 'canceled', reason: 'rejected_by_payee' })
  till.psp.control.pay(payment.providerId)
  await till.untilReview('refund_declined')
  till.psp.control.planRefunds({})
  return { orderId, ...payment }
}

/** The notification of the refund comes again. */
async function toldAgain(till: Till): Promise<void> {
  const told = till.psp.control.notifications().find((n) => n.event === 'refund.succeeded')
  assert.equal((await till.webhook(JSON.parse(told?.body ?? ''))).status, 200)
}

/** It is looked for as often as what may be on its way to us, then a person has it. */
async function untilOrphan(till: Till): Promise<void> {
  assert.ok(await till.psp.control.idle())
  for (let n = 1; n <= 4; n++) {
    await till.untilRead({ event: 'refund.succeeded', attempts: n, state: 'received' })
    await till.sweep(5 * n * SECOND)
  }
  await till.untilReview('orphan_refund')
}

describe('refunds at the provider’s desk', { timeout: 120_000 }, () => {
  test('refund refused, because the desk was quicker – failed, a person has it, nothing goes back twice', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const { providerId } = await till.started(orderId)
    await till.expire(orderId)
    till.psp.control.setWebhooks({ mode: 'lost' })
    till.psp.control.pay(providerId)
    await atDesk(till, providerId, '799.00')
    await till.later(5 * SECOND)
    await till.untilReview('refund_declined')
    assert.deepEqual(await till.refunds(orderId), ['failed'])
    assert.equal(till.psp.control.books().refunds.length, 1)
    await toldAgain(till)
    await till.untilRefund(orderId, 'succeeded')
    await till.audit()
  })

  test('refund declined, then given back at the provider’s desk – recorded as a refund, once, told as any', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId, id } = await declined(till)
    await atDesk(till, providerId, '799.00')
    await till.untilRefund(orderId, 'succeeded')
    for (let i = 0; i < 3; i++) await toldAgain(till)
    const open = `select inbox_id from payments.webhook_inbox where state = 'received'`
    while ((await till.db.pool.query(open)).rows.length > 0) await setImmediate()
    assert.deepEqual(await till.refunds(orderId), ['failed', 'succeeded'])
    assert.deepEqual(await till.reviews(), ['late_money', 'refund_declined'])
    assert.equal((await till.payment(id)).status, 'refunded')
    const told = (await till.published()).filter((e) => e.type === 'payment.refunded')
    assert.equal(told.length, 1)
    const { amount, reason, late } = told[0]?.data ?? {}
    assert.deepEqual([amount, reason, late], [PRICE, 'order_ended', true])
    assert.equal(told[0]?.headers.flow, orderId)
    await till.audit()
  })

  test('refund lost on its way, then all given back at the provider’s desk – ours has failed by that, the desk’s is recorded', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const { providerId } = await till.started(orderId)
    await till.expire(orderId)
    till.psp.control.addFault({ operation: 'refunds.create', kind: 'reset_before' })
    till.psp.control.pay(providerId)
    await till.untilRefund(orderId, 'unknown')
    await atDesk(till, providerId, '799.00')
    await till.untilRefund(orderId, 'succeeded')
    await till.later(5 * MINUTE)
    assert.deepEqual(await till.refunds(orderId), ['failed', 'succeeded'])
    assert.deepEqual(await till.reviews(), ['late_money'])
    assert.equal(till.psp.control.books().refunds.length, 1)
    await till.audit()
  })

  test('repaid at the desk, and that came back – the order’s end is heard, nothing is asked for by itself', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await declined(till)
    await atDesk(till, providerId, '799.00')
    await till.untilRefund(orderId, 'succeeded')
    await till.db.pool.query(
      `with back as (update payments.refunds set state = 'reversed' where state = 'succeeded')
       update payments.payments set refunded_minor = 0`,
    )
    await till.expire(orderId)
    assert.deepEqual(await till.refunds(orderId), ['failed', 'reversed'])
  })

  test('refund declined, then a part given back at the provider’s desk – a person gets it', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await declined(till)
    await atDesk(till, providerId, '798.00')
    await untilOrphan(till)
    assert.deepEqual(await till.refunds(orderId), ['failed'])
  })

  test('refund made at the provider’s own desk – a person gets it', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const { providerId } = await till.started(orderId)
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    await atDesk(till, providerId, '1.00')
    await untilOrphan(till)
    assert.deepEqual(await till.reviews(), ['orphan_refund'])
  })
})
