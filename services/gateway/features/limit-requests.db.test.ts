import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MILK, openTestGateway, refusal } from '../testing/gateway.ts'

test('gateway – more than allowed from one address – is refused with the time to wait, but not the monitoring', async (t) => {
  const { ask, health } = await openTestGateway(t, {
    settings: { GATEWAY_REQUESTS_PER_ADDRESS: '3' },
  })
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
  const { ask, issue } = await openTestGateway(t, {
    settings: {
      GATEWAY_SIGN_INS_PER_ADDRESS: '2',
      GATEWAY_WEBHOOKS_PER_ADDRESS: '1',
      GATEWAY_REQUESTS_PER_ADDRESS: '3',
    },
  })
  assert.equal((await ask('POST', '/users/login')).status, 200)
  assert.equal((await ask('POST', '/api/v1/users/login')).status, 200)
  assert.equal(refusal(await ask('POST', '/users/login')), '429 kernel.rate_limited')
  // Who shares the address goes on.
  assert.equal((await ask('POST', '/users/refresh')).status, 200)
  assert.equal((await ask('GET', '/users/me', { token: await issue() })).status, 200)
  assert.equal((await ask('POST', '/webhooks/till', { body: '{}' })).status, 200)
  assert.equal((await ask('POST', '/webhooks/till', { body: '{}' })).status, 429)
  assert.equal((await ask('GET', '/notes/1')).status, 404)
  assert.equal((await ask('GET', '/notes/1')).status, 429)
})

test('gateway – one account from many places – has one limit, before its body is read', async (t) => {
  const { ask, issue, count } = await openTestGateway(t, {
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
    const { ask, issue } = await openTestGateway(t, { settings })
    return (await ask('GET', '/users/me', { token: await issue(), headers })).body.ip
  }
  assert.equal(await seen({}), '127.0.0.1')
  assert.equal(await seen({ TRUSTED_PROXIES: '10.0.0.0/8' }), '127.0.0.1')
  assert.equal(await seen({ TRUSTED_PROXIES: '10.0.0.0/8,127.0.0.1' }), '203.0.113.9')
})
