import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openShop, type Reply, type Shop } from '../../testing/shop.ts'
import { CODE, MAGIC_CARDS } from './page-cards.ts'

const send = (shop: Shop, id: string, form: Readonly<Record<string, string>>): Promise<Reply> =>
  shop.send('POST', `/sandbox/pay/${id}`, {
    body: String(new URLSearchParams(form)),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })

const press = (shop: Shop, id: string, outcome: string): Promise<Reply> =>
  send(shop, id, { outcome })

const statusOf = async (shop: Shop, id: string): Promise<unknown> =>
  (await shop.get(`/v3/payments/${id}`)).body.status

test('page – a pending payment – says it is simulated, in both languages, escaped', async (t) => {
  const shop = await openShop(t)
  const description = '<script>alert("1")</script>'
  const id = String((await shop.pay({ description })).id)
  const page = await shop.get(`/sandbox/pay/${id}`)
  assert.equal(page.status, 200)
  assert.match(page.text, /<html lang="ru">/)
  for (const text of ['СИМУЛЯЦИЯ', 'SIMULATED', 'Оплатить', 'Отказ банка', '100,00'])
    assert.ok(page.text.includes(text), text)
  assert.ok(!page.text.includes('<script>'))
  assert.ok(page.text.includes('&lt;script&gt;'))
  const policy = String(page.headers['content-security-policy'])
  assert.match(policy, /default-src 'none'; style-src 'self'; script-src 'self'/)
  assert.match(policy, /form-action 'self' https:\/\/shop\.example/)
  const english = await shop.get(`/sandbox/pay/${id}?lang=en`)
  for (const text of ['<html lang="en">', 'Pay', 'Declined by the bank', '₽100.00'])
    assert.ok(english.text.includes(text), text)
  for (const part of ['page.css', 'page.js'])
    assert.equal((await shop.get(`/sandbox/${part}`)).status, 200)
})

test('page – pay pressed – paid, and back to the merchant', async (t) => {
  const shop = await openShop(t)
  const id = String((await shop.pay()).id)
  const pressed = await press(shop, id, 'ok')
  assert.equal(pressed.status, 303)
  assert.equal(pressed.headers.location, 'https://shop.example/back?order=1')
  assert.equal(await statusOf(shop, id), 'succeeded')
  assert.equal((await press(shop, id, 'decline')).status, 303)
  assert.equal(await statusOf(shop, id), 'succeeded')
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
  assert.equal(await statusOf(shop, id), 'canceled')
})

const ENDS = { ok: 'succeeded', decline: 'canceled', no_funds: 'canceled', timeout: 'succeeded' }

for (const [key, status] of Object.entries(ENDS))
  test(`page – the magic card "${key}", filled by its link – ${status}`, async (t) => {
    const shop = await openShop(t)
    const id = String((await shop.pay()).id)
    const filled = await shop.get(`/sandbox/pay/${id}?card=${key}`)
    const number = /name="number"[^>]*value="([\d ]+)"/.exec(filled.text)?.[1] ?? ''
    assert.equal(number.replaceAll(' ', ''), MAGIC_CARDS.find((card) => card.key === key)?.number)
    await send(shop, id, { by: 'card', number })
    assert.equal(await statusOf(shop, id), status)
  })

test('page – a card with 3-D Secure – asks for the code; wrong, right, given up', async (t) => {
  const shop = await openShop(t)
  const number = MAGIC_CARDS.find((card) => card.challenge)?.number ?? ''
  const id = String((await shop.pay()).id)
  const asked = await send(shop, id, { by: 'card', number })
  assert.equal(asked.status, 200)
  assert.ok(asked.text.includes(CODE))
  const wrong = await send(shop, id, { by: 'code', card: '3ds', code: '0000' })
  assert.match(wrong.text, /Код не подошёл/)
  assert.equal(await statusOf(shop, id), 'pending')
  assert.equal((await send(shop, id, { by: 'code', card: '3ds', code: CODE })).status, 303)
  assert.equal(await statusOf(shop, id), 'succeeded')
  const other = String((await shop.pay()).id)
  await press(shop, other, '3ds_failed')
  assert.equal(await statusOf(shop, other), 'canceled')
})

test('page – any other card – is refused, and nothing of it comes back or is kept', async (t) => {
  const shop = await openShop(t)
  const id = String((await shop.pay()).id)
  const number = '4111 1111 1111 1111'
  const refused = await send(shop, id, { by: 'card', number })
  assert.match(refused.text, /только волшебные карты/)
  assert.ok(!refused.text.includes('4111'))
  assert.ok(!JSON.stringify(shop.sandbox.control.books()).includes('4111'))
  assert.equal(await statusOf(shop, id), 'pending')
})

test('page – SBP by QR code – a code, the time left, and the bank’s two answers', async (t) => {
  const shop = await openShop(t)
  const sbp = { payment_method_data: { type: 'sbp' }, confirmation: { type: 'qr' } }
  const id = String((await shop.pay(sbp)).id)
  const page = await shop.get(`/sandbox/pay/${id}`)
  assert.match(page.text, /<svg class="code"/)
  assert.match(page.text, /<time datetime="[^"]+" data-left="3600000">/)
  const paid = await press(shop, id, 'ok')
  assert.equal(paid.status, 200)
  assert.match(paid.text, /Эту вкладку можно закрыть/)
  assert.equal(await statusOf(shop, id), 'succeeded')
})

test('page – buttons of the notification – twice, late, lost, after the next, forged', async (t) => {
  const shop = await openShop(t)
  const { control } = shop.sandbox
  const payAfter = async (hook: string) => {
    const id = String((await shop.pay()).id)
    const before = control.notifications().length
    const page = await send(shop, id, { hook })
    assert.equal(page.status, 200)
    await press(shop, id, 'ok')
    return { page, made: control.notifications().slice(before) }
  }
  const twice = await payAfter('duplicate')
  assert.match(twice.page.text, /<strong>Дважды<\/strong>/)
  assert.equal(twice.made.length, 2)
  const late = await payAfter('delay')
  assert.ok((late.made[0]?.dueAt ?? 0) > control.books().now)
  assert.equal((await payAfter('lost')).made[0]?.state, 'lost')
  assert.equal((await payAfter('reordered')).made.length, 1)
  const forged = await payAfter('forged')
  assert.match(forged.page.text, /Поддельное уведомление отправлено/)
  assert.deepEqual(forged.made.map(({ event }) => event).sort(), [
    'payment.succeeded',
    'payment.succeeded',
  ])
})

test('page – unknown payment, unknown button, lost answer – 404, 400, 504', async (t) => {
  const shop = await openShop(t)
  const id = String((await shop.pay()).id)
  assert.equal((await shop.get('/sandbox/pay/none')).status, 404)
  assert.equal((await press(shop, id, 'refund')).status, 400)
  assert.equal((await press(shop, id, 'timeout_after_charge')).status, 504)
  assert.equal(await statusOf(shop, id), 'succeeded')
})

test('api – a form instead of JSON – 415: the page’s parser is no way in', async (t) => {
  const shop = await openShop(t)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  for (const path of ['/v3/payments', '/sandbox/faults'])
    assert.equal((await shop.send('POST', path, { body: 'a=1', headers })).status, 415, path)
})
