import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { gatewayRoutes } from '@rialto/contracts/gateway/http.ts'
import { openApiDocument } from '@rialto/kernel/documents/openapi.ts'
import type { HttpHost } from '@rialto/kernel/http/server.ts'
import { health as openHealth } from '@rialto/kernel/observability/health.ts'
import { kernelMetrics, openMetrics } from '@rialto/kernel/observability/metrics.ts'
import { route } from '@rialto/kernel/pure/contract.ts'
import type { Interaction } from '@rialto/kernel/pure/interaction.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { mount } from '@rialto/kernel/service/dispatch.ts'
import { feature, query, reply } from '@rialto/kernel/service/feature.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import type { TestClock } from '@rialto/kernel/testing/clock.ts'
import { openNotes } from '@rialto/kernel/testing/notes.ts'
import { testSecurity } from '@rialto/kernel/testing/security.ts'
import Type from 'typebox'
import { type GatewayOptions, gateway, openGateway } from './service.ts'

const hook = route({
  name: 'tell',
  service: 'tills',
  method: 'POST',
  path: '/webhooks/:provider',
  summary: 'What a provider sends.',
  access: 'public',
  raw: true,
  caller: 'PSP',
  params: Type.Object({ provider: Type.String() }),
  body: Type.Unknown(),
  replies: { 200: Type.String() },
})

const signIn = route({
  name: 'signIn',
  service: 'tills',
  method: 'POST',
  path: '/users/login',
  summary: 'A place where passwords are tried.',
  access: 'public',
  replies: { 200: Type.Object({ causes: Type.Array(Type.String()) }) },
})

const whoAmI = route({
  name: 'whoAmI',
  service: 'tills',
  method: 'GET',
  path: '/users/me',
  summary: 'Who asks, and from where.',
  access: ['customer'],
  replies: { 200: Type.Object({ id: Type.String(), ip: Type.String() }) },
})

/** Beside the notes: what the gateway treats in a way of its own. */
const tills: Service = {
  ...gateway,
  name: 'tills',
  participant: 'TillSvc',
  features: [
    feature(hook, {
      act: async ({ ctx }) => {
        ctx.flow = 'ord_1'
        return reply(200, 'OK')
      },
    }),
    query(signIn, async ({ ctx }) =>
      reply(200, { causes: ctx.flow === undefined ? [] : [ctx.flow] }),
    ),
    query(whoAmI, async ({ caller, input }) => reply(200, { id: caller.id, ip: input.ip })),
  ],
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
  readonly text: string
}

interface Asked {
  readonly token?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

async function open(t: TestContext, more: Partial<GatewayOptions> = {}) {
  const notes = await openNotes(t)
  const { env, db } = notes
  const pool = db.poolFor('notes')
  const security = await testSecurity(env)
  const till = mount(tills, { pool, env, parts: {}, clients: () => ({}), append: () => [] })
  const metrics = openMetrics()
  const health = openHealth()
  const table: string[] = []
  const services = [notes.mounted, till]
  const documented = services.flatMap((s) => s.routes.filter((r) => r.access !== 'internal'))
  const openApi = () =>
    openApiDocument([...documented, ...gatewayRoutes], { title: 'Test', version: '1' })
  const host: HttpHost = await openGateway({
    mounted: new Map(services.map((s) => [s.name, s])),
    env,
    verifier: security.verifierOf(['public']),
    health,
    metrics,
    figures: kernelMetrics(metrics),
    documents: { openApi, asyncApi: () => ({ asyncapi: '3.0.0' }) },
    extend: (app) => {
      app.addHook('onRoute', ({ method, url, path }) => {
        for (const one of [method].flat()) table.push(`${one} ${url ?? path}`)
      })
    },
    ...more,
  })
  t.after(() => host.close())
  const issue = async (role: 'customer' | 'operator' = 'customer', sub = 'usr_1') =>
    (await security.tokens.issueAccessToken({ sub, roles: [role], sid: 'ses_1' })).token
  const ask = async (method: string, path: string, asked: Asked = {}): Promise<Answer> => {
    const { token, headers = {}, body } = asked
    const answer = await fetch(`${host.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') === true
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: isJson && text !== '' ? JSON.parse(text) : {},
    }
  }
  return { ...notes, ask, issue, security, health, table, openApi, clock: env.clock as TestClock }
}

const MILK = JSON.stringify({ text: 'milk' })
const refusal = ({ status, body }: Answer): string => `${status} ${body.code}`
const lines = (recorded: readonly Interaction[]): string[] =>
  recorded.map((i) => `${i.kind} ${i.from}→${i.to} ${i.name} ${i.outcome}`)

test('gateway – the long and the short address – answer the same', async (t) => {
  const { ask, issue } = await open(t)
  const token = await issue()
  const made = await ask('POST', '/api/v1/notes', { token, body: MILK })
  assert.equal(made.status, 201)
  for (const prefix of ['', '/api/v1'])
    assert.deepEqual((await ask('GET', `${prefix}/notes/${made.body.note_id}`)).body, made.body)
  assert.equal((await ask('GET', '/api/v2/notes')).status, 404)
})

test('gateway – tokens missing, malformed, foreign, expired, of too little right – are told apart', async (t) => {
  const { ask, issue, security, clock, count } = await open(t)
  const post = async (token?: string) =>
    refusal(await ask('POST', '/notes', { body: MILK, ...(token === undefined ? {} : { token }) }))
  const elsewhere = await testSecurity({
    clock,
    ids: { uuid: () => '', next: () => 'x_1' as never },
  })
  const { token: theirs } = await elsewhere.tokens.issueAccessToken({
    sub: 'usr_1',
    roles: ['operator'],
    sid: 'ses_1',
  })
  const token = await issue()
  assert.equal(await post(), '401 kernel.unauthenticated')
  assert.equal(await post('nonsense'), '401 auth.token_invalid')
  assert.equal(await post(`${token.slice(0, -4)}AAAA`), '401 auth.token_invalid')
  assert.equal(await post(theirs), '401 auth.token_foreign')
  assert.equal(await post(await security.tokens.serviceToken('orders')), '401 auth.token_foreign')
  assert.equal(refusal(await ask('DELETE', '/notes/1', { token })), '403 kernel.forbidden')
  const operator = await issue('operator')
  assert.equal((await ask('DELETE', '/notes/1', { token: operator })).status, 204)
  clock.advance(10 * MINUTE)
  const late = await ask('POST', '/notes', { token, body: MILK })
  assert.equal(refusal(late), '401 auth.token_expired')
  assert.equal(late.headers.get('www-authenticate'), 'Bearer')
  assert.equal(await count(), 0)
})

test('gateway – an internal route – has no address, whoever asks', async (t) => {
  const { ask, issue, table } = await open(t)
  for (const path of [
    '/internal/notes/count',
    '/api/v1/internal/notes/count',
    '/internal//notes/count',
  ])
    assert.equal(
      refusal(await ask('GET', path, { token: await issue('operator') })),
      '404 kernel.not_found',
    )
  assert.deepEqual(
    table.filter((line) => line.includes('internal')),
    [],
  )
})

test('gateway – addresses and methods that are none – are problems', async (t) => {
  const { ask } = await open(t)
  assert.equal(refusal(await ask('GET', '/nothing')), '404 kernel.not_found')
  assert.equal(refusal(await ask('GET', '/notes/%zz')), '400 kernel.malformed_request')
  const wrong = await ask('DELETE', '/api/v1/notes')
  assert.equal(refusal(wrong), '405 kernel.method_not_allowed')
  assert.equal(wrong.headers.get('allow'), 'POST, GET, HEAD')
  assert.equal(refusal(await ask('POST', '/metrics')), '405 kernel.method_not_allowed')
})

test('gateway – a body too large – is refused before it is read', async (t) => {
  const { ask, issue, count } = await open(t, { limits: { bodyBytes: 1_000 } })
  const body = JSON.stringify({ text: 'x'.repeat(1_000) })
  const answer = await ask('POST', '/notes', { token: await issue(), body })
  assert.equal(refusal(answer), '413 kernel.payload_too_large')
  assert.equal(await count(), 0)
})

test('gateway – a request of a flow – is recorded from client to service and back, each below its cause', async (t) => {
  const { ask, issue, recorded } = await open(t)
  const made = await ask('POST', '/api/v1/notes', { token: await issue(), body: MILK })
  assert.deepEqual(lines(recorded), [
    'call ClientApp→APIGW POST /notes ok',
    'call APIGW→NoteSvc POST /notes ok',
    'reply NoteSvc→APIGW POST /notes 201',
    'reply APIGW→ClientApp POST /notes 201',
  ])
  const [outer, inner, back, out] = recorded
  assert.deepEqual(
    [outer?.parent, inner?.parent, back?.parent, out?.parent],
    [undefined, outer?.id, inner?.id, outer?.id],
  )
  assert.deepEqual(new Set(recorded.map((i) => i.flow)), new Set([made.body.note_id]))
  assert.deepEqual(
    recorded.map((i) => i.seq),
    [1, 2, 3, 4],
  )
  assert.equal(made.headers.get('x-flow'), null)
})

test('gateway – a refusal of a service – is recorded only if it belongs to a flow', async (t) => {
  const { ask, issue, recorded, parts } = await open(t)
  await ask('GET', '/notes/unknown')
  assert.deepEqual(lines(recorded), [])
  parts.act = () => Promise.reject(new Error('broken'))
  const broken = await ask('POST', '/notes', { token: await issue(), body: MILK })
  assert.equal(refusal(broken), '500 kernel.internal')
  assert.deepEqual(lines(recorded).slice(2), [
    'reply NoteSvc→APIGW POST /notes 500',
    'reply APIGW→ClientApp POST /notes 500',
  ])
})

test('gateway – a provider’s webhook – is the provider speaking to the service', async (t) => {
  const { ask, recorded } = await open(t)
  const told = await ask('POST', '/webhooks/till', {
    body: '{"a":1}',
    headers: { authorization: 'Basic its-own' },
  })
  assert.deepEqual([told.status, told.text], [200, 'OK'])
  assert.deepEqual(lines(recorded), [
    'call PSP→TillSvc POST /webhooks/:provider ok',
    'reply TillSvc→PSP POST /webhooks/:provider 200',
  ])
  assert.equal(recorded[1]?.parent, recorded[0]?.id)
  assert.equal(recorded[0]?.flow, 'ord_1')
})

test('gateway – cause, flow and correlation from outside – are not believed', async (t) => {
  const { ask, issue, recorded } = await open(t)
  const headers = {
    'x-correlation-id': 'mine',
    'x-cause-id': 'cause-of-mine',
    'x-flow': 'ord_stolen',
    'x-client-ip': '203.0.113.9',
    traceparent: '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01',
  }
  const token = await issue()
  const made = await ask('POST', '/notes', { token, body: MILK, headers })
  assert.notEqual(made.headers.get('x-correlation-id'), 'mine')
  assert.equal(recorded[0]?.parent, undefined)
  assert.equal(recorded[0]?.flow, made.body.note_id)
  assert.deepEqual((await ask('POST', '/users/login', { headers })).body, { causes: [] })
  assert.equal((await ask('GET', '/users/me', { token, headers })).body.ip, '127.0.0.1')
  assert.ok(!JSON.stringify(recorded).includes('stolen'))
})

test('gateway – more than allowed from one address – is refused with the time to wait, but not the monitoring', async (t) => {
  const { ask, health } = await open(t, { settings: { GATEWAY_REQUESTS_PER_ADDRESS: '3' } })
  health.hold(undefined)
  for (const path of ['/notes/1', '/api/v1/notes/1', '/nothing'])
    assert.equal((await ask('GET', path)).status, 404)
  const refused = await ask('GET', '/notes/1', { headers: { 'x-forwarded-for': '203.0.113.9' } })
  assert.equal(refusal(refused), '429 kernel.rate_limited')
  const seconds = Number(refused.headers.get('retry-after'))
  assert.ok(seconds >= 1 && seconds <= 60, `${seconds} s`)
  assert.equal(refused.body.retry_after, seconds)
  assert.equal(refusal(await ask('GET', '/nothing')), '429 kernel.rate_limited')
  for (const path of ['/health/live', '/health/ready', '/metrics'])
    assert.equal((await ask('GET', path)).status, 200, path)
})

test('gateway – passwords tried from one address – fall under the stricter limit, webhooks under their own', async (t) => {
  const { ask, issue } = await open(t, {
    settings: {
      GATEWAY_SIGN_INS_PER_ADDRESS: '2',
      GATEWAY_WEBHOOKS_PER_ADDRESS: '1',
      GATEWAY_REQUESTS_PER_ADDRESS: '2',
    },
  })
  assert.equal((await ask('POST', '/users/login')).status, 200)
  assert.equal((await ask('POST', '/api/v1/users/login')).status, 200)
  assert.equal(refusal(await ask('POST', '/users/login')), '429 kernel.rate_limited')
  assert.equal((await ask('GET', '/users/me', { token: await issue() })).status, 200)
  assert.equal((await ask('POST', '/webhooks/till', { body: '{}' })).status, 200)
  assert.equal((await ask('POST', '/webhooks/till', { body: '{}' })).status, 429)
  assert.equal((await ask('GET', '/notes/1')).status, 404)
  assert.equal((await ask('GET', '/notes/1')).status, 429)
})

test('gateway – one account from many places – has one limit, before its body is read', async (t) => {
  const { ask, issue, count } = await open(t, {
    settings: { GATEWAY_REQUESTS_PER_ACCOUNT: '2', TRUSTED_PROXIES: '127.0.0.1' },
  })
  const token = await issue()
  const post = (n: number, by: string, body = MILK) =>
    ask('POST', '/notes', { token: by, body, headers: { 'x-forwarded-for': `203.0.113.${n}` } })
  assert.equal((await post(1, token)).status, 201)
  assert.equal((await post(2, token)).status, 201)
  assert.equal(refusal(await post(3, token, '{"cut')), '429 kernel.rate_limited')
  assert.equal((await post(3, await issue('customer', 'usr_2'))).status, 201)
  assert.equal(await count(), 3)
})

test('gateway – x-forwarded-for – is believed from a trusted proxy only', async (t) => {
  const headers = { 'x-forwarded-for': '203.0.113.9' }
  const seen = async (settings: Record<string, string>) => {
    const { ask, issue } = await open(t, { settings })
    return (await ask('GET', '/users/me', { token: await issue(), headers })).body.ip
  }
  assert.equal(await seen({}), '127.0.0.1')
  assert.equal(await seen({ TRUSTED_PROXIES: '10.0.0.0/8' }), '127.0.0.1')
  assert.equal(await seen({ TRUSTED_PROXIES: '10.0.0.0/8,127.0.0.1' }), '203.0.113.9')
})

const SECURITY = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
}
/** These are about the one answer. */
const OWN = new Set(
  'connection content-length content-type date keep-alive x-correlation-id allow'.split(' '),
)

test('gateway – every answer – bears the security headers, and no other origin is let in', async (t) => {
  const { ask } = await open(t)
  const origin = { headers: { origin: 'https://elsewhere.example' } }
  const preflight = { headers: { ...origin.headers, 'access-control-request-method': 'POST' } }
  const answers = await Promise.all([
    ask('GET', '/notes', origin),
    ask('GET', '/nothing', origin),
    ask('POST', '/notes', { ...origin, body: '{' }),
    ask('OPTIONS', '/notes', preflight),
    ask('GET', '/health/live', origin),
    ask('GET', '/metrics', origin),
  ])
  assert.deepEqual(
    answers.map((a) => a.status),
    [200, 404, 400, 405, 200, 200],
  )
  for (const { headers } of answers) {
    const shown = [...headers].filter(([name]) => !OWN.has(name))
    assert.deepEqual(Object.fromEntries(shown), SECURITY)
  }
})

test('gateway – behind https – says so to browsers', async (t) => {
  const { ask } = await open(t, { settings: { GATEWAY_HTTPS: 'true' } })
  const { headers } = await ask('GET', '/notes')
  assert.match(String(headers.get('strict-transport-security')), /^max-age=31536000/)
  assert.match(String(headers.get('content-security-policy')), /;upgrade-insecure-requests$/)
})

test('gateway – every route it serves – is documented, and every documented one served', async (t) => {
  const { ask, table } = await open(t)
  const { status, body } = await ask('GET', '/openapi.json')
  assert.equal(status, 200)
  const paths = body.paths as Record<string, Record<string, unknown>>
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).flatMap((method) =>
      ['', '/api/v1'].map((prefix) => `${method.toUpperCase()} ${prefix}${path}`),
    ),
  )
  // Those that only refuse (405) are no routes, and HEAD comes with GET.
  const served = new Set<string>()
  for (const line of table) {
    const [method = '', url = ''] = line.split(' ')
    if (method === 'HEAD') continue
    const answer = await ask(method, url.replaceAll(/:\w+/g, 'x'))
    if (answer.status !== 405) served.add(`${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
  }
  assert.deepEqual([...served].sort(), documented.sort())
  assert.ok(served.size >= 24, `${served.size} routes`)
})

test('gateway – health and figures – tell the state, by route template', async (t) => {
  const { ask, health, issue } = await open(t)
  assert.deepEqual((await ask('GET', '/health/live')).body, { status: 'live', checks: [] })
  const held = await ask('GET', '/health/ready')
  assert.deepEqual([held.status, held.body.status], [503, 'not_ready'])
  health.hold(undefined)
  assert.deepEqual((await ask('GET', '/health/ready')).body, { status: 'ready', checks: [] })
  assert.deepEqual((await ask('GET', '/asyncapi.json')).body, { asyncapi: '3.0.0' })
  await ask('GET', '/api/v1/notes/one')
  await ask('GET', '/notes/two')
  await ask('GET', '/no/such/place')
  await ask('POST', '/notes', { token: await issue(), body: '{' })
  const page = await ask('GET', '/metrics')
  assert.match(String(page.headers.get('content-type')), /^text\/plain; version=0\.0\.4/)
  for (const line of [
    'rialto_http_requests_answered_total{service="notes",method="GET",route="/notes/:note_id",status="404"} 2',
    'rialto_http_requests_answered_total{service="gateway",method="GET",route="unmatched",status="404"} 1',
    'rialto_http_request_duration_seconds_count{service="notes",method="GET",route="/notes/:note_id"} 2',
    'rialto_http_problems_answered_total{service="notes",code="notes.unknown_note"} 2',
    'rialto_http_problems_answered_total{service="gateway",code="kernel.not_found"} 1',
    'rialto_http_problems_answered_total{service="notes",code="kernel.malformed_json"} 1',
  ])
    assert.ok(page.text.includes(`${line}\n`), line)
  assert.ok(!page.text.includes('two'))
})
