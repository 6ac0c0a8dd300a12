import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openShop, redirectPayment, type Shop } from '../../testing/shop.ts'

const count = (shop: Shop): number => shop.sandbox.control.books().payments.length
const post = (shop: Shop, key: string) => shop.post('/v3/payments', redirectPayment(), { key })

test('fault – 500 before the effect – nothing happened, the repeat makes it', async (t) => {
  const shop = await openShop(t)
  shop.sandbox.control.addFault({ operation: 'payments.create', kind: 'error_before' })
  const failed = await post(shop, 'a')
  assert.equal(failed.status, 500)
  assert.equal(failed.body.code, 'internal_server_error')
  assert.equal(count(shop), 0)
  assert.equal((await post(shop, 'a')).status, 200)
  assert.equal(count(shop), 1)
})

test('fault – 500 after the effect – it happened, the repeat gets the lost answer', async (t) => {
  const shop = await openShop(t)
  const id = String((await shop.pay()).id)
  shop.sandbox.control.pay(id)
  shop.sandbox.control.addFault({ operation: 'refunds.create', kind: 'error_after', times: 2 })
  const body = { payment_id: id, amount: { value: '5.00', currency: 'RUB' } }
  const refund = () => shop.post('/v3/refunds', body, { key: 'r' })
  assert.equal((await refund()).status, 500)
  assert.equal((await refund()).status, 500)
  const third = await refund()
  assert.equal(third.status, 200)
  assert.equal(third.body.status, 'succeeded')
  assert.equal(shop.sandbox.control.books().refunds.length, 1)
})

test('fault – connection reset after or before the effect – no answer either way', async (t) => {
  const shop = await openShop(t)
  shop.sandbox.control.addFault({ operation: 'payments.create', kind: 'reset_after' })
  await assert.rejects(post(shop, 'a'), /ECONNRESET|other side closed|terminated/)
  assert.equal(count(shop), 1)
  shop.sandbox.control.addFault({ operation: 'payments.create', kind: 'reset_before' })
  await assert.rejects(post(shop, 'b'), /ECONNRESET|other side closed|terminated/)
  assert.equal(count(shop), 1)
  assert.equal((await post(shop, 'a')).status, 200)
  assert.equal(count(shop), 1)
})

test('fault – 429 – with retry_after, then served', async (t) => {
  const shop = await openShop(t)
  shop.sandbox.control.addFault({ operation: 'any', kind: 'too_many_requests', delayMs: 1_800 })
  const refused = await shop.get('/v3/payments')
  assert.equal(refused.status, 429)
  assert.equal(refused.body.code, 'too_many_requests')
  assert.equal(refused.body.retry_after, 1_800)
  assert.equal((await shop.get('/v3/payments')).status, 200)
})

test('fault – delayed answer – the effect is in the books while the caller still waits; cleared, it is answered', async (t) => {
  const shop = await openShop(t)
  shop.sandbox.control.addFault({
    operation: 'payments.create',
    kind: 'delay_answer',
    delayMs: 600_000,
  })
  let answered = false
  const waiting = post(shop, 'a').then((reply) => {
    answered = true
    return reply
  })
  while (count(shop) === 0) await shop.get('/v3/refunds')
  assert.equal(answered, false)
  shop.sandbox.control.clearFaults()
  assert.equal((await waiting).status, 200)
})

test('fault – set for another operation, then cleared – strikes nobody', async (t) => {
  const shop = await openShop(t)
  shop.sandbox.control.addFault({ operation: 'payments.capture', kind: 'error_before' })
  assert.equal((await post(shop, 'a')).status, 200)
  assert.equal(shop.sandbox.control.faults().length, 1)
  shop.sandbox.control.clearFaults()
  assert.deepEqual(shop.sandbox.control.faults(), [])
})
