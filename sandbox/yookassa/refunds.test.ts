import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openShop, type Reply, type Shop } from '../testing/shop.ts'

const amount = (value: string): object => ({ value, currency: 'RUB' })

async function openPaid(t: Parameters<typeof openShop>[0]): Promise<{ shop: Shop; id: string }> {
  const shop = await openShop(t)
  const id = String((await shop.pay()).id)
  shop.sandbox.control.pay(id)
  return { shop, id }
}

const refund = (shop: Shop, id: string, value: string): Promise<Reply> =>
  shop.post('/v3/refunds', { payment_id: id, amount: amount(value), description: 'Возврат' })

test('refund – several parts up to the captured sum – the last kopeck is the last', async (t) => {
  const { shop, id } = await openPaid(t)
  const first = await refund(shop, id, '30.00')
  assert.equal(first.body.status, 'succeeded')
  assert.equal(first.body.payment_id, id)
  assert.deepEqual((await shop.get(`/v3/refunds/${String(first.body.id)}`)).body, first.body)
  assert.equal((await refund(shop, id, '70.01')).body.parameter, 'amount.value')
  assert.equal((await refund(shop, id, '70.00')).status, 200)
  assert.equal((await refund(shop, id, '0.01')).status, 400)
  const { body } = await shop.get(`/v3/payments/${id}`)
  assert.equal(body.status, 'succeeded')
  assert.equal(body.refundable, false)
  assert.deepEqual(body.refunded_amount, amount('100.00'))
  const { items } = (await shop.get(`/v3/refunds?payment_id=${id}&status=succeeded`)).body
  assert.equal((items as unknown[]).length, 2)
})

test('refund – unknown or unpaid payment, other currency, wrong fields – 400 naming it', async (t) => {
  const { shop, id } = await openPaid(t)
  const unpaid = String((await shop.pay()).id)
  const cases: [object, string][] = [
    [{ payment_id: 'none', amount: amount('1.00') }, 'payment_id'],
    [{ payment_id: unpaid, amount: amount('1.00') }, 'payment_id'],
    [{ payment_id: id, amount: { value: '1.00', currency: 'USD' } }, 'amount.currency'],
    [{ payment_id: id }, 'amount'],
    [{ amount: amount('1.00') }, 'payment_id'],
    [{ payment_id: id, amount: amount('1.00'), deal: {} }, 'deal'],
  ]
  for (const [body, parameter] of cases) {
    const reply = await shop.post('/v3/refunds', body)
    assert.equal(reply.status, 400, reply.text)
    assert.equal(reply.body.parameter, parameter)
  }
  assert.equal(shop.sandbox.control.books().refunds.length, 0)
})

test('refund – pending – reserves its sum until it is decided', async (t) => {
  const { shop, id } = await openPaid(t)
  const { control } = shop.sandbox
  control.planRefunds({ status: 'pending' })
  const first = await refund(shop, id, '60.00')
  assert.equal(first.body.status, 'pending')
  assert.equal((await refund(shop, id, '50.00')).status, 400)
  const canceled = control.settleRefund(String(first.body.id), {
    ...{ status: 'canceled', reason: 'insufficient_funds' },
  })
  assert.deepEqual(canceled.cancellation_details, {
    ...{ party: 'yoo_money', reason: 'insufficient_funds' },
  })
  const second = await refund(shop, id, '50.00')
  control.settleRefund(String(second.body.id))
  assert.throws(() => control.settleRefund(String(second.body.id)), /Refund is succeeded/)
  assert.deepEqual(control.books().totals, [
    { currency: 'RUB', capturedMinor: 10_000, refundedMinor: 5_000 },
  ])
})

test('refund – planned to settle later – is decided when its time comes', async (t) => {
  const { shop, id } = await openPaid(t)
  const { control } = shop.sandbox
  control.planRefunds({ status: 'succeeded', settleAfterMs: 86_400_000 })
  const { body } = await refund(shop, id, '10.00')
  assert.equal(body.status, 'pending')
  await control.advance(86_400_000)
  assert.equal((await shop.get(`/v3/refunds/${String(body.id)}`)).body.status, 'succeeded')
})
