import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AUTHORIZATION, openShop, redirectPayment, SHOP } from '../testing/shop.ts'
import { basicAuthorization } from './http/api.ts'

test('basic authorization – the published shop and key – gives the published value', () => {
  assert.equal(basicAuthorization(SHOP.shopId, SHOP.secretKey), AUTHORIZATION)
})

test('api – missing, wrong and foreign credentials – 401 in the documented body', async (t) => {
  const shop = await openShop(t)
  const wrong = ['', 'Basic !!!', 'Bearer abc', basicAuthorization('123456', 'other')]
  for (const authorization of wrong) {
    const reply = await shop.get('/v3/payments', { headers: { authorization } })
    assert.equal(reply.status, 401)
    assert.equal(reply.body.type, 'error')
    assert.equal(reply.body.code, 'invalid_credentials')
    assert.match(String(reply.body.id), /^[0-9a-f-]{36}$/)
    assert.match(String(reply.headers['www-authenticate']), /^Basic/)
  }
  const unknownPath = await shop.get('/v3/nothing', { headers: { authorization: '' } })
  assert.equal(unknownPath.status, 401)
})

test('api – unknown ids, paths and methods, foreign bodies – 404, 405, 415, 400, 413', async (t) => {
  const shop = await openShop(t)
  const cases: [string, string, number, string | undefined, object?][] = [
    ['GET', '/v3/payments/none', 404, 'not_found'],
    ['GET', '/v3/refunds/none', 404, 'not_found'],
    ['POST', '/v3/payments/none/capture', 404, 'not_found'],
    ['POST', '/v3/payments/none/cancel', 404, 'not_found'],
    ['GET', '/v3/nothing', 404, 'not_found'],
    ['GET', '/nothing', 404, 'not_found'],
    ['DELETE', '/v3/payments', 405, undefined],
    ['GET', '/v3/payments/none/capture', 405, undefined],
    ['PUT', '/v3/refunds/none', 405, undefined],
    [
      'POST',
      '/v3/payments',
      415,
      undefined,
      { body: 'a=1', headers: { 'content-type': 'text/plain' } },
    ],
    ['POST', '/v3/payments', 400, 'invalid_request', { body: '{"amount":' }],
    ['POST', '/v3/payments', 400, 'invalid_request', { body: '[]' }],
    ['POST', '/v3/payments', 413, 'invalid_request', { body: `{"a":"${'x'.repeat(300_000)}"}` }],
  ]
  for (const [method, path, status, code, call] of cases) {
    const reply = await shop.send(method, path, call)
    assert.equal(reply.status, status, `${method} ${path}: ${reply.text}`)
    assert.equal(reply.body.type, 'error')
    assert.equal(reply.body.code, code)
  }
  const refused = await shop.send('DELETE', '/v3/payments')
  assert.equal(refused.headers.allow, 'GET, POST')
})

test('payment – created with a redirect – the documented object, pending', async (t) => {
  const shop = await openShop(t)
  const payment = await shop.pay({
    ...{ description: 'Заказ №1', metadata: { order_id: 'ord_1' }, client_ip: '10.0.0.1' },
    ...{ merchant_customer_id: 'usr_1', payment_method_data: { type: 'bank_card' } },
  })
  const id = String(payment.id)
  assert.match(id, /^[0-9a-f]{8}-000f-5000-[0-9a-f]{4}-[0-9a-f]{12}$/)
  assert.deepEqual(payment, {
    id,
    status: 'pending',
    paid: false,
    amount: { value: '100.00', currency: 'RUB' },
    created_at: '2026-01-15T12:00:00.000Z',
    description: 'Заказ №1',
    metadata: { order_id: 'ord_1' },
    merchant_customer_id: 'usr_1',
    recipient: { account_id: '123456', gateway_id: '123456' },
    payment_method: { type: 'bank_card', id, saved: false, status: 'inactive' },
    confirmation: {
      type: 'redirect',
      confirmation_url: `${shop.sandbox.url}/sandbox/pay/${id}`,
      return_url: 'https://shop.example/back?order=1',
    },
    refundable: false,
    test: true,
  })
  assert.deepEqual((await shop.get(`/v3/payments/${id}`)).body, payment)
})

const INVALID: readonly (readonly [object, string])[] = [
  [{ amount: undefined }, 'amount'],
  [{ amount: { value: 100, currency: 'RUB' } }, 'amount.value'],
  [{ amount: { value: '100', currency: 'RUB' } }, 'amount.value'],
  [{ amount: { value: '100.5', currency: 'RUB' } }, 'amount.value'],
  [{ amount: { value: '-1.00', currency: 'RUB' } }, 'amount.value'],
  [{ amount: { value: '0.00', currency: 'RUB' } }, 'amount.value'],
  [{ amount: { value: '1e5.00', currency: 'RUB' } }, 'amount.value'],
  [{ amount: { value: '100.00', currency: 'XXX' } }, 'amount.currency'],
  [{ amount: { value: '100.00', currency: 'RUB', vat: 1 } }, 'amount.vat'],
  [{ capture: 'yes' }, 'capture'],
  [{ confirmation: undefined }, 'confirmation'],
  [{ confirmation: { type: 'redirect' } }, 'confirmation.return_url'],
  [{ confirmation: { type: 'redirect', return_url: 'javascript:1' } }, 'confirmation.return_url'],
  [{ confirmation: { type: 'redirect', return_url: 'x'.repeat(2049) } }, 'confirmation.return_url'],
  [{ confirmation: { type: 'embedded' } }, 'confirmation.type'],
  [{ confirmation: { type: 'qr' } }, 'confirmation.type'],
  [{ description: 'x'.repeat(129) }, 'description'],
  [{ metadata: { a: 1 } }, 'metadata.a'],
  [{ metadata: { ['k'.repeat(33)]: 'v' } }, 'metadata'],
  [{ metadata: { a: 'v'.repeat(513) } }, 'metadata.a'],
  [{ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, 'v'])) }, 'metadata'],
  [{ metadata: ['a'] }, 'metadata'],
  [{ payment_method_data: { type: 'cash' } }, 'payment_method_data.type'],
  [{ payment_method_data: { type: 'bank_card', card: {} } }, 'payment_method_data.card'],
  [{ payment_method_data: { type: 'sbp' }, capture: false }, 'capture'],
  [{ payment_method_data: { type: 'bank_card' }, payment_method_id: 'x' }, 'payment_method_id'],
  [{ payment_method_id: 'unknown' }, 'payment_method_id'],
  [{ save_payment_method: 1 }, 'save_payment_method'],
  [{ client_ip: 'localhost' }, 'client_ip'],
  [{ merchant_customer_id: 'x'.repeat(201) }, 'merchant_customer_id'],
  [{ payment_token: 'x' }, 'payment_token'],
  [{ descripton: 'misspelt' }, 'descripton'],
  [{ receipt: { items: [] } }, 'receipt.customer'],
  [{ receipt: { customer: {}, items: [] } }, 'receipt.customer'],
  [{ receipt: { customer: { email: 'a@b' }, items: [] } }, 'receipt.items'],
]

test('payment – each documented limit passed – 400 that names the parameter, and no payment', async (t) => {
  const shop = await openShop(t)
  for (const [overrides, parameter] of INVALID) {
    const reply = await shop.post('/v3/payments', redirectPayment({ ...overrides }))
    assert.equal(reply.status, 400, `${JSON.stringify(overrides)}: ${reply.text}`)
    assert.equal(reply.body.parameter, parameter, reply.text)
    assert.match(String(reply.body.code), /^(invalid_request|not_supported)$/)
  }
  assert.equal(shop.sandbox.control.books().payments.length, 0)
})

test('payment – sum outside the method’s range – refused for roubles', async (t) => {
  const shop = await openShop(t)
  const cases = [
    ['bank_card', '0.99', 400],
    ['bank_card', '1.00', 200],
    ['bank_card', '350000.00', 200],
    ['bank_card', '350000.01', 400],
    ['sbp', '700000.00', 200],
    ['sberbank', '700000.01', 400],
  ] as const
  for (const [type, value, status] of cases) {
    const amount = { value, currency: 'RUB' }
    const body = redirectPayment({ amount, payment_method_data: { type } })
    assert.equal((await shop.post('/v3/payments', body)).status, status, `${type} ${value}`)
  }
})

test('receipt – lines must give the amount – registered once paid', async (t) => {
  const shop = await openShop(t)
  const item = { description: 'Игра', amount: { value: '33.33', currency: 'RUB' }, vat_code: 11 }
  const receiptOf = (...quantities: (string | number)[]): object => ({
    customer: { email: 'payer@example.com' },
    items: quantities.map((quantity) => ({ ...item, quantity })),
  })
  const wrong = redirectPayment({ receipt: receiptOf('2', 1) })
  assert.equal((await shop.post('/v3/payments', wrong)).body.parameter, 'receipt.items')
  const badVat = {
    customer: { phone: '79000000000' },
    items: [{ ...item, vat_code: 13, quantity: 1 }],
  }
  const vat = await shop.post('/v3/payments', redirectPayment({ receipt: badVat }))
  assert.equal(vat.body.parameter, 'receipt.items[0].vat_code')
  // 33.33 × 2 + 33.33 × 1.001 = 66.66 + 33.36 (33.36333 rounded)
  const amount = { value: '100.02', currency: 'RUB' }
  const payment = await shop.pay({ amount, receipt: receiptOf('2', 1.001) })
  assert.equal(payment.receipt_registration, 'pending')
  const paid = shop.sandbox.control.pay(String(payment.id))
  assert.equal(paid.receipt_registration, 'succeeded')
})

test('qr – sbp – the code leads to the page', async (t) => {
  const shop = await openShop(t)
  const payment = await shop.pay({
    ...{ confirmation: { type: 'qr' }, payment_method_data: { type: 'sbp' } },
  })
  const data = `${shop.sandbox.url}/sandbox/pay/${String(payment.id)}`
  assert.deepEqual(payment.confirmation, { type: 'qr', confirmation_data: data })
})

test('list – pages, status and time filters – newest first, nothing twice, unknown filter refused', async (t) => {
  const shop = await openShop(t)
  const ids: string[] = []
  for (let i = 0; i < 25; i++) {
    ids.unshift(String((await shop.pay()).id))
    shop.clock.advance(1_000)
  }
  const seen: unknown[] = []
  let cursor = ''
  do {
    const page = (await shop.get(`/v3/payments?limit=7${cursor}`)).body
    assert.equal(page.type, 'list')
    seen.push(...(page.items as { id: string }[]).map(({ id }) => id))
    cursor = page.next_cursor === undefined ? '' : `&cursor=${String(page.next_cursor)}`
    // A payment made between two pages must not shift them.
    if (seen.length === 7) await shop.pay()
  } while (cursor !== '')
  assert.deepEqual(seen, ids)
  const count = async (query: string): Promise<number> =>
    ((await shop.get(`/v3/payments?${query}`)).body.items as unknown[]).length
  assert.equal(await count(''), 10)
  shop.sandbox.control.pay(ids[3]!)
  assert.equal(await count('status=succeeded'), 1)
  assert.equal(await count('payment_method=bank_card'), 1)
  assert.equal(await count('captured_at.gte=2026-01-15T12:00:00.000Z'), 1)
  assert.equal(
    await count('limit=100&created_at.gt=2026-01-15T12:00:00Z&created_at.lt=2026-01-15T12:00:05Z'),
    4,
  )
  for (const query of [
    'limit=0',
    'limit=101',
    'cursor=zzz',
    'colour=red',
    'created_at.gte=today',
    'limit=1&limit=2',
  ])
    assert.equal((await shop.get(`/v3/payments?${query}`)).status, 400, query)
})

test('server – its port is taken – opening fails and says so', async (t) => {
  const shop = await openShop(t)
  const port = Number(new URL(shop.sandbox.url).port)
  await assert.rejects(openShop(t, { port }), /EADDRINUSE/)
})
