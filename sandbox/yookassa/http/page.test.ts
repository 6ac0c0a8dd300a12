import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openShop, type Reply, type Shop } from '../../testing/shop.ts'

const press = (shop: Shop, id: string, outcome: string): Promise<Reply> =>
  shop.send('POST', `/sandbox/pay/${id}`, {
    body: `outcome=${outcome}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })

test('page – a pending payment – says it is simulated, in both languages, escaped', async (t) => {
  const shop = await openShop(t)
  const description = '<script>alert("1")</script>'
  const id = String((await shop.pay({ description })).id)
  const page = await shop.get(`/sandbox/pay/${id}`)
  assert.equal(page.status, 200)
  assert.match(page.text, /<html lang="ru">/)
  for (const text of ['СИМУЛЯЦИЯ', 'SIMULATED', 'Оплатить', 'Pay', 'Decline', '100.00 RUB'])
    assert.ok(page.text.includes(text), text)
  assert.ok(!page.text.includes('<script'))
  assert.ok(page.text.includes('&lt;script&gt;'))
  const policy = String(page.headers['content-security-policy'])
  assert.match(policy, /default-src 'none'/)
  assert.match(policy, /form-action 'self' https:\/\/shop\.example/)
})

test('page – pay pressed – paid, and back to the merchant', async (t) => {
  const shop = await openShop(t)
  const id = String((await shop.pay()).id)
  const pressed = await press(shop, id, 'ok')
  assert.equal(pressed.status, 303)
  assert.equal(pressed.headers.location, 'https://shop.example/back?order=1')
  assert.equal((await shop.get(`/v3/payments/${id}`)).body.status, 'succeeded')
  assert.equal((await press(shop, id, 'decline')).status, 303)
  assert.equal((await shop.get(`/v3/payments/${id}`)).body.status, 'succeeded')
  const after = await shop.get(`/sandbox/pay/${id}`)
  assert.ok(!after.text.includes('<form'))
  assert.match(after.text, /Вернуться в магазин/)
})

test('page – decline pressed – canceled; English where the merchant asked for it', async (t) => {
  const shop = await openShop(t)
  const confirmation = { type: 'redirect', return_url: 'https://shop.example/', locale: 'en_US' }
  const id = String((await shop.pay({ confirmation })).id)
  assert.match((await shop.get(`/sandbox/pay/${id}`)).text, /<html lang="en">/)
  await press(shop, id, 'decline')
  assert.equal((await shop.get(`/v3/payments/${id}`)).body.status, 'canceled')
})

test('page – unknown payment, unknown button, lost answer – 404, 400, 504', async (t) => {
  const shop = await openShop(t)
  const id = String((await shop.pay()).id)
  assert.equal((await shop.get('/sandbox/pay/none')).status, 404)
  assert.equal((await press(shop, id, 'refund')).status, 400)
  assert.equal((await press(shop, id, 'timeout_after_charge')).status, 504)
  assert.equal((await shop.get(`/v3/payments/${id}`)).body.status, 'succeeded')
})

test('api – a form instead of JSON – 415: the page’s parser is no way in', async (t) => {
  const shop = await openShop(t)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  for (const path of ['/v3/payments', '/sandbox/faults'])
    assert.equal((await shop.send('POST', path, { body: 'a=1', headers })).status, 415, path)
})
