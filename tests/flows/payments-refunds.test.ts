// Money that came too late goes back, once, whatever happens on the way.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { OrderCanceled, OrderCreated } from '@rialto/contracts/orders/events.ts'
import { refundStates } from '@rialto/contracts/payments/states.ts'
import { statesOf } from '@rialto/kernel/pure/states.ts'
import { DAY, HOUR, isoInstant, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { armFaults, labelsSeen } from '@rialto/kernel/testing/failpoint.ts'
import { payments } from '@rialto/payments/service.ts'
import {
  anna,
  askProvider,
  IMPATIENT,
  newOrderId,
  nextLook,
  openTill,
  PRICE,
  type Till,
  TOO_LATE_MS,
} from './payments.fixture.ts'

const STATUS = 'payment.transaction.status.updated.v1'

function order(till: Till): string {
  const id = newOrderId()
  till.orders.set(id, {})
  return id
}

/** A payment on the provider's page whose order has ended. */
async function abandoned(till: Till) {
  const orderId = order(till)
  const payment = await till.started(orderId)
  await till.expire(orderId)
  return { orderId, ...payment }
}

/** A payment that is held at the provider when it is paid: made beside ours, under our names, because we ask for one-stage payments only. */
async function begunAsHold(till: Till) {
  const orderId = order(till)
  till.psp.control.addFault({ operation: 'payments.create', kind: 'reset_before' })
  const { body } = await till.start(orderId)
  const { rows } = await till.db.pool.query('select operation_id from payments.operations')
  const metadata = {
    ...{ payment_id: String(body.transaction_id), operation_id: String(rows[0]?.operation_id) },
    order_id: orderId,
  }
  const made = await askProvider(till, 'payments', {
    amount: { value: '799.00', currency: 'RUB' },
    ...{ capture: false, payment_method_data: { type: 'bank_card' }, metadata },
    confirmation: { type: 'redirect', return_url: 'https://x.example' },
  })
  const providerId = ((await made.json()) as { id: string }).id
  return { orderId, providerId }
}

const refundedEvents = async (till: Till) =>
  (await till.published()).filter((e) => e.type === 'payment.refunded')

/** Everything was told to everybody, and one refund stands here, there and in the events. */
async function refundedOnce(till: Till, orderId: string): Promise<void> {
  await till.untilRefund(orderId, 'succeeded')
  assert.ok(await till.psp.control.idle())
  assert.deepEqual(await till.refunds(orderId), ['succeeded'])
  assert.equal(till.psp.control.books().refunds.length, 1)
  assert.equal((await refundedEvents(till)).length, 1)
  await till.audit()
}

describe('late money', { timeout: 720_000 }, () => {
  test('order expired, then paid – completed late, refunded, told in order, a person alerted', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId, id } = await abandoned(till)
    till.psp.control.pay(providerId)
    await refundedOnce(till, orderId)
    const read = await till.payment(id)
    assert.deepEqual([read.status, read.late, read.refunded_amount], ['refunded', true, PRICE])
    assert.deepEqual((await till.types()).slice(2), [
      ...[STATUS, 'payment.completed', STATUS, 'payment.refunded'],
    ])
    const [told] = await refundedEvents(till)
    const { refund_id, ...data } = told?.data ?? {}
    assert.match(String(refund_id), /^rfd_/)
    assert.deepEqual(data, {
      ...{ payment_id: id, order_id: orderId, user_id: anna.id, amount: PRICE, currency: 'RUB' },
      ...{ reason: 'order_ended', destination: 'original', late: true },
    })
    const statuses = (await till.published()).filter((e) => e.type === STATUS).slice(-2)
    assert.deepEqual(
      statuses.map(({ data: d }) => [d.old_status, d.new_status, d.late, d.provider, d.method]),
      [
        ['pending_psp_redirect', 'completed', true, 'yookassa', 'card'],
        ['completed', 'refunded', true, 'yookassa', 'card'],
      ],
    )
    assert.deepEqual(await till.reviews(), ['late_money'])
    const names = till.recorded.filter((i) => i.flow === orderId).map((i) => `${i.kind} ${i.name}`)
    for (const name of [
      ...['call POST /refunds', 'reply POST /refunds', 'step refund:requested'],
      ...['step refund:submitted', 'step refund:succeeded'],
    ])
      assert.equal(names.filter((n) => n === name).length, 1, name)
  })

  test('paid, but the order ended before it heard of it – refunded when its end is told, however often', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const { id, providerId } = await till.started(orderId)
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    assert.equal((await till.payment(id)).late, false)
    const about = { order_id: orderId, user_id: anna.id, refund_amount: 0, currency: 'RUB' }
    const canceled = till.event(OrderCanceled, { ...about, reason: 'by_buyer' })
    for (let i = 0; i < 3; i++) await till.deliver(payments, canceled)
    await till.expire(orderId)
    await refundedOnce(till, orderId)
    assert.equal((await till.payment(id)).late, true)
  })

  test('decline, another method, paid – and the declined one stays as it is', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const card = await till.started(orderId)
    till.psp.control.pay(card.providerId, { outcome: '3ds_failed' })
    await till.until(orderId, 'failed')
    assert.equal((await till.payment(card.id)).failure_reason, '3d_secure_failed')
    const sbp = await till.started(orderId, { hint: 'sbp' })
    assert.notEqual(sbp.id, card.id)
    till.psp.control.pay(sbp.providerId)
    await till.until(orderId, 'completed')
    assert.deepEqual(await till.refunds(orderId), [])
    await till.audit()
  })

  test('superseded by another method, both paid – the second completes the order, the first goes back', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const card = await till.started(orderId)
    const sbp = await till.started(orderId, { hint: 'sbp' })
    assert.notEqual(sbp.id, card.id)
    assert.equal((await till.started(orderId, { hint: 'sbp' })).id, sbp.id)
    till.psp.control.pay(sbp.providerId)
    await till.until(orderId, 'completed')
    till.psp.control.pay(card.providerId)
    await refundedOnce(till, orderId)
    const [first, second] = [await till.payment(card.id), await till.payment(sbp.id)]
    assert.deepEqual([first.status, first.late], ['refunded', true])
    assert.deepEqual([second.status, second.late], ['completed', false])
    assert.equal((await refundedEvents(till))[0]?.data.reason, 'superseded')
  })

  test('superseded, then its hour is over – ends in silence, because its buyer pays another way', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    await till.started(orderId)
    const { providerId } = await till.started(orderId, { hint: 'sbp' })
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    await till.psp.control.advance(61 * MINUTE)
    await till.until(orderId, 'canceled')
    assert.equal((await till.types()).includes('payment.failed'), false)
  })

  test('order expired, then the hour of its payment is over, or the bank declines – ends in silence, for nobody is to try again', async (t) => {
    const till = await openTill(t)
    const [idle, declined] = [await abandoned(till), await abandoned(till)]
    till.psp.control.pay(declined.providerId, { outcome: 'no_funds' })
    await till.until(declined.orderId, 'failed')
    await till.psp.control.advance(61 * MINUTE)
    await till.until(idle.orderId, 'canceled')
    assert.equal((await till.types()).includes('payment.failed'), false)
  })

  test('late, every notification twenty times at once – refunded once', async (t) => {
    const till = await openTill(t)
    till.psp.control.setWebhooks({ mode: 'duplicate', copies: 20 })
    const { orderId, providerId } = await abandoned(till)
    till.psp.control.pay(providerId)
    await refundedOnce(till, orderId)
  })

  for (const kind of [
    ...(['delay_answer', 'error_after', 'reset_after'] as const),
    ...(['error_before', 'reset_before', 'too_many_requests'] as const),
  ])
    test(`provider strikes the refund with ${kind} – unknown, found out, given back once`, async (t) => {
      const till = await openTill(t, kind === 'delay_answer' ? IMPATIENT : {})
      till.psp.control.setWebhooks({ mode: 'lost' })
      const { orderId, providerId } = await abandoned(till)
      till.psp.control.addFault({ operation: 'refunds.create', kind, delayMs: TOO_LATE_MS })
      till.psp.control.pay(providerId)
      await till.later(5 * SECOND)
      await till.untilRefund(orderId, 'unknown')
      await till.later(5 * SECOND)
      await refundedOnce(till, orderId)
    })

  for (const label of [
    ...['refund.before_call', 'refund.sent', 'refund.reply_received', 'refund.recorded'],
  ])
    test(`the process breaks at ${label} – reconciled, given back once`, async (t) => {
      const till = await openTill(t)
      t.after(() => armFaults(''))
      const { orderId, providerId } = await abandoned(till)
      till.psp.control.setWebhooks({ mode: 'lost' })
      armFaults(`${label}:1:throw`)
      till.psp.control.pay(providerId)
      await till.later(5 * SECOND)
      await till.until(orderId, 'completed')
      while (!labelsSeen.has(label)) await new Promise((resolve) => setTimeout(resolve, 5))
      armFaults('')
      await till.later(16 * SECOND)
      await refundedOnce(till, orderId)
      labelsSeen.delete(label)
    })

  test('refund takes the bank two days – polled, because its notification is lost', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await abandoned(till)
    till.psp.control.planRefunds({ status: 'succeeded', settleAfterMs: 2 * DAY })
    till.psp.control.pay(providerId)
    await till.untilRefund(orderId, 'submitted')
    // It is submitted before it is sent; who asks in between is told that there is none.
    while (till.psp.control.books().refunds.length === 0) await setImmediate()
    assert.ok(await till.psp.control.idle())
    till.psp.control.setWebhooks({ mode: 'lost' })
    for (const ms of [15 * SECOND, MINUTE, 5 * MINUTE, HOUR, DAY]) await till.later(ms)
    assert.deepEqual(await till.refunds(orderId), ['submitted'])
    await till.psp.control.advance(2 * DAY)
    await till.later(DAY)
    await refundedOnce(till, orderId)
  })

  test('refund that is told of by its notification – applied at once', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await abandoned(till)
    till.psp.control.planRefunds({ status: 'pending' })
    till.psp.control.pay(providerId)
    const made = () => till.psp.control.books().refunds
    while (made().length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    till.psp.control.settleRefund(made()[0]?.id ?? '')
    await refundedOnce(till, orderId)
  })

  test('refund told of before the provider’s own reading says so – looked at in half a minute', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await abandoned(till)
    till.psp.control.planRefunds({ status: 'pending' })
    till.psp.control.pay(providerId)
    const made = () => till.psp.control.books().refunds
    while (made().length === 0) await setImmediate()
    await till.later(6 * MINUTE)
    assert.ok((await nextLook(till, 'refunds')) > 30)
    const object = { id: made()[0]?.id ?? '', status: 'succeeded' }
    const told = { type: 'notification', event: 'refund.succeeded', object }
    assert.equal((await till.webhook(told)).status, 200)
    while ((await nextLook(till, 'refunds')) > 30) await setImmediate()
    assert.equal(await nextLook(till, 'refunds'), 0.5)
    till.psp.control.setWebhooks({ mode: 'lost' })
    till.psp.control.settleRefund(object.id)
    await till.later(30 * SECOND)
    await refundedOnce(till, orderId)
  })

  test('refund declined – failed, its money free again, a person has it', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId, id } = await abandoned(till)
    till.psp.control.planRefunds({ status: 'canceled', reason: 'rejected_by_payee' })
    till.psp.control.pay(providerId)
    await till.untilReview('refund_declined')
    assert.deepEqual(await till.refunds(orderId), ['failed'])
    assert.deepEqual(await till.reviews(), ['late_money', 'refund_declined'])
    assert.equal((await till.payment(id)).status, 'completed')
    assert.equal((await refundedEvents(till)).length, 0)
    await till.expire(orderId)
    assert.deepEqual(await till.refunds(orderId), ['failed'])
    await till.audit()
  })

  test('provider gone for a week – the refund is unknown all the time, then a person has it', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await abandoned(till)
    till.psp.control.addFault({ operation: 'refunds.create', kind: 'reset_before', times: 1_000 })
    till.psp.control.addFault({ operation: 'refunds.list', kind: 'reset_before', times: 1_000 })
    till.psp.control.pay(providerId)
    await till.untilRefund(orderId, 'unknown')
    await till.later(8 * DAY)
    await till.untilReview('refund_no_result')
    assert.deepEqual(await till.refunds(orderId), ['unknown'])
  })

  test('notifications three days late and out of order – nothing moves backwards, refunded once', async (t) => {
    const till = await openTill(t)
    till.psp.control.setWebhooks({ mode: 'lost' })
    const { orderId, providerId } = await abandoned(till)
    till.psp.control.pay(providerId)
    await till.later(5 * SECOND)
    await till.untilRefund(orderId, 'succeeded')
    till.clock.advance(3 * DAY)
    const [paid, back] = till.psp.control.notifications()
    assert.deepEqual([paid?.event, back?.event], ['payment.succeeded', 'refund.succeeded'])
    for (const note of [back, paid, back, paid])
      assert.equal((await till.webhook(JSON.parse(note?.body ?? ''))).status, 200)
    const open = `select inbox_id from payments.webhook_inbox where state = 'received'`
    while ((await till.db.pool.query(open)).rows.length > 0) await Promise.resolve()
    await refundedOnce(till, orderId)
  })

  test('webhook three days late, order still open – completed', async (t) => {
    const till = await openTill(t)
    till.psp.control.setWebhooks({ mode: 'lost' })
    const orderId = order(till)
    const { providerId } = await till.started(orderId)
    till.psp.control.pay(providerId)
    till.clock.advance(3 * DAY)
    const [note] = till.psp.control.notifications()
    await till.webhook(JSON.parse(note?.body ?? ''))
    await till.until(orderId, 'completed')
    assert.deepEqual(await till.refunds(orderId), [])
  })

  test('order ended before its payment existed – no payment is made, none can be started', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    await till.expire(orderId)
    const about = { order_id: orderId, user_id: anna.id, total_amount: PRICE, currency: 'RUB' }
    const created = till.event(OrderCreated, {
      ...{ ...about, order_type: 'purchase' as const, channel: 'online' as const, items: [] },
      expires_at: isoInstant(till.clock.now() + HOUR),
    })
    assert.equal((await till.deliver(payments, created)).kind, 'done')
    assert.deepEqual(await till.states(orderId), [])
    assert.equal((await till.start(orderId)).body.code, 'payments.order_not_payable')
  })

  test('a hold at the provider for an order that has ended – given up there', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await begunAsHold(till)
    await till.expire(orderId)
    till.psp.control.pay(providerId)
    await till.until(orderId, 'canceled')
    const [there] = till.psp.control.books().payments
    assert.equal(there?.cancellation?.reason, 'canceled_by_merchant')
    assert.deepEqual(await till.refunds(orderId), [])
  })

  test('a hold at the provider that nobody takes – given up there after a day, a person is told, the buyer too', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await begunAsHold(till)
    till.psp.control.pay(providerId)
    await till.until(orderId, 'authorized')
    await till.later(2 * HOUR)
    await nextLook(till)
    assert.deepEqual(await till.states(orderId), ['authorized/unknown'])
    await till.later(23 * HOUR)
    await till.untilReview('no_result')
    await till.until(orderId, 'canceled/declined')
    const [there] = till.psp.control.books().payments
    assert.equal(there?.cancellation?.reason, 'canceled_by_merchant')
    assert.equal((await till.types()).at(-1), 'payment.failed')
  })

  test('states – the CHECK of the table – lists what the contract lists', async (t) => {
    const till = await openTill(t)
    const { rows } = await till.db.pool.query(
      `select pg_get_constraintdef(oid) as text from pg_constraint where conname = 'refunds_state_check'`,
    )
    const listed = [...String(rows[0]?.text).matchAll(/'([a-z_]+)'/g)].map((m) => m[1])
    assert.deepEqual(listed.sort(), statesOf(refundStates).sort())
  })

  test('cap – more reserved than arrived – refused by the table itself', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const { providerId } = await till.started(orderId)
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    await assert.rejects(
      till.db.pool.query('update payments.payments set reserved_minor = captured_minor + 1'),
      /payments_refund_cap/,
    )
  })
})
