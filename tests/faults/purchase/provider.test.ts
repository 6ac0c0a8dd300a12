// Bad luck and bad will at the provider, seen by the whole platform: answers that never come, money without a word, words without
// money, the same word twenty times, and money that is not what was asked for.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { judgeAtRest } from './judge/judge.ts'
import { type Bought, Crowd } from './people/buyer.ts'
import { openShop, type Shop, until } from './shop.ts'

const SETTINGS = { PROVIDER_TIMEOUT: '3s' }
const TIMES = 20

interface Scene {
  readonly shop: Shop
  readonly crowd: Crowd
}

const one = async ({ shop }: Scene, query: string, values: unknown[] = []) =>
  (await shop.pool.query(query, values)).rows[0]

const captured = ({ shop }: Scene, orderId: string): number =>
  shop.sandbox.control
    .books()
    .payments.filter((p) => p.metadata.order_id === orderId && p.capturedMinor > 0).length

const atProvider = ({ shop }: Scene, orderId: string): number =>
  shop.sandbox.control.books().payments.filter((p) => p.metadata.order_id === orderId).length

/** The platform has read what it was notified of. */
const read = ({ shop }: Scene, objectId: string): Promise<Record<string, unknown>> =>
  until(`the notification about ${objectId} is read`, async () => {
    const row = await one(
      { shop } as Scene,
      `select state, outcome, deliveries from payments.webhook_inbox where object_id = $1 and state <> 'received'`,
      [objectId],
    )
    return row as Record<string, unknown> | undefined
  })

/** A payment whose first answer is lost in this way: the buyer is told to wait, and nobody pays twice. */
async function lostAnswer(
  scene: Scene,
  kind: 'delay_answer' | 'error_after' | 'reset_after' | 'error_before',
): Promise<() => Promise<void>> {
  const { shop, crowd } = scene
  const order = await crowd.order()
  shop.sandbox.control.addFault({ operation: 'payments.create', kind, delayMs: 9_000 })
  const { status, body } = await crowd.start(order)
  assert.deepEqual([status, body.status, body.redirect_url], [201, 'processing', undefined], kind)
  // A second tab asks with a key of its own, is told to wait, and waits.
  const secondTab = crowd.start(order)
  return async () => {
    const payment = { ...order, transactionId: String(body.transaction_id) }
    const id = await crowd.pageOf(payment)
    shop.sandbox.control.pay(id)
    await crowd.receive(payment)
    assert.equal(atProvider(scene, order.orderId), 1, kind)
    const second = await secondTab
    if (second.status === 201) assert.equal(second.body.transaction_id, body.transaction_id)
    else assert.equal(second.body.code, 'payments.order_already_paid')
  }
}

/** Money that arrives without a word of it. */
async function silentMoney(scene: Scene, how: 'timeout_after_charge' | 'lost'): Promise<Bought> {
  const { shop, crowd } = scene
  const bought = await crowd.begin()
  if (how === 'lost') shop.sandbox.control.setWebhooks({ mode: 'lost', times: 1 })
  shop.sandbox.control.pay(bought.atProvider, { outcome: how === 'lost' ? 'ok' : how })
  const [notification] = shop.sandbox.control
    .notifications()
    .filter((n) => n.paymentId === bought.atProvider)
  assert.equal(notification?.state, 'lost')
  return bought
}

const succeeded = (id: string) => ({
  type: 'notification',
  event: 'payment.succeeded',
  object: { id, status: 'succeeded', paid: true, amount: { value: '799.00', currency: 'RUB' } },
})

async function notify({ shop }: Scene, id: string): Promise<number> {
  const response = await fetch(`${shop.url}/webhooks/yookassa`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(succeeded(id)),
  })
  await response.arrayBuffer()
  return response.status
}

async function answersLost(scene: Scene): Promise<void> {
  const goOn: (() => Promise<void>)[] = []
  for (const kind of ['delay_answer', 'error_after', 'reset_after', 'error_before'] as const)
    goOn.push(await lostAnswer(scene, kind))
  const silent = [
    await silentMoney(scene, 'timeout_after_charge'),
    await silentMoney(scene, 'lost'),
  ]
  await Promise.all([
    ...goOn.map((go) => go()),
    ...silent.map((bought) => scene.crowd.receive(bought)),
  ])
}

async function forged(scene: Scene): Promise<void> {
  const { shop, crowd } = scene
  const bought = await crowd.begin()
  for (const id of ['2f3e-nobody-has-it', bought.atProvider]) {
    shop.sandbox.control.forge({ event: 'payment.succeeded', object: succeeded(id).object })
    const { state, outcome } = await read(scene, id)
    assert.ok(
      (state === 'ignored' && outcome === 'not_at_provider') ||
        (state === 'done' && outcome === 'pending'),
      `${state} ${outcome}`,
    )
  }
  const path = `GET /payments/transactions/${bought.transactionId}` as const
  const payment = await crowd.expect(200, path, { token: bought.token })
  assert.equal(payment.status, 'pending_psp_redirect')
  const order = await crowd.expect(200, `GET /orders/${bought.orderId}`, { token: bought.token })
  assert.equal(order.status, 'pending_payment')
  assert.equal(captured(scene, bought.orderId), 0)
  shop.sandbox.control.pay(bought.atProvider)
  await crowd.receive(bought)
}

async function replayed(scene: Scene): Promise<void> {
  const { shop, crowd } = scene
  const bought = await crowd.begin()
  shop.sandbox.control.setWebhooks({ mode: 'lost', times: 1 })
  shop.sandbox.control.pay(bought.atProvider)
  for (let round = 0; round < 2; round++) {
    const all = Array.from({ length: TIMES }, () => notify(scene, bought.atProvider))
    assert.deepEqual(new Set(await Promise.all(all)), new Set([200]))
    if (round === 0) await crowd.receive(bought)
  }
  const { deliveries } = await read(scene, bought.atProvider)
  assert.equal(deliveries, 2 * TIMES)
  const told = await one(
    scene,
    `select count(*)::int as n from bus.log where type = 'payment.completed' and data->>'order_id' = $1`,
    [bought.orderId],
  )
  assert.equal(told?.n, 1)
}

/** A payment at the provider that bears our reference and is not what we asked for. */
async function wrongMoney(
  scene: Scene,
  wrong: { amount: { value: string; currency: string }; metadata: object },
): Promise<void> {
  const { sandbox } = scene.shop
  const response = await fetch(`${sandbox.url}/v3/payments`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotence-key': JSON.stringify(wrong.amount),
      authorization: `Basic ${Buffer.from('100500:test_sandbox_only').toString('base64')}`,
    },
    body: JSON.stringify({
      ...{ ...wrong, capture: true, payment_method_data: { type: 'bank_card' } },
      confirmation: { type: 'redirect', return_url: 'https://shop.example/back' },
    }),
  })
  const { id } = (await response.json()) as { id: string }
  sandbox.control.pay(id)
}

/** An operation that never reached the provider, and its ids. */
async function unsent(scene: Scene) {
  const order = await scene.crowd.order()
  scene.shop.sandbox.control.addFault({ operation: 'payments.create', kind: 'error_before' })
  const { body } = await scene.crowd.start(order)
  const payment_id = String(body.transaction_id)
  const row = await one(
    scene,
    'select operation_id from payments.operations where payment_id = $1',
    [payment_id],
  )
  return { ...order, transactionId: payment_id, operationId: String(row?.operation_id) }
}

const review = (scene: Scene, subject: string): Promise<unknown> =>
  until('a review', async () => {
    const row = await one(scene, 'select reason from payments.reviews where subject = $1', [
      subject,
    ])
    return row?.reason
  })

async function mismatched(scene: Scene): Promise<void> {
  const { crowd, shop } = scene
  const [amount, currency] = [await unsent(scene), await unsent(scene)]
  // The first is what our operation became; the second only says that it is for our payment.
  const { transactionId: payment_id, operationId: operation_id } = amount
  await wrongMoney(scene, {
    amount: { value: '1.00', currency: 'RUB' },
    metadata: { payment_id, operation_id },
  })
  await wrongMoney(scene, {
    amount: { value: '799.00', currency: 'USD' },
    metadata: { payment_id: currency.transactionId },
  })
  assert.equal(await review(scene, amount.transactionId), 'amount_differs')
  assert.equal(await review(scene, currency.transactionId), 'currency_differs')
  shop.sandbox.control.pay(await crowd.pageOf(currency))
  await crowd.receive(currency)
  const line = `GET /orders/${amount.orderId}` as const
  const order = await crowd.expect(200, line, { token: amount.token })
  assert.equal(order.status, 'pending_payment')
  const row = await one(scene, 'select count(*)::int as n from library.items where order_id = $1', [
    amount.orderId,
  ])
  assert.equal(row?.n, 0)
}

/** An order that nobody pays ends by itself, and its payment with it. */
async function abandoned(scene: Scene, order: { token: string; orderId: string }): Promise<void> {
  const { crowd, shop } = scene
  const line = `GET /orders/${order.orderId}` as const
  // Its half hour is over; that of the others, who may be slow, is not.
  await shop.pool.query('update orders.orders set expires_at = now() where order_id = $1', [
    order.orderId,
  ])
  await until('the order has expired', async () => {
    const { status } = await crowd.expect(200, line, { token: order.token })
    return status === 'expired'
  })
  const canceled = await until('its payment is canceled', () =>
    one(scene, `select 1 from payments.payments where order_id = $1 and status = 'canceled'`, [
      order.orderId,
    ]),
  )
  assert.ok(canceled)
  const late = await crowd.start(order)
  assert.deepEqual([late.status, late.body.code], [409, 'payments.order_not_payable'])
  assert.equal(atProvider(scene, order.orderId), 0)
}

async function settled(scene: Scene, t: TestContext): Promise<void> {
  const { shop, crowd } = scene
  assert.ok(await shop.sandbox.control.idle())
  const { violations } = await judgeAtRest(crowd)
  assert.deepEqual(violations, [])
  assert.deepEqual(await crowd.askAgain(), [])
  t.diagnostic(`bought=${crowd.bought.length} repeats=${JSON.stringify([...crowd.repeats])}`)
}

test('the provider as it may be – the whole platform', { timeout: 900_000 }, async (t) => {
  const shop = await openShop(t)
  const scene: Scene = { shop, crowd: new Crowd(shop) }
  await shop.open({ settings: SETTINGS })
  const unpaid = await scene.crowd.order()
  await t.test(
    'answers and notifications that never come – processing, then found out; charged once, delivered',
    () => answersLost(scene),
  )
  await t.test('forged notifications, of nobody and of a payment that waits – no effect', () =>
    forged(scene),
  )
  await t.test(`the true notification ${TIMES} times at once, and again – one effect`, () =>
    replayed(scene),
  )
  await t.test('an order that nobody pays – expires, takes no money any more', () =>
    abandoned(scene, unpaid),
  )
  await t.test('all together – every invariant holds', (inner) => settled(scene, inner))
  await t.test('another amount, another currency – a review, nothing delivered for it', () =>
    mismatched(scene),
  )
  await shop.stop()
})
