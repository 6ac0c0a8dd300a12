import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { openCalls } from './yookassa-http.ts'

interface Asked {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
}

/** A listener that answers everything with an empty object and keeps what it was asked. */
async function listen(t: TestContext): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer(({ method, url, headers }, reply) => {
    asked.push({ method, url, headers })
    reply.setHeader('content-type', 'application/json').end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

test('openCalls – the published shop id and key – the published Authorization, the key of the POST under its own spelling', async (t) => {
  const { url, asked } = await listen(t)
  const call = openCalls({
    ...{ url, shopId: '123456', secretKey: 'test_secret', timeoutMs: 5_000 },
  })
  await call('/payments', { body: { a: 1 }, key: 'a-key' })
  await call('/payments/22d6d597-000f-5000-9000-145f6df21d6f')
  const [post, get] = asked
  assert.equal(post?.headers.authorization, 'Basic MTIzNDU2OnRlc3Rfc2VjcmV0')
  assert.equal(post.headers['idempotence-key'], 'a-key')
  assert.deepEqual([post.method, post.url], ['POST', '/v3/payments'])
  assert.equal(get?.headers.authorization, post.headers.authorization)
  assert.deepEqual([get.method, get.headers['idempotence-key']], ['GET', undefined])
})
