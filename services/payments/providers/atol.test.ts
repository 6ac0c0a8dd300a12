import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { FiscalDocument } from '../domain/fiscal-register.ts'
import { openAtol } from './atol.ts'
import { openFiscal } from './atol-config.ts'
import { documentBody } from './atol-document.ts'
import { callbackOf, factsOf, timestampOf } from './atol-objects.ts'

const bytes = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const payload = {
  ...{ total: 7000.1, fn_number: '1110000100238211', fiscal_document_number: 133 },
  ...{ fiscal_document_attribute: 3_449_555_941, receipt_datetime: '12.05.2023 20:16:00' },
  ofd_receipt_url: null,
}

test('factsOf – the documented payload – in kopecks, Moscow time read, signs beyond 32 bits kept', () => {
  assert.deepEqual(factsOf(payload), {
    ...{ totalMinor: 700_010n, fnNumber: '1110000100238211', documentNumber: '133' },
    ...{ attribute: '3449555941', receiptDatetime: '12.05.2023 20:16:00' },
    registeredAtMs: Date.parse('2023-05-12T17:16:00Z'),
  })
  const url = 'https://ofd.example/1'
  assert.equal(factsOf({ ...payload, ofd_receipt_url: url })?.receiptUrl, url)
})

test('factsOf – what cannot be relied on – nothing', () => {
  const wrong = [
    ...[null, {}, { ...payload, total: '7000.10' }, { ...payload, total: 0.001 }],
    ...[
      { ...payload, fn_number: '' },
      { ...payload, fiscal_document_number: -1 },
    ],
    ...[{ ...payload, receipt_datetime: '2023-05-12' }],
    ...[{ ...payload, receipt_datetime: '12.13.2023 20:16:00' }],
    { ...payload, ofd_receipt_url: 'javascript:alert(1)' },
  ]
  for (const one of wrong) assert.equal(factsOf(one), undefined, JSON.stringify(one))
})

test('callbackOf – a report – what to ask for; anything else – nothing', () => {
  const report = { uuid: '4355e9b3', status: 'done', error: null, payload, external_id: 'rcp_1-1' }
  assert.deepEqual(callbackOf(bytes(report)), { uuid: '4355e9b3', externalId: 'rcp_1-1' })
  assert.deepEqual(callbackOf(bytes({ ...report, external_id: null })), { uuid: '4355e9b3' })
  for (const body of ['', '[]', '{}', { ...report, uuid: '../x' }, { ...report, status: 'paid' }])
    assert.equal(callbackOf(bytes(body)), undefined, JSON.stringify(body))
  assert.equal(callbackOf(Uint8Array.of(0xff, 0xfe)), undefined)
})

test('documentBody – a refund – roubles as numbers, VAT contained, the sale’s sign', () => {
  const item = { name: 'A', price: 33_310, quantity: 3, sum: 99_930, vat: 'vat22', vat_sum: 18_020 }
  const company = { email: 's@x.example', inn: '5010051677', sno: 'osn', site: 'https://x.example' }
  const body = documentBody(
    {
      ...{ externalId: 'rcp_1-1', kind: 'refund', email: 'a@x.example', items: [item] },
      ...{ totalMinor: 99_930n, createdAtMs: Date.UTC(2026, 0, 31, 21), saleAttribute: '344' },
    },
    { company, callbackUrl: undefined },
  )
  assert.equal(body.timestamp, '01.02.2026 00:00:00')
  assert.equal(timestampOf(0), '01.01.1970 03:00:00')
  assert.deepEqual(JSON.parse(JSON.stringify(body.receipt)), {
    client: { email: 'a@x.example' },
    company: {
      ...{ email: 's@x.example', sno: 'osn', inn: '5010051677' },
      payment_address: 'https://x.example',
    },
    items: [
      {
        ...{ name: 'A', price: 333.1, quantity: 3, sum: 999.3, measure: 0 },
        ...{ payment_method: 'full_payment', payment_object: 4 },
        vat: { type: 'vat22', sum: 180.2 },
      },
    ],
    ...{ payments: [{ type: 1, sum: 999.3 }], total: 999.3, internet: true },
    additional_check_props: '344',
  })
})

test('register – where it is to call back is set, then not – stands in the document, as the company does; then not', async (t) => {
  const sent: { service?: object; receipt: { company: object } }[] = []
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString())
    const isLogIn = request.url?.endsWith('/getToken') === true
    if (!isLogIn) sent.push(body)
    const answer = isLogIn ? { token: 't' } : { uuid: '4355e9b3', status: 'wait' }
    response.end(JSON.stringify({ ...answer, timestamp: '', error: null }))
  })
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const settings = {
    ATOL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ ATOL_LOGIN: 'l', ATOL_PASSWORD: 'p', ATOL_GROUP: 'g', COMPANY_EMAIL: 's@x.example' },
    ...{ COMPANY_INN: '5010051677', COMPANY_SNO: 'patent', COMPANY_SITE: 'https://x.example' },
  }
  const url = 'https://x.example/webhooks/atol'
  for (const more of [{ ATOL_CALLBACK_URL: url }, {}]) {
    const { register } = openFiscal({ ...settings, ...more }, { now: () => 0 })
    assert.equal(await register.register(document), '4355e9b3')
  }
  assert.deepEqual(
    sent.map(({ service }) => service),
    [{ callback_url: url }, undefined],
  )
  assert.deepEqual(sent[0]?.receipt.company, {
    ...{ email: 's@x.example', inn: '5010051677', sno: 'patent' },
    payment_address: 'https://x.example',
  })
})

const document: FiscalDocument = {
  ...{ externalId: 'rcp_1-1', kind: 'sale', email: 'a@x.example', items: [], totalMinor: 1n },
  createdAtMs: 0,
}
const registerAt = (url: string) =>
  openAtol({
    ...{ url, login: 'l', password: 'p', group: 'g', timeoutMs: 2_000, callbackUrl: undefined },
    ...{ clock: { now: () => 0 }, company: { email: '', inn: '', sno: 'osn', site: '' } },
  })

test('register – nobody listens, no token, the connection breaks on the document – unsent, unsent, perhaps sent', async (t) => {
  let hasToken = false
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/getToken') !== true) return request.socket.destroy()
    if (!hasToken) return response.writeHead(503).end()
    return response.end(JSON.stringify({ token: 't', timestamp: '', error: null }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const register = registerAt(url)
  const failed = (isUnsent: boolean) => ({ name: 'RegisterSilent', isUnsent })
  await assert.rejects(register.register(document), failed(true))
  hasToken = true
  await assert.rejects(register.register(document), failed(false))
  await new Promise((resolve) => server.close(resolve))
  await assert.rejects(registerAt(url).register(document), failed(true))
  // The token is there already: this time it is the document that nobody takes.
  await assert.rejects(register.register(document), failed(true))
  t.diagnostic(url)
})
