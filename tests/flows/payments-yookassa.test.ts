import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  OrderCreated,
  OrderExpired,
  OrderPaymentInitiationRequested,
} from '@rialto/contracts/orders/events.ts'
import { getPayment } from '@rialto/contracts/payments/http.ts'
import { operationStates, paymentStates } from '@rialto/contracts/payments/states.ts'
import { statesOf } from '@rialto/kernel/pure/states.ts'
import { HOUR, isoInstant, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { armFaults, labelsSeen } from '@rialto/kernel/testing/failpoint.ts'
import { payments } from '@rialto/payments/service.ts'
import {
  anna,
  askProvider,
  boris,
  IMPATIENT,
  newOrderId,
  openTill,
  PRICE,
  type Till,
  TOO_LATE_MS,
} from './payments.fixture.ts'

const STATUS = 'payment.transaction.status.updated.v1'

/** An order that can be paid. */
function order(till: Till): string {
  const id = newOrderId()
  till.orders.set(id, {})
  return id
}

/** The payment of an order waits on the provider's page. */
async function started(till: Till, orderId = order(till)) {
  const { status, body } = await till.start(orderId)
  assert.equal(status, 201, JSON.stringify(body))
  assert.equal(body.status, 'pending_psp_redirect')
  const [providerId] = till.atProvider(orderId)
  assert.ok(providerId)
  return { orderId, providerId, body }
}

const rows = async (till: Till, sql: string): Promise<Record<string, unknown>[]> =>
  (await till.db.pool.query(sql)).rows

describe('payments with YooKassa', { timeout: 280_000 }, () => {
  test('redirect, paid, webhook – completed by what the provider says; events in order, every arrow noted', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId, body } = await started(till)
    assert.match(String(body.redirect_url), /\/sandbox\/pay\//)
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    assert.deepEqual(await till.states(orderId), ['completed/succeeded'])
    assert.deepEqual(await till.types(), [
      'payment.intent.created',
      STATUS,
      STATUS,
      'payment.completed',
    ])
    const read = await till.payment(body.transaction_id)
    assert.deepEqual([read.status, read.late, read.redirect_url], ['completed', false, undefined])
    assert.ok(await till.psp.control.idle())
    const arrows = till.recorded
      .filter((i) => i.flow === orderId && (i.from === 'PSP' || i.to === 'PSP'))
      .filter((i) => !i.name.includes('webhooks'))
      .map((i) => `${i.kind} ${i.name} ${i.outcome}`)
    assert.deepEqual(arrows, [
      'call POST /payments ok',
      'reply POST /payments 200',
      'call GET /payments/:id ok',
      'reply GET /payments/:id 200',
    ])
  })

  test('webhook – three copies and a redelivery – one completion', async (t) => {
    const till = await openTill(t)
    till.psp.control.setWebhooks({ mode: 'duplicate', copies: 3 })
    const { orderId, providerId } = await started(till)
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    assert.ok(await till.psp.control.idle())
    const [notification] = till.psp.control.notifications()
    till.psp.control.redeliver(notification?.id ?? '')
    assert.ok(await till.psp.control.idle())
    const inbox = 'select deliveries, state from payments.webhook_inbox'
    while ((await rows(till, inbox))[0]?.state !== 'done') await Promise.resolve()
    assert.deepEqual(await rows(till, inbox), [{ deliveries: 4, state: 'done' }])
    assert.equal((await till.types()).filter((type) => type === 'payment.completed').length, 1)
  })

  test('webhook – forged, then true – the forged one moves nothing and does not swallow the true one', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await started(till)
    const object = {
      id: providerId,
      status: 'succeeded',
      amount: { value: '799.00', currency: 'RUB' },
    }
    const forged = { type: 'notification', event: 'payment.succeeded', object }
    assert.equal((await till.webhook(forged)).status, 200)
    const inbox = 'select state, outcome from payments.webhook_inbox'
    while ((await rows(till, inbox))[0]?.state !== 'done') await Promise.resolve()
    assert.deepEqual(await rows(till, inbox), [{ state: 'done', outcome: 'pending' }])
    assert.deepEqual(await till.states(orderId), ['pending_psp_redirect/pending'])
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
  })

  test('webhook – not of the provider, too odd, of nobody, of a payment nobody has – refused or without effect', async (t) => {
    const till = await openTill(t)
    for (const body of ['', 'no json', '{}', { type: 'notification', event: 'payment.stolen' }]) {
      const { status, body: answer } = await till.webhook(body)
      assert.deepEqual([status, JSON.parse(answer).code], [400, 'payments.webhook_invalid'])
    }
    const bytes = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }
    const torn = await fetch(`${till.url}/webhooks/yookassa`, bytes)
    assert.deepEqual(
      [torn.status, ((await torn.json()) as { code: string }).code],
      [400, 'kernel.malformed_json'],
    )
    const note = { type: 'notification', event: 'payment.succeeded', object: { id: 'nobody' } }
    const foreign = await till.webhook(note, 'paypal')
    assert.deepEqual(
      [foreign.status, JSON.parse(foreign.body).code],
      [404, 'payments.unknown_provider'],
    )
    assert.deepEqual(await till.webhook(note), { status: 200, body: 'OK' })
    const inbox = 'select state, outcome from payments.webhook_inbox'
    while ((await rows(till, inbox))[0]?.state === 'received') await Promise.resolve()
    assert.deepEqual(await rows(till, inbox), [{ state: 'ignored', outcome: 'not_at_provider' }])
  })

  test('webhook – of a payment at our provider that is not ours – looked for again, then a person gets it', async (t) => {
    const till = await openTill(t)
    const answer = await askProvider(till, 'payments', {
      amount: { value: '5.00', currency: 'RUB' },
      ...{ capture: true, confirmation: { type: 'redirect', return_url: 'https://x.example' } },
    })
    till.psp.control.pay(((await answer.json()) as { id: string }).id)
    assert.ok(await till.psp.control.idle())
    for (let n = 1; n <= 4; n++) {
      await till.untilRead({ attempts: n, state: 'received' })
      assert.deepEqual(await till.reviews(), [])
      // Each look waits longer for the answer that may still be on its way.
      await till.sweep(5 * n * SECOND - 1)
      await till.untilRead({ attempts: n, state: 'received' })
      await till.sweep(1)
    }
    await till.untilRead({ attempts: 4, state: 'review' })
    assert.deepEqual(await rows(till, 'select reason from payments.reviews'), [
      { reason: 'orphan_payment' },
    ])
  })

  test('webhook lost – the poll finds the money', async (t) => {
    const till = await openTill(t)
    till.psp.control.setWebhooks({ mode: 'lost' })
    const { orderId, providerId } = await started(till)
    till.psp.control.pay(providerId)
    assert.deepEqual(await till.states(orderId), ['pending_psp_redirect/pending'])
    await till.later(5 * SECOND)
    await till.until(orderId, 'completed')
  })

  for (const kind of [
    'delay_answer',
    'error_after',
    'reset_after',
    'error_before',
    'reset_before',
  ] as const)
    test(`provider strikes with ${kind} – processing, never failed; found out, one payment there, paid`, async (t) => {
      const till = await openTill(t, kind === 'delay_answer' ? IMPATIENT : {})
      const orderId = order(till)
      till.psp.control.addFault({ operation: 'payments.create', kind, delayMs: TOO_LATE_MS })
      const { status, body } = await till.start(orderId)
      assert.deepEqual([status, body.status], [201, 'processing'])
      assert.deepEqual(await till.states(orderId), ['processing/unknown'])
      const again = await till.start(orderId)
      assert.deepEqual([again.status, again.body.code], [409, 'payments.payment_in_progress'])
      await till.later(5 * SECOND)
      let read = await till.payment(body.transaction_id)
      while (read.redirect_url === undefined) read = await till.payment(body.transaction_id)
      assert.equal(read.status, 'processing')
      assert.equal((await till.start(orderId)).body.redirect_url, read.redirect_url)
      const made = till.atProvider(orderId)
      assert.equal(made.length, 1)
      till.psp.control.pay(made[0] ?? '')
      await till.until(orderId, 'completed/succeeded')
    })

  for (const label of ['psp.before_call', 'psp.sent', 'psp.reply_received', 'psp.recorded'])
    test(`the process breaks at ${label} – reconciled, one payment at the provider, paid once`, async (t) => {
      const till = await openTill(t)
      t.after(() => armFaults(''))
      const orderId = order(till)
      armFaults(`${label}:1:throw`)
      assert.equal((await till.start(orderId)).status, 500)
      assert.ok(labelsSeen.has(label))
      armFaults('')
      await till.later(16 * SECOND)
      const read = () => rows(till, 'select provider_payment_id as id from payments.payments')
      while ((await read())[0]?.id === null) await Promise.resolve()
      const made = till.atProvider(orderId)
      assert.equal(made.length, 1)
      till.psp.control.pay(made[0] ?? '')
      await till.until(orderId, 'completed/succeeded')
      assert.equal((await till.types()).filter((type) => type === 'payment.completed').length, 1)
    })

  test('declined by the bank – failed with its reason; the next start is a new payment', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId, body } = await started(till)
    till.psp.control.pay(providerId, { outcome: 'no_funds' })
    await till.until(orderId, 'failed')
    const read = await till.payment(body.transaction_id)
    assert.deepEqual([read.status, read.failure_reason], ['failed', 'insufficient_funds'])
    assert.deepEqual((await till.types()).slice(-2), [STATUS, 'payment.failed'])
    const again = await till.start(orderId)
    assert.notEqual(again.body.transaction_id, body.transaction_id)
    till.psp.control.pay(till.atProvider(orderId)[1] ?? '')
    await till.until(orderId, 'completed')
    assert.deepEqual(await till.states(orderId), ['failed/declined', 'completed/succeeded'])
  })

  test('refused by the provider, wrong key, too many requests – failed, failed, unknown', async (t) => {
    const till = await openTill(t)
    const dear = order(till)
    till.orders.set(dear, { totalMinor: 35_000_001 })
    const refused = await till.start(dear)
    assert.deepEqual([refused.status, refused.body.code], [502, 'payments.provider_refused'])
    assert.deepEqual(await till.states(dear), ['failed/declined'])
    const busy = order(till)
    till.psp.control.addFault({ operation: 'payments.create', kind: 'too_many_requests' })
    assert.equal((await till.start(busy)).body.status, 'processing')
    assert.deepEqual(await till.states(busy), ['processing/unknown'])
    const locked = await openTill(t, { secretKey: 'wrong' })
    assert.equal((await locked.start(order(locked))).body.code, 'payments.provider_refused')
  })

  test('start – eight times at once – one payment, one call, the same page for all who got one', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const answers = await Promise.all(Array.from({ length: 8 }, () => till.start(orderId)))
    const first = answers.find((a) => a.status === 201)
    for (const { status, body } of answers)
      if (status === 201) assert.equal(body.transaction_id, first?.body.transaction_id)
      else assert.equal(body.code, 'payments.payment_in_progress')
    assert.equal(till.atProvider(orderId).length, 1)
    assert.deepEqual(
      (await till.start(orderId)).body.redirect_url,
      (await till.payment(first?.body.transaction_id)).redirect_url,
    )
  })

  test('start – what cannot be paid – the code of each, and nothing reaches the provider', async (t) => {
    const till = await openTill(t)
    const cases = [
      ['completed', 'payments.order_already_paid', 'safe'],
      ['fulfilled', 'payments.order_already_paid', 'safe'],
      ['expired', 'payments.order_not_payable', 'checking'],
      ['canceled', 'payments.order_not_payable', 'checking'],
    ] as const
    for (const [status, code, money] of cases) {
      const orderId = newOrderId()
      till.orders.set(orderId, { status })
      const answer = await till.start(orderId)
      assert.deepEqual([answer.status, answer.body.code, answer.body.money], [409, code, money])
    }
    const unknown = await till.start(newOrderId())
    assert.deepEqual([unknown.status, unknown.body.code], [404, 'orders.unknown_order'])
    const foreign = await till.start(order(till), { caller: boris })
    assert.deepEqual([foreign.status, foreign.body.code], [404, 'orders.unknown_order'])
    const saved = await till.start(order(till), { hint: 'saved' })
    assert.deepEqual([saved.status, saved.body.code], [400, 'payments.payment_method_required'])
    assert.deepEqual(await till.types(), [])
    assert.equal(till.psp.control.books().payments.length, 0)
  })

  test('get – own, foreign – shown, unknown', async (t) => {
    const till = await openTill(t)
    const { body } = await started(till)
    const params = { transaction_id: String(body.transaction_id) }
    assert.equal((await till.call(getPayment, { caller: anna, params })).status, 200)
    const foreign = await till.call(getPayment, { caller: boris, params })
    assert.deepEqual([foreign.status, foreign.body.code], [404, 'payments.unknown_payment'])
  })

  test('provider names another amount – review, never completed', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await started(till)
    await till.db.pool.query('update payments.payments set amount_minor = amount_minor + 1')
    till.psp.control.pay(providerId)
    while ((await rows(till, 'select reason from payments.reviews')).length === 0)
      await Promise.resolve()
    const [review] = await rows(till, 'select reason, subject from payments.reviews')
    assert.equal(review?.reason, 'amount_differs')
    assert.deepEqual(await till.states(orderId), ['pending_psp_redirect/pending'])
    assert.equal((await till.types()).includes('payment.completed'), false)
  })

  test('order.created and the request to start, each twice – one payment, with receipt and method', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const about = { order_id: orderId, user_id: anna.id, total_amount: PRICE, currency: 'RUB' }
    const created = till.event(OrderCreated, {
      ...{ ...about, order_type: 'purchase' as const, channel: 'online' as const, items: [] },
      expires_at: isoInstant(till.clock.now() + HOUR),
    })
    const requested = till.event(OrderPaymentInitiationRequested, {
      ...{ ...about, items_for_receipt: [], preferred_payment_method_id: 'sbp' },
    })
    for (const event of [created, requested, created, requested])
      assert.equal((await till.deliver(payments, event)).kind, 'done')
    assert.deepEqual(await till.states(orderId), ['created'])
    assert.deepEqual(await till.types(), ['payment.intent.created'])
    const [row] = await rows(till, 'select preferred_method, receipt_items from payments.payments')
    assert.deepEqual(row, { preferred_method: 'sbp', receipt_items: [] })
    await started(till, orderId)
    assert.deepEqual(await till.states(orderId), ['pending_psp_redirect/pending'])
  })

  test('order expired – a payment not begun ends; money of one that was begun is late', async (t) => {
    const till = await openTill(t)
    const idle = order(till)
    const about = { user_id: anna.id, total_amount: PRICE, currency: 'RUB' }
    const requested = { items_for_receipt: [], preferred_payment_method_id: null }
    await till.deliver(
      payments,
      till.event(OrderPaymentInitiationRequested, { ...about, ...requested, order_id: idle }),
    )
    const { orderId: busy, providerId, body } = await started(till)
    for (const order_id of [idle, busy])
      await till.deliver(
        payments,
        till.event(OrderExpired, {
          order_id,
          user_id: anna.id,
          expired_at: isoInstant(till.clock.now()),
        }),
      )
    assert.deepEqual(await till.states(idle), ['canceled'])
    assert.equal((await till.types()).includes('payment.failed'), false)
    assert.equal((await till.start(idle)).body.code, 'payments.order_not_payable')
    till.psp.control.pay(providerId)
    await till.until(busy, 'completed')
    assert.equal((await till.payment(body.transaction_id)).late, true)
  })

  test('never paid – the provider gives up after its hour – canceled, told as a failed attempt', async (t) => {
    const till = await openTill(t)
    const { orderId, body } = await started(till)
    till.psp.control.setWebhooks({ mode: 'lost' })
    await till.psp.control.advance(61 * MINUTE)
    await till.later(62 * MINUTE)
    await till.until(orderId, 'canceled')
    const read = await till.payment(body.transaction_id)
    assert.equal(read.failure_reason, 'expired_on_confirmation')
    assert.deepEqual((await till.types()).slice(-2), [STATUS, 'payment.failed'])
  })

  test('provider down for a day – a person gets it, the payment is still processing', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    till.psp.control.addFault({ operation: 'any', kind: 'reset_before', times: 1_000 })
    assert.equal((await till.start(orderId)).body.status, 'processing')
    await till.later(25 * HOUR)
    while ((await rows(till, 'select reason from payments.reviews')).length === 0)
      await Promise.resolve()
    assert.deepEqual(await rows(till, 'select reason from payments.reviews'), [
      { reason: 'no_result' },
    ])
    assert.deepEqual(await till.states(orderId), ['processing/unknown'])
  })

  test('states – the CHECKs of the tables – list what the contract lists', async (t) => {
    const till = await openTill(t)
    const listed = async (name: string) => {
      const [row] = await rows(
        till,
        `select pg_get_constraintdef(oid) as text from pg_constraint where conname = '${name}'`,
      )
      return [...String(row?.text).matchAll(/'([a-z_]+)'/g)].map((m) => m[1]).sort()
    }
    assert.deepEqual(await listed('payments_status_check'), statesOf(paymentStates).sort())
    assert.deepEqual(await listed('operations_state_check'), statesOf(operationStates).sort())
  })
})
