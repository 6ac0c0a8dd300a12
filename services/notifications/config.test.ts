import assert from 'node:assert/strict'
import { createECDH, randomBytes, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import { testClock } from '@rialto/kernel/testing/clock.ts'
import webPush from 'web-push'
import { partsOf } from './config.ts'

/** Without a database: whoever has keys of its own keeps none there. */
const built = (settings: Record<string, string>) =>
  partsOf({
    settings: { SMTP_URL: 'smtp://127.0.0.1:9', ...settings },
    ...{ env: { clock: testClock() }, security: {} },
  } as unknown as BuildInput)

function browserAt(endpoint: string) {
  const ecdh = createECDH('prime256v1')
  const p256dh = ecdh.generateKeys('base64url')
  return { endpoint, keys: { p256dh, auth: randomBytes(16).toString('base64url') } }
}

/** A public key as a push service reads it: 65 bytes, of which the first only says that both coordinates follow. */
function jwkOf(publicKey: string) {
  const bytes = Buffer.from(publicKey, 'base64url')
  const x = bytes.toString('base64url', 1, 33)
  return { kty: 'EC', crv: 'P-256', x, y: bytes.toString('base64url', 33) }
}

test('settings – keys of our own, where mails come from, push services – sign as them, under our address, where they are allowed', async (t) => {
  const told: string[] = []
  const server = createServer((request, response) => {
    told.push(String(request.headers.authorization))
    response.writeHead(201).end()
  })
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { publicKey, privateKey } = webPush.generateVAPIDKeys()
  const { pusher } = await built({
    ...{ VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey },
    ...{ MAIL_FROM: 'Shop <shop@x.example>', PUSH_SERVICES: `y.example, ${url}` },
  })
  assert.equal(pusher.publicKey, publicKey)
  assert.ok(pusher.allows('https://y.example/1'))
  assert.ok(!pusher.allows('https://fcm.googleapis.com/1'))
  const text = { title: 'a', text: 'b', message_id: 'msg_1' }
  assert.equal((await pusher.send(browserAt(`${url}/1`), text)).kind, 'sent')
  const [, head = '', claims = '', signature = '', key] =
    /^vapid t=([^.]+)\.([^.]+)\.([^.,]+), k=(.+)$/.exec(told[0] ?? '') ?? []
  assert.equal(key, publicKey)
  const { sub } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  assert.equal(sub, 'mailto:shop@x.example')
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: jwkOf(publicKey), format: 'jwk', dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  assert.ok(isSigned, 'with the private half')
})

test('settings – time-out, address of the pages – the lease lasts beyond it; without a slash at its end', async () => {
  const keys = webPush.generateVAPIDKeys()
  const own = { VAPID_PUBLIC_KEY: keys.publicKey, VAPID_PRIVATE_KEY: keys.privateKey }
  const [usual, set] = [
    await built(own),
    await built({ ...own, MAIL_TIMEOUT: '3s', PUBLIC_URL: 'https://x.example/shop/' }),
  ]
  assert.deepEqual([usual.leaseMs, usual.site], [15_000, undefined])
  assert.deepEqual([set.leaseMs, set.site], [8_000, 'https://x.example/shop'])
})

test('settings – one half of the push key – the start is refused, and names the other', async () => {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys()
  await assert.rejects(built({ VAPID_PUBLIC_KEY: publicKey }), /VAPID_PRIVATE_KEY: got nothing/)
  await assert.rejects(built({ VAPID_PRIVATE_KEY: privateKey }), /VAPID_PUBLIC_KEY: got nothing/)
})
