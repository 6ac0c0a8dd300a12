// A shop for tests of the sandbox: an opened provider, a client that calls it over HTTP, and a receiver of notifications.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type TestClock, testClock } from '@rialto/kernel/testing/clock.ts'
import { Agent, request } from 'undici'
import { openYooKassa, type YooKassa, type YooKassaOptions } from '../yookassa/server.ts'

export const SHOP = { shopId: '123456', secretKey: 'test_secret' }
/** The published value for this shop id and key. */
export const AUTHORIZATION = 'Basic MTIzNDU2OnRlc3Rfc2VjcmV0'

type Json = Record<string, unknown>

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly body: Json
}

export interface Call {
  readonly body?: unknown
  /** Idempotence-Key; a fresh one for every POST unless given. `null` leaves it out. */
  readonly key?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

export interface Client {
  get(path: string, call?: Call): Promise<Reply>
  post(path: string, body?: unknown, call?: Call): Promise<Reply>
  send(method: string, path: string, call?: Call): Promise<Reply>
}

let keys = 0

export function clientOf(t: TestContext, origin: () => string): Client {
  const dispatcher = new Agent()
  t.after(() => dispatcher.destroy())
  const send: Client['send'] = async (method, path, call = {}) => {
    keys += 1
    const key = call.key === undefined ? `key-${keys}` : call.key
    const { body } = call
    const answer = await request(`${origin()}${path}`, {
      method: method as 'GET',
      dispatcher,
      headers: {
        authorization: AUTHORIZATION,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'POST' && key !== null ? { 'idempotence-key': key } : {}),
        ...call.headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.body.text()
    const json = String(answer.headers['content-type']).includes('json')
    return {
      ...{ status: answer.statusCode, headers: answer.headers, text },
      body: json ? (JSON.parse(text) as Json) : {},
    }
  }
  return {
    send,
    get: (path, call) => send('GET', path, call),
    post: (path, body, call) => send('POST', path, { ...call, body }),
  }
}

export interface Shop extends Client {
  readonly clock: TestClock
  readonly sandbox: YooKassa
  /** Creates a payment; the overrides replace fields of a plain redirect payment of 100.00 RUB. */
  pay(overrides?: Json): Promise<Json>
}

export const redirectPayment = (overrides: Json = {}): Json => ({
  amount: { value: '100.00', currency: 'RUB' },
  capture: true,
  confirmation: { type: 'redirect', return_url: 'https://shop.example/back?order=1' },
  ...overrides,
})

export async function openShop(
  t: TestContext,
  options: Partial<YooKassaOptions> = {},
): Promise<Shop> {
  const clock = testClock()
  const sandbox = await openYooKassa({ clock, seed: 'test', ...SHOP, ...options })
  t.after(() => sandbox.close())
  const client = clientOf(t, () => sandbox.url)
  const pay = async (overrides: Json = {}): Promise<Json> => {
    const reply = await client.post('/v3/payments', redirectPayment(overrides))
    assert.equal(reply.status, 200, reply.text)
    return reply.body
  }
  return { ...client, clock, sandbox, pay }
}

export interface Notification {
  readonly type: string
  readonly event: string
  readonly object: Json
}

export interface Receiver {
  readonly url: string
  readonly got: readonly Notification[]
  readonly headers: readonly Json[]
  /** Ids and events in order of arrival. */
  events(): string[]
}

/** The status for a notification, by its number from 1; 0: none at all. */
export type Answer = (nth: number) => number | Promise<number>

/** A real listener; it answers 200 unless told otherwise. */
export async function openReceiver(t: TestContext, answer: Answer = () => 200): Promise<Receiver> {
  const got: Notification[] = []
  const headers: Json[] = []
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', async () => {
      got.push(JSON.parse(Buffer.concat(chunks).toString()) as Notification)
      headers.push(incoming.headers)
      const status = await answer(got.length)
      if (status !== 0) outgoing.writeHead(status).end('ignored')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const events = (): string[] => got.map(({ event }) => event)
  return { url: `http://127.0.0.1:${port}/hook`, got, headers, events }
}
