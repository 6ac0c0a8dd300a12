// The client against a server of its own: what it sends, what it makes of every kind of answer, how it renews a session.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { listProducts } from '@rialto/contracts/catalog/http.ts'
import { getOrder, initiateOrder } from '@rialto/contracts/orders/http.ts'
import { openApi } from './client.ts'
import { ApiFailure } from './failure.ts'
import { leave } from './leave.ts'
import { Sessions, type Signed } from './session.ts'

const ORDER = `ord_${'1'.repeat(26)}`
const memory = (): Storage => {
  const kept = new Map<string, string>()
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as unknown as Storage
}

const signed = (token: string): Signed => ({
  access_token: token,
  token_type: 'Bearer',
  expires_in: 600,
  refresh_token: `refresh ${token}`,
  session_expires_at: '2026-12-21T00:00:00Z',
  user: { user_id: 'usr_1' } as Signed['user'],
})

interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly text?: string
}

async function open(t: TestContext, answer: (request: IncomingMessage, body: string) => Answer) {
  const seen: { line: string; headers: IncomingMessage['headers']; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body })
    const { status, body: json, text } = answer(request, body)
    response.writeHead(status, {
      'content-type': text === undefined ? 'application/json' : 'text/html',
    })
    response.end(text ?? (json === undefined ? '' : JSON.stringify(json)))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  let now = 1_000_000
  const sessions = new Sessions(memory(), { now: () => now })
  const origin = `http://127.0.0.1:${port}`
  const api = openApi({ sessions, fetch, origin })
  return { api, sessions, seen, server, pass: (ms: number) => (now += ms) }
}

const problem = (status: number, code: string) => ({
  status,
  body: { type: '', title: 'No', status, detail: 'No', code, action: 'Go', money: 'untouched' },
})

const failed = async (call: Promise<unknown>): Promise<ApiFailure> => {
  const error = await call.then(() => undefined).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof ApiFailure, String(error))
  return error
}

test('client – parameters, query, body, key – go where the contract has them', async (t) => {
  const { api, sessions, seen } = await open(t, () => ({ status: 200, body: { items: [] } }))
  sessions.signIn(signed('good'))
  await api.call(listProducts, { query: { q: 'salt & sea', region: 'RU' } })
  await api.call(getOrder, { params: { order_id: ORDER } })
  await api.call(initiateOrder, { body: { product_id: 'x' }, idempotencyKey: 'k-1' })
  assert.deepEqual(
    seen.map(({ line }) => line),
    [
      'GET /api/v1/catalog/products?q=salt+%26+sea&region=RU',
      `GET /api/v1/orders/${ORDER}`,
      'POST /api/v1/orders/initiate',
    ],
  )
  assert.equal(seen[0]?.headers.authorization, undefined)
  assert.equal(seen[1]?.headers.authorization, 'Bearer good')
  assert.equal(seen[2]?.headers['idempotency-key'], 'k-1')
  assert.equal(seen[2]?.body, '{"product_id":"x"}')
})

test('client – a problem, an answer that is none, no server – always a problem', async (t) => {
  const refusal = problem(409, 'orders.already_owned')
  const { api, sessions, server } = await open(t, ({ method }) =>
    method === 'POST' ? refusal : { status: 502, text: '<html>' },
  )
  sessions.signIn(signed('good'))
  const order = () => api.call(initiateOrder, { body: {}, idempotencyKey: 'k' })
  const refused = await failed(order())
  assert.deepEqual([refused.problem.code, refused.isPassing], ['orders.already_owned', false])
  const read = await failed(api.call(getOrder, { params: { order_id: ORDER } }))
  assert.deepEqual(
    [read.problem.code, read.problem.money, read.isPassing],
    ['pages.no_answer', 'untouched', true],
  )
  server.close()
  server.closeAllConnections()
  const lost = await failed(order())
  assert.deepEqual([lost.problem.money, lost.isPassing], ['checking', true])
})

test('session – before its token ends, and when it is refused – is renewed once for all who ask', async (t) => {
  let good = 'first'
  const { api, sessions, seen, pass } = await open(t, ({ headers }) =>
    headers.authorization === `Bearer ${good}`
      ? { status: 200, body: {} }
      : problem(401, 'auth.token_expired'),
  )
  let renewals = 0
  sessions.renew = async (refreshToken) => {
    renewals += 1
    assert.equal(refreshToken, `refresh ${sessions.current()?.token}`)
    good = `renewed ${renewals}`
    return signed(good)
  }
  sessions.signIn(signed('first'))
  const ask = () => api.call(getOrder, { params: { order_id: ORDER } })
  pass(590_000)
  await Promise.all([ask(), ask(), ask()])
  assert.equal(renewals, 1)
  good = 'somebody ended it'
  await ask()
  assert.equal(renewals, 2)
  assert.equal(seen.at(-1)?.headers.authorization, 'Bearer renewed 2')
})

test('session – that cannot be renewed – is over, and says so to who listens', async (t) => {
  const { api, sessions } = await open(t, () => problem(401, 'auth.token_expired'))
  sessions.signIn(signed('old'))
  let told = 0
  sessions.subscribe(() => (told += 1))
  const error = await failed(api.call(getOrder, { params: { order_id: ORDER } }))
  assert.equal(error.problem.code, 'auth.token_expired')
  assert.deepEqual([sessions.current(), told], [undefined, 1])
})

test('session – over by itself – is told from one that its person ended, until somebody signs in', async (t) => {
  const { api, sessions } = await open(t, () => problem(401, 'auth.token_expired'))
  sessions.signIn(signed('old'))
  let wasSaid: boolean | undefined
  sessions.subscribe(() => (wasSaid = sessions.hasRunOut()))
  await failed(api.call(getOrder, { params: { order_id: ORDER } }))
  assert.deepEqual([wasSaid, sessions.hasRunOut()], [true, true])
  sessions.signIn(signed('new'))
  assert.equal(sessions.hasRunOut(), false)
  sessions.signOut()
  assert.equal(sessions.hasRunOut(), false)
})

test('session – over by itself – is still told so after the page was loaded again, and in another tab', async () => {
  const storage = memory()
  const clock = { now: () => 1_000_000 }
  const sessions = new Sessions(storage, clock)
  sessions.signIn(signed('old'))
  await sessions.renewed()
  assert.equal(new Sessions(storage, clock).hasRunOut(), true)
  assert.equal(new Sessions(storage, clock, 'another page').hasRunOut(), false)
})

test('session – ended by its person – is over before any answer, and the server is told under its token', async (t) => {
  const { api, sessions, seen, server } = await open(t, () => ({ status: 204 }))
  const held = once(server, 'request')
  sessions.signIn(signed('kept'))
  const told = leave({ api, sessions })
  assert.equal(sessions.current(), undefined)
  await held
  await told
  assert.equal(seen[0]?.line, 'POST /api/v1/users/logout')
  assert.equal(seen[0]?.headers.authorization, 'Bearer kept')
})

test('session – ended by its person after its token, or with a server that is away – is over, and nothing is thrown', async (t) => {
  const { api, sessions, seen, server, pass } = await open(t, () => ({ status: 204 }))
  sessions.renew = async () => signed('renewed')
  sessions.signIn(signed('old'))
  pass(700_000)
  await leave({ api, sessions })
  assert.equal(seen[0]?.headers.authorization, 'Bearer renewed')
  assert.equal(sessions.current(), undefined)
  server.close()
  server.closeAllConnections()
  sessions.signIn(signed('another'))
  await leave({ api, sessions })
  assert.equal(sessions.current(), undefined)
})

test('session – ended by its person while it is renewed – does not come back', async () => {
  const sessions = new Sessions(memory(), { now: () => 1_000_000 })
  let answer = (_: Signed): void => undefined
  sessions.renew = () => new Promise((resolve) => (answer = resolve))
  sessions.signIn(signed('old'))
  const renewed = sessions.renewed()
  sessions.signOut()
  answer(signed('new'))
  assert.equal(await renewed, undefined)
  assert.equal(sessions.current(), undefined)
})

test('session – signed in elsewhere – another tab follows, and renews nothing that is renewed', async () => {
  const storage = memory()
  const clock = { now: () => 1_000_000 }
  const [one, two] = [new Sessions(storage, clock), new Sessions(storage, clock)]
  two.renew = () => assert.fail('the token was renewed already')
  one.signIn(signed('a'))
  two.follow({ key: 'rialto.session' })
  assert.equal(two.current()?.token, 'a')
  one.signIn(signed('b'))
  assert.equal(await two.renewed(), 'b')
})
