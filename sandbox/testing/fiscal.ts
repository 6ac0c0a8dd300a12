// A shop with a fiscal register for tests of the sandbox: an opened register, a token, and a client that calls it over HTTP.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type TestClock, testClock } from '@rialto/kernel/testing/clock.ts'
import { type Atol, type AtolOptions, openAtol } from '../atol/server.ts'

type Json = Record<string, unknown>

export const TILL = { login: 'shop', password: 'secret', group: 'main_group' }

export interface Reply {
  readonly status: number
  readonly body: Json
  readonly text: string
}

export interface FiscalShop {
  readonly clock: TestClock
  readonly register: Atol
  token: string
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Reply>
  /** Registers a document; the overrides replace fields of a plain sale of one game for 799.00. */
  sell(externalId: string, overrides?: Json): Promise<Reply>
  report(uuid: unknown): Promise<Reply>
}

export const receipt = (overrides: Json = {}): Json => ({
  client: { email: 'anna@example.com' },
  company: {
    ...{ email: 'shop@example.com', sno: 'osn', inn: '5010051677' },
    payment_address: 'https://shop.example',
  },
  items: [item()],
  payments: [{ type: 1, sum: 799 }],
  total: 799,
  ...overrides,
})

export const item = (overrides: Json = {}): Json => ({
  ...{ name: 'A game', price: 799, quantity: 1, sum: 799, measure: 0 },
  ...{ payment_method: 'full_payment', payment_object: 4, vat: { type: 'vat22', sum: 144.08 } },
  ...overrides,
})

export const document = (externalId: string, overrides: Json = {}): Json => ({
  ...{ external_id: externalId, timestamp: '15.01.2026 15:00:00', receipt: receipt() },
  ...overrides,
})

const V5 = '/possystem/v5'

export async function openFiscalShop(
  t: TestContext,
  options: Partial<AtolOptions> = {},
): Promise<FiscalShop> {
  const clock = testClock()
  const register = await openAtol({ clock, seed: 'test', processingMs: 1_000, ...TILL, ...options })
  t.after(() => register.close())
  const shop: FiscalShop = {
    clock,
    register,
    token: '',
    async send(method, path, ...[body, headers = {}]) {
      const answer = await fetch(`${register.url}${path}`, {
        method,
        headers: {
          ...(shop.token === '' ? {} : { token: shop.token }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      const json = String(answer.headers.get('content-type')).includes('json')
      return { status: answer.status, text, body: json ? (JSON.parse(text) as Json) : {} }
    },
    sell: (externalId, overrides) =>
      shop.send('POST', `${V5}/${TILL.group}/sell`, document(externalId, overrides)),
    report: (uuid) => shop.send('GET', `${V5}/${TILL.group}/report/${String(uuid)}`),
  }
  const { body } = await shop.send('POST', `${V5}/getToken`, { login: 'shop', pass: 'secret' })
  assert.equal(body.error, null)
  shop.token = String(body.token)
  return shop
}
