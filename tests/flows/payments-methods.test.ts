// Every way to pay: a card with 3DS, SBP by page and by code, a saved card without the buyer; and what two tabs make of them.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listPaymentMethods, removePaymentMethod } from '@rialto/contracts/payments/http.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import { anna, boris, newOrderId, openTill, type Start, type Till } from './payments.fixture.ts'

const STATUS = 'payment.transaction.status.updated.v1'

function order(till: Till): string {
  const id = newOrderId()
  till.orders.set(id, {})
  return id
}

const methodsOf = async (till: Till, caller = anna) =>
  (await till.call(listPaymentMethods, { caller })).body.items as Record<string, unknown>[]

const remove = (till: Till, id: unknown, caller = anna) =>
  till.call(removePaymentMethod, { caller, params: { payment_method_id: String(id) } })

/** Anna has paid once and let her card be kept. */
async function savedCard(till: Till): Promise<{ methodId: unknown; token: string }> {
  const orderId = order(till)
  const { providerId } = await till.started(orderId, { save: true })
  till.psp.control.pay(providerId)
  await till.until(orderId, 'completed')
  const [method] = await methodsOf(till)
  assert.ok(method)
  return { methodId: method.payment_method_id, token: providerId }
}

const steps = (till: Till, orderId: string) =>
  till.recorded
    .filter((i) => i.flow === orderId && i.kind === 'step' && i.name.startsWith('payment:'))
    .map((i) => i.name)

describe('ways to pay', { timeout: 180_000 }, () => {
  test('card, 3DS passed – completed; failed – failed with that reason', async (t) => {
    const till = await openTill(t)
    const good = order(till)
    const passed = await till.started(good)
    assert.match(String(passed.body.redirect_url), /^http/)
    assert.equal(passed.body.psp_sdk_data, undefined)
    till.psp.control.pay(passed.providerId)
    await till.until(good, 'completed')
    assert.equal((await till.payment(passed.id)).method, 'card')
    const bad = order(till)
    const { id, providerId } = await till.started(bad)
    till.psp.control.pay(providerId, { outcome: '3ds_failed' })
    await till.until(bad, 'failed')
    assert.equal((await till.payment(id)).failure_reason, '3d_secure_failed')
  })

  test('SBP by page – a page; by code – what the code shows, also when asked again', async (t) => {
    const till = await openTill(t)
    const byPage = await till.started(order(till), { hint: 'sbp' })
    assert.match(String(byPage.body.redirect_url), /^http/)
    const orderId = order(till)
    const way = { hint: 'sbp', confirmation: 'qr' } as const
    const { id, providerId, body } = await till.started(orderId, way)
    assert.equal(body.status, 'pending_psp_redirect')
    assert.equal(body.redirect_url, undefined)
    const { qr } = body.psp_sdk_data as { qr: string }
    assert.ok(qr.length > 0)
    assert.deepEqual((await till.started(orderId, way)).body, body)
    assert.deepEqual((await till.payment(id)).psp_sdk_data, { qr })
    till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    const paid = await till.payment(id)
    assert.deepEqual([paid.method, paid.psp_sdk_data], ['sbp', undefined])
    const books = till.psp.control.books().payments.find((p) => p.id === providerId)
    assert.equal(books?.methodType, 'sbp')
  })

  test('SBP by code, answer lost – processing; the code is there as soon as it is found out', async (t) => {
    const till = await openTill(t)
    till.psp.control.addFault({ operation: 'payments.create', kind: 'reset_after' })
    const { body } = await till.start(order(till), { hint: 'sbp', confirmation: 'qr' })
    assert.equal(body.status, 'processing')
    await till.later(5 * SECOND)
    let read = await till.payment(body.transaction_id)
    while (read.psp_sdk_data === undefined) read = await till.payment(body.transaction_id)
    assert.equal(read.redirect_url, undefined)
  })

  test('card that is not to be kept – is not; a declined one – neither', async (t) => {
    const till = await openTill(t)
    for (const [save, outcome] of [
      [false, 'ok'],
      [true, 'decline'],
    ] as const) {
      const orderId = order(till)
      const { providerId } = await till.started(orderId, { save })
      till.psp.control.pay(providerId, { outcome })
      await till.until(orderId, outcome === 'ok' ? 'completed' : 'failed')
    }
    assert.deepEqual(await methodsOf(till), [])
  })

  test('card kept – listed by its last four digits to its owner alone, its token sealed', async (t) => {
    const till = await openTill(t)
    const { methodId, token } = await savedCard(till)
    const [method] = await methodsOf(till)
    assert.deepEqual(Object.keys(method ?? {}).sort(), [
      ...['created_at', 'payment_method_id', 'title', 'type'],
    ])
    assert.match(String(method?.title), /^Bank card \*\d{4}$/)
    assert.deepEqual(await methodsOf(till, boris), [])
    const { rows } = await till.db.pool.query('select * from payments.methods')
    assert.equal(rows.length, 1)
    assert.match(String(rows[0]?.token), /^f1\./)
    assert.equal(JSON.stringify({ ...rows[0], payment_id: '' }).includes(token), false)
    const answer = await till.start(order(till), { hint: 'saved', methodId, caller: anna })
    assert.equal(JSON.stringify(answer.body).includes(token), false)
  })

  test('saved card, ok – completed in the same request, by way of processing, without a page', async (t) => {
    const till = await openTill(t)
    const { methodId } = await savedCard(till)
    const before = (await till.types()).length
    const orderId = order(till)
    const { status, body } = await till.start(orderId, { hint: 'saved', methodId })
    assert.deepEqual([status, body.status, body.redirect_url], [201, 'completed', undefined])
    assert.deepEqual(await till.states(orderId), ['completed/succeeded'])
    assert.deepEqual(steps(till, orderId), [
      ...['payment:created', 'payment:processing', 'payment:completed'],
    ])
    assert.ok(await till.psp.control.idle())
    assert.deepEqual((await till.types()).slice(before), [
      ...['payment.intent.created', STATUS, STATUS, 'payment.completed'],
    ])
    const completed = (await till.published()).filter((e) => e.type === 'payment.completed').at(-1)
    assert.deepEqual([completed?.data.provider, completed?.data.method], ['yookassa', 'saved'])
    await till.audit()
  })

  test('saved card, declined – failed in the same request; the card stays, another way is a new payment', async (t) => {
    const till = await openTill(t)
    const { methodId } = await savedCard(till)
    till.psp.control.planCharges({ outcome: 'no_funds' })
    const orderId = order(till)
    const { status, body } = await till.start(orderId, { hint: 'saved', methodId })
    assert.deepEqual(
      [status, body.status, body.failure_reason],
      [201, 'failed', 'insufficient_funds'],
    )
    assert.deepEqual((await till.types()).slice(-2), [STATUS, 'payment.failed'])
    assert.equal((await methodsOf(till)).length, 1)
    const again = await till.start(orderId, { hint: 'saved', methodId })
    assert.equal(again.body.status, 'completed')
    assert.deepEqual(await till.states(orderId), ['failed/declined', 'completed/succeeded'])
  })

  test('saved card, consent withdrawn at the bank – failed, and the card is forgotten', async (t) => {
    const till = await openTill(t)
    const { methodId, token } = await savedCard(till)
    till.psp.control.revokeMethod(token)
    const orderId = order(till)
    const { body } = await till.start(orderId, { hint: 'saved', methodId })
    assert.deepEqual([body.status, body.failure_reason], ['failed', 'permission_revoked'])
    assert.deepEqual(await methodsOf(till), [])
    const gone = await till.start(orderId, { hint: 'saved', methodId })
    assert.deepEqual([gone.status, gone.body.code], [404, 'payments.unknown_payment_method'])
    const { rows } = await till.db.pool.query('select token, removed_reason from payments.methods')
    assert.deepEqual(rows, [{ token: null, removed_reason: 'revoked' }])
  })

  for (const kind of ['error_after', 'reset_after', 'error_before', 'reset_before'] as const)
    test(`saved card, provider strikes with ${kind} – processing, found out, charged once`, async (t) => {
      const till = await openTill(t)
      const { methodId } = await savedCard(till)
      till.psp.control.setWebhooks({ mode: 'lost' })
      till.psp.control.addFault({ operation: 'payments.create', kind })
      const orderId = order(till)
      const { body } = await till.start(orderId, { hint: 'saved', methodId })
      assert.equal(body.status, 'processing')
      const busy = await till.start(orderId)
      assert.deepEqual([busy.status, busy.body.code], [409, 'payments.payment_in_progress'])
      const inUse = await remove(till, methodId)
      assert.deepEqual([inUse.status, inUse.body.code], [409, 'payments.payment_method_in_use'])
      await till.later(5 * SECOND)
      await till.until(orderId, 'completed')
      assert.equal(till.atProvider(orderId).length, 1)
      assert.equal((await remove(till, methodId)).status, 204)
      await till.audit()
    })

  test('saved card, the last charge without a result for good – can be removed when nobody looks any more', async (t) => {
    const till = await openTill(t)
    const { methodId } = await savedCard(till)
    till.psp.control.addFault({ operation: 'payments.create', kind: 'error_after' })
    const orderId = order(till)
    await till.start(orderId, { hint: 'saved', methodId })
    assert.equal((await remove(till, methodId)).body.code, 'payments.payment_method_in_use')
    // As the last look leaves it when the provider's answer contradicts ours.
    await till.db.pool.query(
      `update payments.operations set next_check_at = null where state in ('sent', 'unknown')`,
    )
    assert.equal((await remove(till, methodId)).status, 204)
    assert.deepEqual(await methodsOf(till), [])
  })

  test('remove – own – gone and erased; again, foreign, unknown – unknown', async (t) => {
    const till = await openTill(t)
    const { methodId } = await savedCard(till)
    const foreign = await remove(till, methodId, boris)
    assert.deepEqual([foreign.status, foreign.body.code], [404, 'payments.unknown_payment_method'])
    assert.equal((await remove(till, methodId)).status, 204)
    assert.equal((await remove(till, methodId)).status, 404)
    assert.deepEqual(await methodsOf(till), [])
    const { rows } = await till.db.pool.query('select token from payments.methods')
    assert.deepEqual(rows, [{ token: null }])
  })

  test('ways that cannot be – the code of each, nothing is written and nothing reaches the provider', async (t) => {
    const till = await openTill(t)
    const { methodId } = await savedCard(till)
    const made = till.psp.control.books().payments.length
    const foreign = order(till)
    const cases: [Start, number, string][] = [
      [{ hint: 'card', confirmation: 'qr' }, 400, 'payments.method_not_supported'],
      [{ hint: 'card', methodId }, 400, 'payments.method_not_supported'],
      [{ hint: 'saved' }, 400, 'payments.payment_method_required'],
      [
        { hint: 'saved', methodId: methodId?.toString().replace(/.$/, '0') },
        404,
        'payments.unknown_payment_method',
      ],
    ]
    for (const [way, status, code] of cases) {
      const answer = await till.start(foreign, way)
      assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(way))
    }
    const odd = await till.start(foreign, { hint: 'saved', methodId: '4111111111111111' })
    assert.deepEqual([odd.status, odd.body.code], [400, 'kernel.invalid_input'])
    assert.deepEqual(await till.states(foreign), [])
    assert.equal(till.psp.control.books().payments.length, made)
  })

  test('two tabs, two ways, at once – one current payment; whoever was second waits or replaces', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const answers = await Promise.all([till.start(orderId), till.start(orderId, { hint: 'sbp' })])
    for (const { status, body } of answers)
      if (status !== 201) assert.equal(body.code, 'payments.payment_in_progress')
    const current = await till.db.pool.query(
      'select count(*)::int as n from payments.payments where order_id = $1 and is_current',
      [orderId],
    )
    assert.equal(current.rows[0]?.n, 1)
    const made = till.atProvider(orderId)
    for (const providerId of made) till.psp.control.pay(providerId)
    await till.until(orderId, 'completed')
    if (made.length > 1) await till.untilRefund(orderId, 'succeeded')
    assert.ok(await till.psp.control.idle())
    assert.equal((await till.refunds(orderId)).length, made.length - 1)
    await till.audit()
  })

  test('eight requests at once with a saved card – one transaction, charged once', async (t) => {
    const till = await openTill(t)
    const { methodId } = await savedCard(till)
    const orderId = order(till)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => till.start(orderId, { hint: 'saved', methodId })),
    )
    const codes = answers.filter((a) => a.status !== 201).map((a) => a.body.code)
    for (const code of codes)
      assert.match(String(code), /^payments\.(payment_in_progress|order_already_paid)$/)
    assert.ok(codes.length < 8)
    assert.equal(till.atProvider(orderId).length, 1)
    assert.deepEqual(await till.states(orderId), ['completed/succeeded'])
    await till.audit()
  })

  test('provider names another currency – review, never completed', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const { providerId } = await till.started(orderId)
    await till.db.pool.query(`update payments.payments set currency = 'USD'`)
    till.psp.control.pay(providerId)
    await till.untilReview('currency_differs')
    assert.deepEqual(await till.states(orderId), ['pending_psp_redirect/pending'])
  })

  test('webhook that names another amount – not believed; the provider is asked and has the right one', async (t) => {
    const till = await openTill(t)
    till.psp.control.setWebhooks({ mode: 'lost' })
    const orderId = order(till)
    const { id, providerId } = await till.started(orderId)
    till.psp.control.pay(providerId)
    const object = {
      id: providerId,
      status: 'succeeded',
      amount: { value: '1.00', currency: 'USD' },
    }
    await till.webhook({ type: 'notification', event: 'payment.succeeded', object })
    await till.until(orderId, 'completed')
    assert.equal((await till.payment(id)).amount, 79_900)
    assert.deepEqual(await till.reviews(), [])
  })
})
