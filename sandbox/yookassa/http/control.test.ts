import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { openReceiver, openShop } from '../../testing/shop.ts'

test('control – over HTTP – every function does what it does in process', async (t) => {
  const receiver = await openReceiver(t)
  const shop = await openShop(t)
  const { control } = shop.sandbox
  const post = async (path: string, body: unknown = {}): Promise<Record<string, unknown>> => {
    const reply = await shop.post(`/sandbox${path}`, body)
    assert.equal(reply.status, 200, `${path}: ${reply.text}`)
    return reply.body
  }
  await post('/notification-url', { url: receiver.url })
  await post('/webhooks', { mode: 'duplicate', copies: 2, times: 1 })
  const id = String((await shop.pay({ save_payment_method: true })).id)
  const paid = await post(`/payments/${id}/pay`, { outcome: 'ok', method: 'bank_card' })
  assert.equal(paid.status, 'succeeded')
  assert.deepEqual(await post('/idle', { timeout_ms: 5_000 }), { idle: true })
  assert.equal(receiver.got.length, 2)

  await post('/charge-plan', { outcome: 'decline', reason: 'card_expired' })
  const charge = await shop.pay({ confirmation: undefined, payment_method_id: id })
  assert.equal((charge.cancellation_details as { reason: string }).reason, 'card_expired')
  await post(`/methods/${id}/revoke`)

  await post('/refund-plan', { status: 'pending' })
  const refund = await shop.post('/v3/refunds', {
    ...{ payment_id: id, amount: { value: '1.00', currency: 'RUB' } },
  })
  await post(`/refunds/${String(refund.body.id)}/settle`, { status: 'succeeded' })
  const books = (await shop.get('/sandbox/books')).body
  assert.deepEqual(books, JSON.parse(JSON.stringify(control.books())))
  assert.deepEqual(books.totals, [{ currency: 'RUB', capturedMinor: 10_000, refundedMinor: 100 }])

  await post('/faults', { operation: 'any', kind: 'delay_answer', times: 2, delay_ms: 1 })
  assert.deepEqual((await shop.get('/sandbox/faults')).body.items, control.faults())
  assert.equal((await shop.send('DELETE', '/sandbox/faults')).status, 200)
  assert.deepEqual(control.faults(), [])

  const before = control.books().now
  assert.deepEqual(await post('/clock/advance', { ms: 1_000 }), { now: before + 1_000 })
  await post('/idle')
  const sent = receiver.got.length
  await post('/forge', { event: 'payment.succeeded', object: { id: 'none' } })
  const [first] = (await shop.get('/sandbox/notifications')).body.items as { id: string }[]
  await post(`/notifications/${first!.id}/redeliver`)
  await post('/idle')
  assert.equal(receiver.got.length, sent + 2)
})

test('control – wrong input – refused by name', async (t) => {
  const shop = await openShop(t)
  const cases: [string, object, string][] = [
    ['/faults', { operation: 'payments.destroy', kind: 'error_before' }, 'operation'],
    ['/faults', { operation: 'any', kind: 'fire' }, 'kind'],
    ['/faults', { operation: 'any', kind: 'error_before', times: 0 }, 'times'],
    ['/webhooks', { mode: 'quiet' }, 'mode'],
    ['/notification-url', { url: 'ftp://x' }, 'url'],
    ['/clock/advance', { ms: -1 }, 'ms'],
    ['/forge', { event: 'x', object: 1 }, 'object'],
    ['/idle', { timeout: 1 }, 'timeout'],
  ]
  for (const [path, body, parameter] of cases) {
    const reply = await shop.post(`/sandbox${path}`, body)
    assert.equal(reply.status, 400, path)
    assert.equal(reply.body.parameter, parameter)
  }
  for (const path of ['/payments/none/pay', '/refunds/none/settle', '/methods/none/revoke'])
    assert.equal((await shop.post(`/sandbox${path}`, {})).status, 404, path)
})

test('control – called from another address – 403, the payer’s page stays open', async (t) => {
  const outer = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  if (outer === undefined) return t.skip('this machine has no address but loopback')
  const shop = await openShop(t, { host: '0.0.0.0' })
  const port = new URL(shop.sandbox.url).port
  const id = String((await shop.pay()).id)
  const origin = `http://${outer.address}:${port}`
  const books = await fetch(`${origin}/sandbox/books`)
  assert.equal(books.status, 403)
  assert.equal((await fetch(`${origin}/sandbox/pay/${id}`)).status, 200)
})
