import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Answer, openReceiver, openShop, type Receiver, type Shop } from '../testing/shop.ts'
import type { YooKassaOptions } from './server.ts'

async function open(
  t: TestContext,
  parts: { answer?: Answer; options?: Partial<YooKassaOptions> } = {},
): Promise<{ shop: Shop; receiver: Receiver }> {
  const receiver = await openReceiver(t, parts.answer)
  const shop = await openShop(t, { notificationUrl: receiver.url, ...parts.options })
  return { shop, receiver }
}

const paid = async (shop: Shop, overrides: Record<string, unknown> = {}): Promise<string> => {
  const id = String((await shop.pay(overrides)).id)
  shop.sandbox.control.pay(id)
  return id
}

test('notification – every final step, no step without an event – full snapshot, unsigned', async (t) => {
  const { shop, receiver } = await open(t)
  const { control } = shop.sandbox
  const id = await paid(shop, { capture: false })
  assert.equal(await control.idle(), true)
  const held = (await shop.get(`/v3/payments/${id}`)).body
  await shop.post(`/v3/payments/${id}/capture`, {})
  const refund = await shop.post('/v3/refunds', {
    ...{ payment_id: id, amount: { value: '1.00', currency: 'RUB' } },
  })
  control.planRefunds({ status: 'canceled' })
  await shop.post('/v3/refunds', { payment_id: id, amount: { value: '2.00', currency: 'RUB' } })
  const declined = String((await shop.pay()).id)
  control.pay(declined, { outcome: 'decline' })
  assert.equal(await control.idle(), true)
  assert.deepEqual(receiver.events().sort(), [
    ...['payment.canceled', 'payment.succeeded', 'payment.waiting_for_capture', 'refund.succeeded'],
  ])
  assert.deepEqual(receiver.got[0], {
    ...{ type: 'notification', event: 'payment.waiting_for_capture', object: held },
  })
  const sent = receiver.got.find(({ event }) => event === 'refund.succeeded')
  assert.deepEqual(sent?.object, refund.body)
  for (const headers of receiver.headers)
    assert.deepEqual(
      Object.keys(headers).filter((name) => /sign/i.test(name)),
      [],
    )
})

test('notification – receiver fails first – sent again after growing delays until 200', async (t) => {
  const answers = [500, 404, 302, 204, 200]
  const { shop, receiver } = await open(t, { answer: (nth) => answers[nth - 1] ?? 200 })
  await paid(shop)
  await shop.sandbox.control.advance(0)
  assert.equal(receiver.got.length, 1)
  const before: [number, number][] = [
    [9_999, 1],
    [1, 2],
    [29_999, 2],
    [1, 3],
    [60_000, 4],
    [300_000, 5],
    [86_400_000, 5],
  ]
  for (const [ms, count] of before) {
    await shop.sandbox.control.advance(ms)
    assert.equal(receiver.got.length, count, `after ${ms} ms more`)
  }
  assert.deepEqual(receiver.got[4], receiver.got[0])
  assert.equal(shop.sandbox.control.notifications()[0]?.state, 'delivered')
})

test('notification – receiver never takes it – given up after 24 h, not before', async (t) => {
  const { shop, receiver } = await open(t, { answer: () => 503 })
  await paid(shop)
  await shop.sandbox.control.advance(23 * 3_600_000)
  assert.equal(shop.sandbox.control.notifications()[0]?.state, 'pending')
  await shop.sandbox.control.advance(2 * 3_600_000)
  assert.equal(shop.sandbox.control.notifications()[0]?.state, 'given_up')
  const count = receiver.got.length
  assert.ok(count > 20, `${count} attempts in 24 h`)
  await shop.sandbox.control.advance(48 * 3_600_000)
  assert.equal(receiver.got.length, count)
})

test('notification – real clock and a fast schedule – arrives by itself', async (t) => {
  const clock = { now: () => performance.now() }
  const options = { clock, redeliveryDelaysMs: [5, 10, 20] }
  const { shop, receiver } = await open(t, { answer: (nth) => (nth < 4 ? 500 : 200), options })
  await paid(shop)
  assert.equal(await shop.sandbox.control.idle(), true)
  assert.equal(receiver.got.length, 4)
})

test('notification – receiver is not there – counted as failed, sent again', async (t) => {
  const receiver = await openReceiver(t)
  const shop = await openShop(t, { notificationUrl: 'http://127.0.0.1:1/' })
  await paid(shop)
  await shop.sandbox.control.advance(0)
  assert.match(String(shop.sandbox.control.notifications()[0]?.lastResult), /Error/)
  shop.sandbox.control.setNotificationUrl(receiver.url)
  await shop.sandbox.control.advance(10_000)
  assert.deepEqual(receiver.events(), ['payment.succeeded'])
})

test('notification – receiver takes it and never answers – given up on in time, sent again', async (t) => {
  const options = { notificationTimeoutMs: 1_000 }
  const { shop, receiver } = await open(t, { answer: (nth) => (nth === 1 ? 0 : 200), options })
  await paid(shop)
  const isDelivered = () => shop.sandbox.control.notifications()[0]?.state === 'delivered'
  // Once, unless the machine stands still for as long as an answer may take.
  for (let n = 0; n < 5 && !isDelivered(); n++) await shop.sandbox.control.advance(3_600_000)
  assert.ok(isDelivered())
  assert.ok(receiver.got.length >= 2)
})

test('notification – address set late – what was kept is sent then', async (t) => {
  const receiver = await openReceiver(t)
  const shop = await openShop(t)
  await paid(shop)
  shop.sandbox.control.setNotificationUrl(receiver.url)
  assert.equal(await shop.sandbox.control.idle(), true)
  assert.equal(receiver.got.length, 1)
})

test('webhooks – duplicate, for one event – three copies, then one each', async (t) => {
  const { shop, receiver } = await open(t)
  shop.sandbox.control.setWebhooks({ mode: 'duplicate', copies: 3, times: 1 })
  await paid(shop)
  assert.equal(await shop.sandbox.control.idle(), true)
  assert.equal(receiver.got.length, 3)
  assert.deepEqual(receiver.got[2], receiver.got[0])
  await paid(shop)
  assert.equal(await shop.sandbox.control.idle(), true)
  assert.equal(receiver.got.length, 4)
})

test('webhooks – delay and loss – late by the clock, or never', async (t) => {
  const { shop, receiver } = await open(t)
  const { control } = shop.sandbox
  control.setWebhooks({ mode: 'delay', delayMs: 60_000, times: 1 })
  await paid(shop)
  assert.equal(await control.idle(20), false)
  await control.advance(59_999)
  assert.equal(receiver.got.length, 0)
  await control.advance(1)
  assert.equal(receiver.got.length, 1)
  control.setWebhooks({ mode: 'lost' })
  const id = await paid(shop)
  await control.advance(90_000_000)
  assert.equal(receiver.got.length, 1)
  assert.equal((await shop.get(`/v3/payments/${id}`)).body.status, 'succeeded')
})

test('webhooks – delayed, on a clock that runs and is moved ahead – sent when that clock says so', async (t) => {
  const { shop, receiver } = await open(t, { options: { clock: { now: () => performance.now() } } })
  const { control } = shop.sandbox
  control.setWebhooks({ mode: 'delay', delayMs: 60_000, times: 1 })
  await paid(shop)
  await control.advance(59_900)
  assert.equal(await control.idle(30_000), true)
  assert.equal(receiver.got.length, 1)
})

test('webhooks – reordered – the later step arrives first; a lone one still arrives', async (t) => {
  const { shop, receiver } = await open(t)
  const { control } = shop.sandbox
  control.setWebhooks({ mode: 'reordered' })
  const id = await paid(shop, { capture: false })
  await shop.post(`/v3/payments/${id}/capture`, {})
  assert.equal(await control.idle(), true)
  assert.deepEqual(receiver.events(), ['payment.succeeded', 'payment.waiting_for_capture'])
  await paid(shop)
  await control.advance(5_000)
  assert.equal(receiver.got.length, 3)
})

test('webhooks – forged – a lie about an unpaid payment is sent once, the books know better', async (t) => {
  const { shop, receiver } = await open(t, { answer: () => 500 })
  const { control } = shop.sandbox
  control.setWebhooks({ mode: 'forged', times: 1 })
  const id = String((await shop.pay()).id)
  await control.advance(600_000)
  assert.equal(receiver.got.length, 1)
  assert.equal(receiver.got[0]?.event, 'payment.succeeded')
  assert.equal(receiver.got[0]?.object.id, id)
  assert.equal(receiver.got[0]?.object.paid, true)
  assert.equal((await shop.get(`/v3/payments/${id}`)).body.status, 'pending')
  control.forge({ event: 'payment.succeeded', object: { id: 'unknown', status: 'succeeded' } })
  await control.advance(0)
  assert.equal(receiver.got[1]?.object.id, 'unknown')
})

test('webhooks – redelivered by hand – the old snapshot arrives again', async (t) => {
  const { shop, receiver } = await open(t)
  const { control } = shop.sandbox
  await paid(shop)
  await control.idle()
  control.redeliver(control.notifications()[0]!.id)
  assert.equal(await control.idle(), true)
  assert.equal(receiver.got.length, 2)
  assert.deepEqual(receiver.got[1], receiver.got[0])
})

test('webhooks – redelivered by hand while it is on its way – arrives twice', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  const { shop, receiver } = await open(t, {
    answer(nth) {
      if (nth > 1) return 200
      arrived.resolve()
      return answered.promise.then(() => 200)
    },
  })
  const { control } = shop.sandbox
  await paid(shop)
  await arrived.promise
  control.redeliver(control.notifications()[0]!.id)
  answered.resolve()
  assert.equal(await control.idle(), true)
  assert.equal(receiver.got.length, 2)
})

test('timeout after charge – the money is taken and nothing says so – only a read finds it', async (t) => {
  const { shop, receiver } = await open(t)
  const id = String((await shop.pay()).id)
  shop.sandbox.control.pay(id, { outcome: 'timeout_after_charge' })
  await shop.sandbox.control.advance(90_000_000)
  assert.equal(receiver.got.length, 0)
  assert.equal((await shop.get(`/v3/payments/${id}`)).body.status, 'succeeded')
})
