import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR } from '@rialto/kernel/pure/time.ts'
import { document, item, openFiscalShop, type Reply, receipt, TILL } from '../testing/fiscal.ts'

const V5 = '/possystem/v5'
const codeOf = (reply: Reply): unknown => (reply.body.error as { code: number } | null)?.code
const seen = (reply: Reply): unknown => [reply.status, codeOf(reply)]

test('token – good, wrong, missing, of 24 h ago – issued, 12, 10, 11', async (t) => {
  const shop = await openFiscalShop(t)
  const wrong = await shop.send('POST', `${V5}/getToken`, { login: 'shop', pass: 'x' })
  assert.deepEqual(seen(wrong), [401, 12])
  const byQuery = await shop.send('GET', `${V5}/getToken?login=shop&pass=secret`)
  assert.match(String(byQuery.body.token), /^[0-9a-f]{64}$/)
  const { token } = shop
  shop.token = ''
  assert.deepEqual(seen(await shop.sell('a')), [401, 10])
  shop.token = token
  assert.equal((await shop.sell('a')).status, 200)
  const foreign = await shop.send('POST', `${V5}/other/sell`, document('b'))
  assert.deepEqual(seen(foreign), [401, 20])
  shop.clock.advance(24 * HOUR)
  assert.deepEqual(seen(await shop.sell('b')), [401, 11])
})

test('sell – a good document – waits, then is registered with the documented fields', async (t) => {
  const shop = await openFiscalShop(t)
  const accepted = await shop.sell('rcp-1')
  const { uuid } = accepted.body
  assert.match(String(uuid), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.deepEqual(accepted.body, {
    ...{ uuid, timestamp: '15.01.2026 15:00:00', status: 'wait', error: null },
  })
  const waiting = await shop.report(uuid)
  assert.deepEqual([waiting.body.status, waiting.body.payload], ['wait', null])
  await shop.register.control.advance(1_000)
  const { body } = await shop.report(uuid)
  const payload = body.payload as Record<string, unknown>
  assert.deepEqual(body, {
    ...{ uuid, error: null, status: 'done', payload, timestamp: '15.01.2026 15:00:01' },
    ...{ group_code: TILL.group, daemon_code: 'sandbox', device_code: 'KSR-SANDBOX-1' },
    ...{ external_id: 'rcp-1', callback_url: '' },
  })
  assert.deepEqual(payload, {
    ...{ total: 799, fns_site: 'www.nalog.gov.ru', fn_number: '9999078900000001' },
    ...{ shift_number: 1, receipt_datetime: '15.01.2026 15:00:01', fiscal_receipt_number: 1 },
    ...{ fiscal_document_number: 1, ecr_registration_number: '0000000000012345' },
    fiscal_document_attribute: payload.fiscal_document_attribute,
    ...{ ofd_inn: '0000000000', ofd_receipt_url: `${shop.register.url}/sandbox/receipts/${uuid}` },
  })
  const page = await shop.send('GET', `/sandbox/receipts/${uuid}`)
  assert.match(page.text, /A game[\s\S]*799,00 ₽[\s\S]*9999078900000001/)
})

test('sell – the same external_id, also after it failed – 33 with the uuid of the first', async (t) => {
  const shop = await openFiscalShop(t)
  shop.register.control.plan({ outcome: 'fail', code: 1 })
  const { uuid } = (await shop.sell('rcp-1')).body
  const answers = await Promise.all([shop.sell('rcp-1'), shop.sell('rcp-1')])
  await shop.register.control.advance(1_000)
  for (const reply of [...answers, await shop.sell('rcp-1')]) {
    assert.deepEqual(seen(reply), [400, 33])
    assert.deepEqual([reply.body.uuid, reply.body.status], [uuid, 'fail'])
  }
  const failed = (await shop.report(uuid)).body
  const { error_id, ...error } = failed.error as Record<string, unknown>
  assert.ok(error_id)
  assert.deepEqual([failed.status, failed.payload, error.code], ['fail', null, 1])
  assert.equal((await shop.sell('rcp-2')).status, 200)
  assert.equal(shop.register.control.books().documents.length, 2)
})

const price = (value: unknown, sum: unknown): object => ({
  ...receipt({ items: [item({ price: value, sum, vat: { type: 'none' } })], total: sum }),
  payments: [{ type: 1, sum }],
})

const INVALID: readonly (readonly [object, string, number])[] = [
  [{ external_id: '' }, 'external_id', 13],
  [{ external_id: 'x'.repeat(129) }, 'external_id', 13],
  [{ timestamp: '2026-01-15' }, 'timestamp', 13],
  [{ service: { callback_url: 'ftp://x' } }, 'service.callback_url', 13],
  [{ service: { callback_url: `https://x.example/${'x'.repeat(240)}` } }, 'callback_url', 13],
  [{ unknown: 1 }, 'unknown', 13],
  [{ receipt: undefined }, 'receipt', 32],
  [{ receipt: receipt({ client: {} }) }, 'receipt.client', 32],
  [{ receipt: receipt({ client: { email: 'nobody' } }) }, 'receipt.client.email', 32],
  [{ receipt: receipt({ company: { email: 'a@b' } }) }, 'receipt.company.inn', 32],
  [{ receipt: receipt({ items: [] }) }, 'receipt.items', 32],
  [{ receipt: receipt({ items: Array.from({ length: 101 }, () => item()) }) }, 'receipt.items', 32],
  [{ receipt: receipt({ items: [item({ name: 'x'.repeat(129) })] }) }, 'items[0].name', 32],
  [{ receipt: receipt({ items: [item({ payment_object: 'service' })] }) }, 'payment_object', 32],
  [{ receipt: receipt({ items: [item({ payment_method: 'full' })] }) }, 'payment_method', 32],
  [{ receipt: receipt({ items: [item({ measure: 1 })] }) }, 'measure', 32],
  [{ receipt: receipt({ items: [item({ vat: { type: 'vat21' } })] }) }, 'vat.type', 32],
  [{ receipt: receipt({ items: [item({ vat: { type: 'vat22', sum: 144 } })] }) }, 'vat.sum', 32],
  [{ receipt: receipt({ items: [item({ quantity: 2 })] }) }, 'items[0].sum', 32],
  [{ receipt: receipt({ total: 800, payments: [{ type: 1, sum: 800 }] }) }, 'receipt.items', 32],
  [{ receipt: receipt({ payments: [{ type: 1, sum: 798.99 }] }) }, 'receipt.payments', 32],
  [{ receipt: receipt({ payments: [{ type: 10, sum: 799 }] }) }, 'payments[0].type', 32],
  [{ receipt: receipt({ additional_check_props: 'x'.repeat(17) }) }, 'check_props', 32],
  [{ receipt: price('799', 799) }, 'price', 32],
  [{ receipt: price(7.999, 7.99) }, 'price', 32],
  [{ receipt: price(-1, 1) }, 'price', 32],
  [{ receipt: price(42_949_672.96, 42_949_672.96) }, 'price', 32],
]

test('sell – a document that does not fit – refused by name, and nothing is in the books', async (t) => {
  const shop = await openFiscalShop(t)
  for (const [overrides, path, code] of INVALID) {
    const reply = await shop.sell('x', overrides as Record<string, unknown>)
    assert.deepEqual(seen(reply), [400, code], `${path}: ${reply.text}`)
    assert.ok((reply.body.error as { text: string }).text.includes(path), reply.text)
  }
  assert.deepEqual(shop.register.control.books().documents, [])
})

test('sell – thousandths, offset of an advance, no tax, a refund – registered', async (t) => {
  const shop = await openFiscalShop(t)
  const odd = receipt({
    items: [item({ price: 33.33, quantity: 0.005, sum: 0.17, vat: { type: 'vat0', sum: 0 } })],
    ...{
      total: 0.17,
      payments: [
        { type: 2, sum: 0.07 },
        { type: 1, sum: 0.1 },
      ],
    },
  })
  assert.equal((await shop.sell('odd', { receipt: odd })).status, 200)
  const refund = await shop.send('POST', `${V5}/${TILL.group}/sell_refund`, document('back'))
  assert.equal(refund.status, 200)
  await shop.register.control.advance(1_000)
  assert.deepEqual(shop.register.control.books().totals, { sellMinor: 17, refundMinor: 79_900 })
})

test('api – no JSON, other content, unknown operation, uuid or path – 0, 41, 31, 30, 34, 404', async (t) => {
  const shop = await openFiscalShop(t)
  const sell = `${V5}/${TILL.group}/sell`
  assert.deepEqual(seen(await shop.send('POST', sell, '{"external_id":')), [400, 0])
  const plain = await shop.send('POST', sell, 'a=1', { 'content-type': 'application/xml' })
  assert.deepEqual(seen(plain), [400, 41])
  const correction = await shop.send('POST', `${sell}_correction`, document('a'))
  assert.deepEqual(seen(correction), [400, 31])
  assert.deepEqual(seen(await shop.report('nothing')), [400, 30])
  assert.deepEqual(seen(await shop.report('00000000-0000-0000-0000-000000000000')), [400, 34])
  assert.equal((await shop.send('GET', `${V5}/nothing`)).status, 404)
  const large = await shop.send('POST', sell, `{"a":"${'x'.repeat(300_000)}"}`)
  assert.equal(large.status, 413)
})

test('driver – zero quantity – accepted, then failed with the driver’s code', async (t) => {
  const shop = await openFiscalShop(t)
  const nothing = receipt({
    items: [item(), item({ quantity: 0, sum: 0, vat: { type: 'vat22', sum: 0 } })],
  })
  const { uuid } = (await shop.sell('zero', { receipt: nothing })).body
  await shop.register.control.advance(1_000)
  const { error } = (await shop.report(uuid)).body
  assert.deepEqual(
    [(error as { code: number }).code, (error as { type: string }).type],
    [-3804, 'driver'],
  )
})

test('faults – before, after, down – nothing done, done and unsaid, nothing done', async (t) => {
  const shop = await openFiscalShop(t)
  const { control } = shop.register
  control.addFault({ operation: 'sell', kind: 'error_before' })
  assert.deepEqual(seen(await shop.sell('a')), [500, 50])
  assert.equal(control.books().documents.length, 0)
  control.addFault({ operation: 'sell', kind: 'reset_after' })
  await assert.rejects(shop.sell('a'))
  assert.equal(control.books().documents.length, 1)
  assert.deepEqual(seen(await shop.sell('a')), [400, 33])
  control.setDown(true)
  await assert.rejects(shop.sell('b'))
  control.setDown(false)
  assert.equal((await shop.sell('b')).status, 200)
  control.refuse({ operation: 'report', code: 34 })
  const { uuid } = (await shop.sell('c')).body
  assert.deepEqual(seen(await shop.report(uuid)), [400, 34])
  assert.equal((await shop.report(uuid)).status, 200)
})
