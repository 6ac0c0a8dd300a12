import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openShop, redirectPayment } from '../testing/shop.ts'

const DAY_MS = 86_400_000

test('idempotence key – missing, empty or too long – 400 naming the header', async (t) => {
  const shop = await openShop(t)
  for (const key of [null, '', 'k'.repeat(65)]) {
    const reply = await shop.post('/v3/payments', redirectPayment(), { key })
    assert.equal(reply.status, 400)
    assert.equal(reply.body.code, 'invalid_request')
    assert.equal(reply.body.parameter, 'Idempotence-Key')
  }
  const longest = await shop.post('/v3/payments', redirectPayment(), { key: 'k'.repeat(64) })
  assert.equal(longest.status, 200)
})

test('idempotence key – same body in another order – the original answer, one payment', async (t) => {
  const shop = await openShop(t)
  const body = redirectPayment({ metadata: { a: '1', b: '2' } })
  const first = await shop.post('/v3/payments', body, { key: 'same' })
  shop.sandbox.control.pay(String(first.body.id))
  const reordered = Object.fromEntries(Object.entries(body).reverse())
  const again = await shop.post('/v3/payments', reordered, { key: 'same' })
  assert.deepEqual(again.body, first.body)
  assert.equal(again.body.status, 'pending')
  assert.equal(shop.sandbox.control.books().payments.length, 1)
})

test('idempotence key – other body or other operation – 400 duplicated', async (t) => {
  const shop = await openShop(t)
  const first = await shop.post('/v3/payments', redirectPayment(), { key: 'same' })
  const other = redirectPayment({ description: 'other' })
  const capture = `/v3/payments/${String(first.body.id)}/capture`
  for (const [path, body] of [
    ['/v3/payments', other],
    [capture, {}],
  ] as const) {
    const reply = await shop.post(path, body, { key: 'same' })
    assert.equal(reply.status, 400)
    assert.equal(reply.body.description, 'Idempotence key duplicated')
    assert.equal(reply.body.parameter, 'Idempotence-Key')
  }
})

test('idempotence key – after 24 h – is a new request; a refused one leaves it free', async (t) => {
  const shop = await openShop(t)
  const post = () => shop.post('/v3/payments', redirectPayment(), { key: 'same' })
  const invalid = await shop.post('/v3/payments', redirectPayment({ amount: 1 }), { key: 'same' })
  assert.equal(invalid.status, 400)
  const first = await post()
  shop.clock.advance(DAY_MS - 1)
  assert.equal((await post()).body.id, first.body.id)
  shop.clock.advance(1)
  assert.notEqual((await post()).body.id, first.body.id)
  assert.equal(shop.sandbox.control.books().payments.length, 2)
})

test('idempotence key – 20 at once while the first still runs – all wait for one effect', async (t) => {
  const shop = await openShop(t)
  shop.sandbox.control.addFault({
    operation: 'payments.create',
    kind: 'delay_effect',
    delayMs: 100,
  })
  const body = redirectPayment()
  const post = () => shop.post('/v3/payments', body, { key: 'same' })
  const other = redirectPayment({ description: 'other' })
  const [conflict, ...replies] = await Promise.all([
    // Sent last, but the first one still runs.
    Promise.resolve().then(async () => {
      while (shop.sandbox.control.faults().length > 0) await shop.get('/v3/payments')
      return await shop.post('/v3/payments', other, { key: 'same' })
    }),
    ...Array.from({ length: 20 }, post),
  ])
  assert.equal(conflict.status, 400)
  assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]))
  assert.equal(new Set(replies.map(({ body: { id } }) => id)).size, 1)
  assert.equal(shop.sandbox.control.books().payments.length, 1)
})

test('refunds – the whole sum 20 times at once under different keys – given back once', async (t) => {
  const shop = await openShop(t)
  const id = String((await shop.pay()).id)
  shop.sandbox.control.pay(id)
  const body = { payment_id: id, amount: { value: '100.00', currency: 'RUB' } }
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => shop.post('/v3/refunds', body)),
  )
  assert.equal(replies.filter(({ status }) => status === 200).length, 1)
  assert.equal(shop.sandbox.control.books().totals[0]?.refundedMinor, 10_000)
})
