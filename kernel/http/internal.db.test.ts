// A service behind its internal door and the gateway's way to it, over real HTTP: who is believed to be whom.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openHttpTransport } from '../client/http.ts'
import { remote } from '../client/remote.ts'
import type { AnyRoute } from '../pure/contract.ts'
import { anonymous } from '../service/context.ts'
import {
  countNotes,
  hookNote,
  listNotes,
  notesService,
  openNotes,
  readNote,
  request,
  takeNote,
} from '../testing/notes.ts'
import { testSecurity } from '../testing/security.ts'
import { internalAuthentication } from './internal.ts'
import { openHttp } from './server.ts'

async function apart(t: TestContext) {
  const notes = await openNotes(t)
  const { env } = notes
  const security = await testSecurity(env)
  const door = await openHttp({
    mounted: [notes.mounted],
    env,
    internal: true,
    authenticate: internalAuthentication({
      services: security.verifierOf(['internal']),
      people: security.verifierOf(['public']),
    }),
  })
  const transport = openHttpTransport({
    urls: new Map([['notes', [door.url]]]),
    token: (service) => security.tokens.serviceToken(service),
  })
  t.after(async () => {
    await transport.close()
    await door.close()
  })
  const as = (service: string) =>
    remote(notesService, {
      transport,
      env,
      token: () => security.tokens.serviceToken(service),
    })
  const { token } = await security.tokens.issueAccessToken({
    ...{ sub: 'usr_1', sid: 'ses_1' },
    roles: ['customer'],
  })
  return { notes, door, as, gateway: as('gateway'), token, security }
}

/** What the service answers when the gateway passes this on. */
const passed = async (
  mounted: {
    call: (
      route: AnyRoute,
      r: ReturnType<typeof request>,
    ) => Promise<{ status: number; body?: string }>
  },
  route: AnyRoute,
  more: Parameters<typeof request>[0],
) => {
  const { status, body = '' } = await mounted.call(route, request(more))
  const { code } = (body.startsWith('{') ? JSON.parse(body) : {}) as { code?: string }
  return code === undefined ? `${status}` : `${status} ${code}`
}

test('remote – passed on by the gateway – is the caller of the token that came along, and none without', async (t) => {
  const { notes, gateway, token } = await apart(t)
  const authorization = `Bearer ${token}`
  const body = { text: 'milk' }
  const headers = { authorization, 'idempotency-key': 'k1', 'content-type': 'application/json' }
  assert.equal(await passed(gateway, takeNote, { headers, body }), '201')
  assert.equal(await notes.count(), 1)
  const again = await gateway.call(takeNote, request({ headers, body }))
  assert.deepEqual([again.status, again.headers['idempotency-replayed']], [201, 'true'])
  assert.equal(await passed(gateway, takeNote, { body }), '401 kernel.unauthenticated')
  assert.equal(
    await passed(gateway, listNotes, { query: { limit: '7', tag: ['a', 'b&c'] } }),
    '200',
  )
  assert.equal(
    await passed(gateway, readNote, { params: { note_id: 'a/b?c=ü%' } }),
    '404 notes.unknown_note',
  )
  const forged = { authorization: `${authorization}x` }
  assert.match(
    await passed(gateway, readNote, { headers: forged, params: { note_id: 'n' } }),
    /^401/,
  )
})

test('remote – passed on by the gateway – never has the rights of a service', async (t) => {
  const { gateway, as, token, security } = await apart(t)
  const user = { authorization: `Bearer ${token}` }
  const service = { authorization: `Bearer ${await security.tokens.serviceToken('orders')}` }
  assert.equal(await passed(gateway, countNotes, { headers: user }), '403 kernel.forbidden')
  assert.equal(await passed(gateway, countNotes, {}), '401 kernel.unauthenticated')
  assert.equal(await passed(gateway, countNotes, { headers: service }), '401 auth.token_foreign')
  // Nobody but the gateway may speak for others.
  assert.equal(await passed(as('orders'), listNotes, {}), '403 kernel.forbidden')
})

test('remote – a webhook – arrives byte by byte, with the Authorization of its provider', async (t) => {
  const { notes, gateway } = await apart(t)
  const raw = Buffer.from('{ "a":  "ü" }')
  const headers = { authorization: 'Basic c2hvcDpzZWNyZXQ=', 'content-type': 'application/json' }
  assert.equal(await passed(gateway, hookNote, { raw, headers, caller: anonymous }), '200')
  assert.equal(notes.parts.hooked?.raw, '{ "a":  "ü" }')
})

test('remote – nobody there – is a 503 that says nothing was done', async (t) => {
  const { gateway, door } = await apart(t)
  await door.close()
  const { status, body = '' } = await gateway.call(takeNote, request({ body: { text: 'a' } }))
  const { code, money } = JSON.parse(body)
  assert.deepEqual([status, code, money], [503, 'kernel.unavailable', 'untouched'])
})

test('internal door – leaving – still answers, and tells each client to go elsewhere', async (t) => {
  const { door, security } = await apart(t)
  const ask = async () =>
    fetch(`${door.url}/internal/notes/count`, {
      headers: { authorization: `Bearer ${await security.tokens.serviceToken('orders')}` },
    })
  assert.notEqual((await ask()).headers.get('connection'), 'close')
  door.leave()
  const last = await ask()
  assert.deepEqual([last.status, last.headers.get('connection')], [200, 'close'])
})
