import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { base64url, generateKeyPair, SignJWT } from 'jose'
import { Unavailable } from '../pure/failure.ts'
import { Problem } from '../pure/problem.ts'
import { HOUR, MINUTE, SECOND } from '../pure/time.ts'
import { anonymous } from '../service/context.ts'
import { testClock } from '../testing/clock.ts'
import { memoryKeyStore } from './key-store.ts'
import { openSigningKeys } from './keys.ts'
import { tokens } from './tokens.ts'
import { verifier } from './verifier.ts'

async function house() {
  const clock = testClock()
  const store = memoryKeyStore()
  const keys = await openSigningKeys(store, clock)
  let reads = 0
  const read = () => {
    reads += 1
    return keys.jwks()
  }
  return {
    clock,
    store,
    keys,
    issuer: tokens(keys, clock),
    outside: verifier({ keys: { read }, clock, accepts: ['public'] }),
    inside: verifier({ keys: { read }, clock, accepts: ['public', 'internal'] }),
    reads: () => reads,
  }
}
const anna = { sub: 'usr_anna', roles: ['customer'], sid: 'ses_1' } as const
const code = (name: string) => (error: unknown) =>
  error instanceof Problem && error.kind.code === `auth.${name}`

test('token – issued for a person – names her, on both sides, until ten minutes are over', async () => {
  const { clock, issuer, outside, inside } = await house()
  const { token, expiresAt } = await issuer.issueAccessToken(anna)
  assert.equal(expiresAt, clock.now() + 10 * MINUTE)
  const caller = { kind: 'user', id: 'usr_anna', roles: ['customer'], session: anna.sid }
  assert.deepEqual(await outside.authenticate({ authorization: `Bearer ${token}` }), caller)
  assert.deepEqual(await inside.verify(token), caller)
  clock.advance(10 * MINUTE - 1)
  assert.deepEqual(await outside.verify(token), caller)
  clock.advance(1)
  await assert.rejects(outside.verify(token), code('token_expired'))
  await assert.rejects(outside.verify(token), code('token_expired'))
})

test('service token – inside – is a service, kept until a minute before its end; outside it is foreign', async () => {
  const { clock, issuer, outside, inside } = await house()
  const token = await issuer.serviceToken('orders')
  assert.deepEqual(await inside.verify(token), {
    kind: 'service',
    id: 'orders',
    roles: ['service'],
  })
  await assert.rejects(outside.verify(token), code('token_foreign'))
  clock.advance(4 * MINUTE - 1)
  assert.equal(await issuer.serviceToken('orders'), token)
  assert.notEqual(await issuer.serviceToken('payments'), token)
  clock.advance(1)
  assert.notEqual(await issuer.serviceToken('orders'), token)
})

test('authenticate – no header – is anonymous; any other scheme or broken header is refused', async () => {
  const { outside } = await house()
  assert.deepEqual(await outside.authenticate({}), anonymous)
  for (const authorization of [
    '',
    'Bearer',
    'Bearer ',
    'Basic abc',
    'Bearer a b',
    'Bearer a.b.c',
    `Bearer ${'a'.repeat(5_000)}`,
  ])
    await assert.rejects(
      outside.authenticate({ authorization }),
      code('token_invalid'),
      authorization.slice(0, 20),
    )
})

test('token – changed in any part, unsigned, of another algorithm, type or with forged roles – is invalid', async () => {
  const { clock, issuer, keys, inside } = await house()
  const { token } = await issuer.issueAccessToken(anna)
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  const part = (value: unknown): string => base64url.encode(JSON.stringify(value))
  const { kid, key } = await keys.current()
  const sign = (
    over: Record<string, unknown>,
    protectedHeader = { alg: 'EdDSA', kid, typ: 'at+jwt' },
  ) => new SignJWT({ ...claims, ...over }).setProtectedHeader(protectedHeader).sign(key)
  const secret = new TextEncoder().encode((await keys.jwks()).keys[0]?.x)
  const invalid = [
    `${header}.${part({ ...claims, roles: ['operator'] })}.${signature}`,
    // Not its end: there one signature in sixteen has these bits already.
    `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    `${header}.${payload}.`,
    `${part({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
    await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid, typ: 'at+jwt' }).sign(secret),
    await sign({}, { alg: 'EdDSA', kid, typ: 'JWT' }),
    await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt' }).sign(key),
    await sign({ roles: ['service'] }),
    await sign({ roles: ['admin'] }),
    await sign({ roles: 'customer' }),
    await sign({ sub: '' }),
    await sign({ aud: 'rialto-internal', roles: ['service', 'operator'] }),
    await sign({ exp: undefined }),
    await sign({ nbf: clock.now() / SECOND + 60 }),
    await sign({ exp: clock.now() / SECOND + 16 * 60 }),
  ]
  for (const [i, forged] of invalid.entries())
    await assert.rejects(inside.verify(forged), code('token_invalid'), `forgery ${i}`)
  assert.equal(inside.remembered, 0)
  await assert.rejects(inside.verify(await sign({ iss: 'another' })), code('token_foreign'))
  await assert.rejects(inside.verify(await sign({ aud: 'another' })), code('token_foreign'))
  assert.equal((await inside.verify(await sign({}))).id, 'usr_anna')
})

test('token – signed by a key of ours that is not ours – is foreign, and 1,000 of them fetch the keys once', async () => {
  const { clock, outside, issuer, reads } = await house()
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  const forge = (kid: string) =>
    new SignJWT({ roles: ['operator'] })
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
      .setIssuer('rialto')
      .setAudience('rialto')
      .setSubject('usr_eve')
      .setIssuedAt(clock.now() / SECOND)
      .setExpirationTime(clock.now() / SECOND + 60)
      .sign(privateKey)
  const forged = await Promise.all(Array.from({ length: 1_000 }, (_, i) => forge(`kid${i}`)))
  for (const token of forged) await assert.rejects(outside.verify(token), code('token_foreign'))
  assert.equal(reads(), 1)
  await outside.verify((await issuer.issueAccessToken(anna)).token)
  assert.equal(reads(), 1)
})

test('verifier – the same token again – is not verified again; of too many the longest unused is forgotten', async () => {
  const { clock, keys, issuer } = await house()
  const door = verifier({
    keys: { read: () => keys.jwks() },
    clock,
    accepts: ['public'],
    rememberedMax: 2,
  })
  const issue = async (sub: string) => (await issuer.issueAccessToken({ ...anna, sub })).token
  const [a, b, c] = [await issue('usr_a'), await issue('usr_b'), await issue('usr_c')]
  const callerA = await door.verify(a)
  const callerB = await door.verify(b)
  assert.equal(await door.verify(a), callerA)
  await door.verify(c)
  assert.equal(door.remembered, 2)
  assert.equal(await door.verify(a), callerA)
  const again = await door.verify(b)
  assert.notEqual(again, callerB)
  assert.deepEqual(again, callerB)
})

test('rotation – new key – signs after two minutes, the old one verifies for an hour and then goes', async () => {
  const { clock, keys, issuer, outside, store } = await house()
  const before = (await issuer.issueAccessToken(anna)).token
  const oldKid = (await keys.current()).kid
  clock.advance(MINUTE)
  const newKid = await keys.rotate()
  assert.equal((await keys.current()).kid, oldKid)
  assert.equal((await keys.jwks()).keys.length, 2)
  clock.advance(2 * MINUTE)
  assert.equal((await keys.current()).kid, newKid)
  await outside.verify(before)
  await outside.verify((await issuer.issueAccessToken(anna)).token)
  clock.advance(HOUR)
  assert.deepEqual(
    (await keys.jwks()).keys.map((key) => key.kid),
    [newKid],
  )
  await keys.rotate()
  assert.deepEqual(
    (await store.load()).map((key) => key.kid === oldKid),
    [false, false],
  )
})

test('rotation – a token signed by a key that is not published any more – is refused, where the key is known and where it was remembered', async () => {
  const { clock, keys, issuer, outside, inside } = await house()
  const stolen = await keys.current()
  const forge = () =>
    new SignJWT({ roles: ['operator'] })
      .setProtectedHeader({ alg: 'EdDSA', kid: stolen.kid, typ: 'at+jwt' })
      .setIssuer('rialto')
      .setAudience('rialto')
      .setSubject('usr_eve')
      .setIssuedAt(clock.now() / SECOND)
      .setExpirationTime(clock.now() / SECOND + 600)
      .sign(stolen.key)
  await inside.verify((await issuer.issueAccessToken(anna)).token)
  await keys.rotate()
  clock.advance(HOUR - SECOND)
  const remembered = await forge()
  assert.equal((await inside.verify(remembered)).id, 'usr_eve')
  await outside.verify(await forge())
  clock.advance(6 * MINUTE)
  await outside.verify((await issuer.issueAccessToken(anna)).token)
  await assert.rejects(outside.verify(await forge()), code('token_foreign'))
  await assert.rejects(inside.verify(await forge()), code('token_foreign'))
  clock.advance(4 * MINUTE)
  await assert.rejects(inside.verify(remembered), code('token_expired'))
})

test('verifier – reading the keys takes long – who brings a known key does not wait, and soon it is known that the key is gone', async () => {
  const { clock, keys, issuer } = await house()
  const { promise: held, resolve: answer } = Promise.withResolvers<void>()
  let isSlow = false
  const read = async () => {
    if (isSlow) await held
    return isSlow ? { keys: [] } : keys.jwks()
  }
  const door = verifier({ keys: { read }, clock, accepts: ['public'] })
  const token = async (sub: string) => (await issuer.issueAccessToken({ ...anna, sub })).token
  await door.verify(await token('usr_a'))
  isSlow = true
  clock.advance(2 * MINUTE)
  assert.equal((await door.verify(await token('usr_b'))).id, 'usr_b')
  answer()
  await new Promise((resolve) => setImmediate(resolve))
  await assert.rejects(door.verify(await token('usr_c')), code('token_foreign'))
})

test('verifier – the keys cannot be read again – those that are known hold, others are looked for', async () => {
  const { clock, keys, issuer } = await house()
  let isDown = false
  const read = () => (isDown ? Promise.reject(new Unavailable('down')) : keys.jwks())
  const door = verifier({ keys: { read }, clock, accepts: ['public'] })
  await door.verify((await issuer.issueAccessToken(anna)).token)
  isDown = true
  clock.advance(5 * MINUTE)
  await door.verify((await issuer.issueAccessToken({ ...anna, sub: 'usr_b' })).token)
  await keys.rotate()
  clock.advance(2 * MINUTE)
  await assert.rejects(door.verify((await issuer.issueAccessToken(anna)).token), Unavailable)
})

test('rotation – by another process – is noticed within a minute, before the new key signs', async () => {
  const { clock, store, keys } = await house()
  clock.advance(10 * MINUTE)
  await keys.current()
  const other = await openSigningKeys(store, clock)
  const kid = await other.rotate()
  clock.advance(MINUTE)
  assert.ok((await keys.jwks()).keys.some((key) => key.kid === kid))
  clock.advance(MINUTE)
  assert.equal((await keys.current()).kid, kid)
  assert.equal((await other.current()).kid, kid)
})

test('jwks – published keys – have no private part', async () => {
  const { keys } = await house()
  const [jwk] = (await keys.jwks()).keys
  assert.deepEqual(Object.keys(jwk ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'])
})

test('verifier – keys by address – fetches them once; while they are not to be had, tokens are not called invalid', async (t) => {
  const { clock, keys, issuer } = await house()
  let up = false
  let asked = 0
  const server = createServer((_, response) => {
    asked += 1
    if (!up) response.writeHead(503).end()
    else void keys.jwks().then((jwks) => response.end(JSON.stringify(jwks)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  const door = verifier({ keys: { url }, clock, accepts: ['public'] })
  const { token } = await issuer.issueAccessToken(anna)
  await assert.rejects(door.verify(token), Unavailable)
  await assert.rejects(door.verify(token), Unavailable)
  assert.equal(asked, 1)
  up = true
  clock.advance(SECOND)
  const many = await Promise.all([1, 2, 3].map(() => door.verify(token)))
  assert.deepEqual(
    many.map((caller) => caller.id),
    ['usr_anna', 'usr_anna', 'usr_anna'],
  )
  assert.equal(asked, 2)
})
