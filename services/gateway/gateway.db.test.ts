import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Interaction } from '@rialto/kernel/pure/interaction.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { testSecurity } from '@rialto/kernel/testing/security.ts'
import { gatewayConfig } from './config.ts'
import { MILK, openTestGateway, refusal } from './testing/gateway.ts'

const lines = (recorded: readonly Interaction[]): string[] =>
  recorded.map((i) => `${i.kind} ${i.from}→${i.to} ${i.name} ${i.outcome}`)

test('gateway – the long and the short address – answer the same', async (t) => {
  const { ask, issue } = await openTestGateway(t)
  const token = await issue()
  const made = await ask('POST', '/api/v1/notes', { token, body: MILK })
  assert.equal(made.status, 201)
  for (const prefix of ['', '/api/v1'])
    assert.deepEqual((await ask('GET', `${prefix}/notes/${made.body.note_id}`)).body, made.body)
  assert.equal((await ask('GET', '/api/v2/notes')).status, 404)
})

test('gateway – tokens missing, malformed, foreign, expired, of too little right – are told apart', async (t) => {
  const { ask, issue, security, clock, count } = await openTestGateway(t)
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
  const { ask, issue, table } = await openTestGateway(t)
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
  const { ask } = await openTestGateway(t)
  assert.equal(refusal(await ask('GET', '/nothing')), '404 kernel.not_found')
  assert.equal(refusal(await ask('GET', '/notes/%zz')), '400 kernel.malformed_request')
  const wrong = await ask('DELETE', '/api/v1/notes')
  assert.equal(refusal(wrong), '405 kernel.method_not_allowed')
  assert.equal(wrong.headers.get('allow'), 'POST, GET, HEAD')
  assert.equal(refusal(await ask('POST', '/metrics')), '405 kernel.method_not_allowed')
})

test('gateway – a body too large – is refused before it is read', async (t) => {
  const { ask, issue, count } = await openTestGateway(t, { limits: { bodyBytes: 1_000 } })
  const body = JSON.stringify({ text: 'x'.repeat(1_000) })
  const answer = await ask('POST', '/notes', { token: await issue(), body })
  assert.equal(refusal(answer), '413 kernel.payload_too_large')
  assert.equal(await count(), 0)
})

test('gateway – a request of a flow – is recorded from client to service and back, each below its cause', async (t) => {
  const { ask, issue, recorded } = await openTestGateway(t)
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
  const { ask, issue, recorded, parts } = await openTestGateway(t)
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
  const { ask, recorded } = await openTestGateway(t)
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
  const { ask, issue, recorded } = await openTestGateway(t)
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
  const { ask } = await openTestGateway(t)
  const origin = { headers: { origin: 'https://elsewhere.example' } }
  const preflight = { headers: { ...origin.headers, 'access-control-request-method': 'POST' } }
  const answers = await Promise.all([
    ask('GET', '/notes', origin),
    ask('GET', '/nothing', origin),
    ask('POST', '/notes', { ...origin, body: '{' }),
    ask('OPTIONS', '/notes', preflight),
    ask('GET', '/health/live', origin),
    ask('GET', '/metrics', origin),
    ask('GET', '/notes/%zz', origin),
    ask('GET', `/notes/${'x'.repeat(200)}`, origin),
  ])
  assert.deepEqual(
    answers.map((a) => a.status),
    [200, 404, 400, 405, 200, 200, 400, 400],
  )
  for (const { headers } of answers) {
    const shown = [...headers].filter(([name]) => !OWN.has(name))
    assert.deepEqual(Object.fromEntries(shown), SECURITY)
  }
})

test('gateway – behind https – says so to browsers', async (t) => {
  const { ask } = await openTestGateway(t, { settings: { GATEWAY_HTTPS: 'true' } })
  const { headers } = await ask('GET', '/notes')
  assert.match(String(headers.get('strict-transport-security')), /^max-age=31536000/)
  assert.match(String(headers.get('content-security-policy')), /;upgrade-insecure-requests$/)
})

test('gateway – every route it serves – is documented, and every documented one served', async (t) => {
  const { ask, table } = await openTestGateway(t)
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

test('gateway – the first bug of a process – is counted on from 0, so that an alert sees it', async (t) => {
  const { ask, issue, parts } = await openTestGateway(t)
  const counted = async (service: string): Promise<string | undefined> => {
    const { text } = await ask('GET', '/metrics')
    const named = `problems_answered_total{service="${service}",code="kernel.internal"}`
    return text
      .split('\n')
      .find((line) => line.includes(named))
      ?.split(' ')[1]
  }
  assert.deepEqual([await counted('notes'), await counted('gateway')], ['0', '0'])
  parts.act = () => Promise.reject(new Error('broken'))
  await ask('POST', '/notes', { token: await issue(), body: MILK })
  assert.deepEqual([await counted('notes'), await counted('gateway')], ['1', '0'])
})

test('gateway – health and figures – tell the state, by route template', async (t) => {
  const { ask, health, issue } = await openTestGateway(t)
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

test('gateway – reasons and figures – are for the monitoring, by its address and never through a proxy', async (t) => {
  const told = async (settings: Record<string, string>, headers: Record<string, string> = {}) => {
    const { ask, health } = await openTestGateway(t, { settings })
    health.add('bus', () => {
      throw new Error('no broker at 10.0.0.7')
    })
    const ready = await ask('GET', '/health/ready', { headers })
    assert.deepEqual([ready.status, ready.body.status], [503, 'not_ready'])
    const reasons = (ready.body.checks as { reason: string }[]).map((check) => check.reason)
    const metrics = await ask('GET', '/api/v1/metrics', { headers })
    return [metrics.status, ...reasons]
  }
  const all = [200, 'starting', 'no broker at 10.0.0.7']
  assert.deepEqual(await told({}), all)
  assert.deepEqual(await told({ GATEWAY_MONITORING_FROM: '::1,127.0.0.0/8' }), all)
  assert.deepEqual(await told({ GATEWAY_MONITORING_FROM: '10.0.0.0/8' }), [404])
  for (const name of ['x-forwarded-for', 'forwarded'])
    assert.deepEqual(await told({}, { [name]: 'for=203.0.113.9' }), [404])
  const trusted = { TRUSTED_PROXIES: '127.0.0.1', GATEWAY_MONITORING_FROM: '203.0.113.9' }
  assert.deepEqual(await told(trusted, { 'x-forwarded-for': '203.0.113.9' }), [404])
  for (const wrong of ['10.0.0.0/99', '10.0.0.0/', '10.0.0.0/8/9'])
    assert.throws(() => gatewayConfig({ GATEWAY_MONITORING_FROM: wrong }), /got 10\.0\.0\.0\//)
})
