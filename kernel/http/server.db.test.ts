import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Agent, request as send } from 'undici'
import { Problem } from '../pure/problem.ts'
import { anonymous, serviceCaller } from '../service/context.ts'
import { kernelProblems } from '../service/problems.ts'
import { customer, type NotesFixture, openNotes } from '../testing/notes.ts'
import { type Authenticate, type HttpHost, type HttpOptions, openHttp } from './server.ts'

const CALLERS = new Map([
  ['Bearer customer', customer],
  ['Bearer service', serviceCaller('orders')],
])

const authenticate: Authenticate = async ({ authorization }) => {
  if (authorization === undefined) return anonymous
  const caller = CALLERS.get(authorization)
  if (caller === undefined) throw new Problem(kernelProblems.unauthenticated)
  return caller
}

interface Open extends NotesFixture {
  readonly host: HttpHost
  ask(method: string, path: string, more?: Asked): Promise<Answer>
}
interface Asked {
  readonly body?: string | Buffer
  readonly headers?: Record<string, string>
}
interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly text: string
  readonly json: Record<string, unknown>
}

const JSON_BY_CUSTOMER = { 'content-type': 'application/json', authorization: 'Bearer customer' }

async function open(t: TestContext, options: Partial<HttpOptions> = {}): Promise<Open> {
  const notes = await openNotes(t)
  const { mounted, env } = notes
  const host = await openHttp({
    mounted: [mounted],
    authenticate,
    env,
    internal: false,
    ...options,
  })
  const agent = new Agent()
  t.after(async () => {
    await agent.destroy()
    await host.close()
  })
  const ask: Open['ask'] = async (method, path, { body, headers = JSON_BY_CUSTOMER } = {}) => {
    const answer = await send(`${host.url}${path}`, {
      dispatcher: agent,
      method: method as 'POST',
      headers,
      body: body ?? null,
    })
    const text = await answer.body.text()
    const isJson = String(answer.headers['content-type']).includes('json')
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : {},
    }
  }
  return { ...notes, host, ask }
}

const milk = JSON.stringify({ text: 'milk' })

test('http – a good request – is answered as JSON that nobody keeps', async (t) => {
  const { ask } = await open(t)
  const made = await ask('POST', '/notes', { body: milk })
  assert.equal(made.status, 201)
  assert.match(String(made.headers['content-type']), /^application\/json/)
  assert.equal(made.headers['cache-control'], 'no-store')
  const read = await ask('GET', `/notes/${made.json.note_id}`)
  assert.deepEqual(read.json, made.json)
  const head = await ask('HEAD', `/notes/${made.json.note_id}`)
  assert.deepEqual([head.status, head.text], [200, ''])
  const list = await ask('GET', '/notes?limit=5&tag=a&tag=b')
  assert.deepEqual(list.json, { asked: { limit: 5, tag: ['a', 'b'] } })
})

const BAD: readonly (readonly [string, string, string, Asked, number, string])[] = [
  ['cut JSON', 'POST', '/notes', { body: '{"text":' }, 400, 'kernel.malformed_json'],
  ['a prototype', 'POST', '/notes', { body: '{"__proto__":{}}' }, 400, 'kernel.malformed_json'],
  [
    'not UTF-8',
    'POST',
    '/notes',
    { body: Buffer.from([0x22, 0xff, 0x22]) },
    400,
    'kernel.malformed_json',
  ],
  ['no body', 'POST', '/notes', { body: '' }, 400, 'kernel.invalid_input'],
  ['a wrong type', 'POST', '/notes', { body: '{"text":1}' }, 400, 'kernel.invalid_input'],
  [
    'an unknown field',
    'POST',
    '/notes',
    { body: '{"text":"a","b":1}' },
    400,
    'kernel.invalid_input',
  ],
  ['an unknown query', 'POST', '/notes?x=1', { body: milk }, 400, 'kernel.invalid_input'],
  [
    'too large',
    'POST',
    '/notes',
    { body: `"${'x'.repeat(262_144)}"` },
    413,
    'kernel.payload_too_large',
  ],
  [
    'a form',
    'POST',
    '/notes',
    {
      body: 'a=1',
      headers: {
        authorization: 'Bearer customer',
        'content-type': 'application/x-www-form-urlencoded',
      },
    },
    415,
    'kernel.unsupported_media_type',
  ],
  [
    'no content type',
    'POST',
    '/notes',
    { body: Buffer.from(milk), headers: { authorization: 'Bearer customer' } },
    415,
    'kernel.unsupported_media_type',
  ],
  [
    'a bad token',
    'POST',
    '/notes',
    { body: milk, headers: { authorization: 'Bearer x', 'content-type': 'application/json' } },
    401,
    'kernel.unauthenticated',
  ],
  [
    'no token',
    'POST',
    '/notes',
    { body: milk, headers: { 'content-type': 'application/json' } },
    401,
    'kernel.unauthenticated',
  ],
  ['an unknown path', 'GET', '/nothing', {}, 404, 'kernel.not_found'],
  [
    'an internal path from outside',
    'GET',
    '/internal/notes/count',
    { headers: { authorization: 'Bearer service' } },
    404,
    'kernel.not_found',
  ],
  ['a wrong method', 'PUT', '/notes', { body: milk }, 405, 'kernel.method_not_allowed'],
  [
    'a wrong method with bad JSON',
    'PATCH',
    '/notes/7',
    { body: '{' },
    405,
    'kernel.method_not_allowed',
  ],
  ['a bad escape', 'GET', '/notes/%zz', {}, 400, 'kernel.malformed_request'],
  ['a NUL in the path', 'GET', '/notes/%00', {}, 400, 'kernel.invalid_input'],
  ['a parameter too long', 'GET', `/notes/${'x'.repeat(90)}`, {}, 400, 'kernel.invalid_input'],
  [
    'a parameter much too long',
    'GET',
    `/notes/${'x'.repeat(900)}`,
    {},
    400,
    'kernel.invalid_input',
  ],
  [
    'a bad key',
    'POST',
    '/notes',
    { body: milk, headers: { ...JSON_BY_CUSTOMER, 'idempotency-key': 'x'.repeat(256) } },
    400,
    'kernel.idempotency_key_invalid',
  ],
]

test('http – every bad input – is a problem with its code and no effect', async (t) => {
  const { ask, count } = await open(t)
  for (const [name, method, path, asked, status, code] of BAD) {
    const answer = await ask(method, path, asked)
    assert.deepEqual([answer.status, answer.json.code], [status, code], name)
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/, name)
    assert.equal(answer.json.trace_id, answer.headers['x-correlation-id'] ?? answer.json.trace_id)
    assert.equal(typeof answer.json.trace_id, 'string')
    if (status === 405) assert.match(String(answer.headers.allow), /GET/)
    if (status === 401) assert.equal(answer.headers['www-authenticate'], 'Bearer')
  }
  assert.equal(await count(), 0)
})

/** Sends bytes as they are and reads until the server closes. */
const bare = (url: string, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let read = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      read += chunk
    })
    socket.on('end', () => resolve(read))
    socket.on('error', reject)
    socket.write(text)
  })

const HALF =
  'POST /notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer customer\r\ncontent-length: 99\r\n\r\n{'

test('http – a body that its client breaks off, or that we cut – is the client’s, and no outage in the log', async (t) => {
  const [began, said] = [Promise.withResolvers<void>(), Promise.withResolvers<unknown>()]
  const { host, log } = await open(t, {
    limits: { requestTimeoutMs: 60_000 },
    extend(app) {
      app.addHook('preParsing', async () => began.resolve())
      app.addHook('onSend', async (_request, _reply, payload) => said.resolve(payload))
    },
  })
  const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
  socket.write(HALF)
  await began.promise
  socket.destroy()
  assert.match(String(await said.promise), /"kernel.malformed_request"/)
  assert.deepEqual(log, [])
  const hasty = await open(t, { limits: { requestTimeoutMs: 300 } })
  assert.match(await bare(hasty.host.url, HALF), /^HTTP\/1.1 408 /)
  await hasty.host.close()
  assert.deepEqual(hasty.log, [])
})

test('http – an address that cannot be decoded, a parameter without end – are refused like all others', async (t) => {
  const { ask } = await open(t, { headers: { 'x-frame-options': 'DENY' } })
  const said = async (path: string) => {
    const { status, json, headers } = await ask('GET', path)
    assert.equal(headers['x-frame-options'], 'DENY')
    assert.equal(headers['x-correlation-id'], json.trace_id)
    return `${status} ${json.code}`
  }
  for (const path of ['/notes/%zz', '/%', '/notes/%ff', '/%00', '/notes/%e0%a4%a'])
    assert.equal(await said(path), '400 kernel.malformed_request', path)
  assert.equal(await said('/notes/%7a?limit=%zz'), '400 kernel.invalid_input')
  assert.equal(await said(`/notes/${'x'.repeat(8_000)}`), '400 kernel.invalid_input')
  for (const path of ['/notes/%7a', '/notes/%25zz', '/notes/%2f%3f%23', '/notes/x%3Bx'])
    assert.equal(await said(path), '404 notes.unknown_note', path)
})

test('http – what is not HTTP, a method that lacks what it needs, headers without end, a body that never comes – problems as well, and no errors', async (t) => {
  const headers = { 'x-frame-options': 'DENY' }
  const { host, log } = await open(t, { headers })
  const nonsense = await bare(host.url, 'HELLO\r\n\r\n')
  assert.match(nonsense, /^HTTP\/1.1 400 [\s\S]*"kernel.malformed_request"/)
  assert.match(
    nonsense,
    /\r\nx-frame-options: DENY\r\ncache-control: no-store\r\nx-correlation-id: /,
  )
  const long = await bare(host.url, `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`)
  assert.match(long, /^HTTP\/1.1 431 [\s\S]*"kernel.headers_too_large"/)
  const hasty = await open(t, { limits: { requestTimeoutMs: 300 } })
  const late = await bare(hasty.host.url, HALF)
  assert.match(late, /^HTTP\/1.1 408 [\s\S]*"kernel.request_timeout"/)
  const query = 'QUERY /notes HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'
  assert.match(await bare(host.url, query), /^HTTP\/1.1 400 [\s\S]*"kernel.malformed_request"/)
  assert.deepEqual([log, hasty.log], [[], []])
})

test('http – prefixes – lead to the same routes', async (t) => {
  const { ask } = await open(t, { prefixes: ['/api/v1', ''] })
  const made = await ask('POST', '/api/v1/notes', { body: milk })
  assert.equal(made.status, 201)
  assert.equal((await ask('GET', `/notes/${made.json.note_id}`)).status, 200)
  assert.equal((await ask('PUT', '/api/v1/notes', { body: milk })).status, 405)
})

const TRACE = {
  ...JSON_BY_CUSTOMER,
  'x-correlation-id': 'c-1',
  'x-flow': 'ord_1',
  'x-cause-id': 'i-1',
}

test('http – correlation headers – are believed inside and replaced at the edge', async (t) => {
  const inside = await open(t, { internal: true })
  const within = await inside.ask('POST', '/notes', { body: milk, headers: TRACE })
  assert.equal(within.headers['x-correlation-id'], 'c-1')
  assert.equal(within.headers['x-flow'], 'ord_1')
  const bad = await inside.ask('POST', '/notes', { body: '{', headers: TRACE })
  assert.equal(bad.json.trace_id, 'c-1')
  const edge = await open(t)
  const from = await edge.ask('POST', '/notes', { body: milk, headers: TRACE })
  assert.equal(from.status, 201)
  assert.notEqual(from.headers['x-correlation-id'], 'c-1')
  assert.equal(from.headers['x-flow'], undefined)
})

test('http – a webhook – keeps its bytes, whatever their type, and its own authorization', async (t) => {
  const { ask, parts } = await open(t)
  const hook = async (body: string, type?: string) => {
    delete parts.hooked
    const answer = await ask('POST', '/hooks/notes', {
      body: Buffer.from(body),
      headers: {
        authorization: 'Basic cHNwOng=',
        ...(type === undefined ? {} : { 'content-type': type }),
      },
    })
    return {
      status: answer.status,
      text: answer.text,
      code: answer.json.code,
      hooked: parts.hooked,
    }
  }
  const json = '{ "a" : 1 }'
  assert.deepEqual(await hook(json, 'application/json; charset=utf-8'), {
    status: 200,
    text: 'OK',
    code: undefined,
    hooked: { raw: json, body: { a: 1 } },
  })
  for (const type of ['application/x-www-form-urlencoded', undefined])
    assert.deepEqual((await hook('a=1', type)).hooked, { raw: 'a=1', body: 'a=1' })
  const broken = await hook('{', 'application/json')
  assert.deepEqual(
    [broken.status, broken.code, broken.hooked],
    [400, 'kernel.malformed_json', undefined],
  )
})

test('http – idempotency over the wire – replays with its header', async (t) => {
  const { ask, count } = await open(t)
  const headers = { ...JSON_BY_CUSTOMER, 'idempotency-key': 'k1' }
  const first = await ask('POST', '/notes', { body: milk, headers })
  const second = await ask('POST', '/notes', { body: '{ "text": "milk" }', headers })
  assert.equal(second.text, first.text)
  assert.equal(second.headers['idempotency-replayed'], 'true')
  const other = await ask('POST', '/notes', { body: '{"text":"x"}', headers })
  assert.equal(other.status, 422)
  assert.equal(await count(), 1)
})

test('http – close with a request at hand – answers it, ends its connection and listens no more', async (t) => {
  const { ask, parts, host, count } = await open(t)
  let go = (): void => undefined
  const reached = new Promise<void>((arrived) => {
    parts.act = () =>
      new Promise((resolve) => {
        go = resolve
        arrived()
      })
  })
  const asked = ask('POST', '/notes', { body: milk })
  await reached
  const closed = host.close()
  go()
  const answer = await asked
  assert.deepEqual([answer.status, answer.headers.connection], [201, 'close'])
  await closed
  assert.equal(await count(), 1)
  await assert.rejects(ask('GET', '/notes'), { code: 'ECONNREFUSED' })
})

test('http – close with a request that never ends – cuts it after the grace', async (t) => {
  const { ask, parts, host } = await open(t, { limits: { graceMs: 50 } })
  let go = (): void => undefined
  const reached = new Promise<void>((arrived) => {
    parts.ask = () =>
      new Promise((resolve) => {
        go = resolve
        arrived()
      })
  })
  const asked = assert.rejects(ask('POST', '/notes', { body: milk }))
  await reached
  await host.close()
  await asked
  go()
})
