import assert from 'node:assert/strict'
import { copyFileSync, readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { createSecureContext, connect as tlsConnect } from 'node:tls'
import { openHttpTransport } from '../client/http.ts'
import { platformConfig } from '../config/platform.ts'
import { BadSettings } from '../config/settings.ts'
import { ServicePool } from '../db/pool.ts'
import { silentLog } from '../observability/log.ts'
import { rpcClient } from '../rpc/client.ts'
import { Echo, type EchoCalls, type Say } from '../rpc/echo.fixture.ts'
import { mountRpcs } from '../rpc/mount.ts'
import { openRpc } from '../rpc/server.ts'
import { anonymous, Context, type Environment, serviceCaller } from '../service/context.ts'
import { type Authority, type Signed, testAuthority } from '../testing/certificates.ts'
import { testClock } from '../testing/clock.ts'
import { testIds } from '../testing/ids.ts'
import { needs } from '../testing/real.ts'
import { DoorCertificate } from './certificate.ts'
import { openHttp } from './server.ts'

const env: Environment = {
  clock: testClock(),
  ids: testIds(1),
  log: silentLog,
  recorder: { record: () => undefined },
}

const certificateOf = ({ cert, key }: Signed): DoorCertificate => {
  const { transit } = platformConfig({ TLS_CERT: cert, TLS_KEY: key })
  assert.ok(transit.certificate)
  return new DoorCertificate(transit.certificate)
}

/** A door with nothing but its probe. */
async function door(t: TestContext, certificate: DoorCertificate): Promise<string> {
  const http = await openHttp({
    ...{ mounted: [], env, internal: true, certificate },
    authenticate: () => Promise.resolve(anonymous),
    extend: (app) => void app.get('/health/live', () => 'alive'),
  })
  t.after(() => http.close())
  return http.url
}

/** Asks as our processes ask each other. */
async function ask(t: TestContext, url: string, ca: string | undefined): Promise<void> {
  const transport = openHttpTransport({
    urls: new Map([['orders', [url]]]),
    token: () => Promise.resolve(''),
    ca,
  })
  t.after(() => transport.close())
  await transport.reach('orders')
}

/** Number of the certificate that is shown now. */
function shown(url: string, { text }: Authority): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = tlsConnect({ host: hostname, port: Number(port), ca: text })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    })
  })
}

test('TLS – a door with a certificate – opens to who trusts its authority, and to nobody by another name or in plain', async (t) => {
  if (needs(t, 'openssl') === undefined) return
  const authority = testAuthority(t)
  const url = await door(t, certificateOf(authority.sign('IP:127.0.0.1')))
  assert.match(url, /^https:/)
  await ask(t, url, authority.text)
  await assert.rejects(ask(t, url, undefined), /unable to verify/)
  await assert.rejects(ask(t, url, testAuthority(t).text), /unable to verify/)
  await assert.rejects(
    ask(t, url.replace('https', 'http'), authority.text),
    /other side closed|ECONNRESET/,
  )
  const stranger = await door(t, certificateOf(authority.sign('DNS:payments')))
  await assert.rejects(ask(t, stranger, authority.text), /IP: 127.0.0.1 is not in the cert's list/)
})

test('TLS – renewed files – are shown to new connections; files that do not fit change nothing', async (t) => {
  if (needs(t, 'openssl') === undefined) return
  const authority = testAuthority(t)
  const files = authority.sign('IP:127.0.0.1')
  const renewed = authority.sign('IP:127.0.0.1')
  const certificate = certificateOf(files)
  const url = await door(t, certificate)
  const first = await shown(url, authority)
  copyFileSync(renewed.cert, files.cert)
  assert.throws(() => certificate.renew(), BadSettings)
  assert.equal(await shown(url, authority), first)
  copyFileSync(renewed.key, files.key)
  certificate.renew()
  assert.notEqual(await shown(url, authority), first)
})

test('TLS – the gRPC port – is called by who trusts its authority, and by nobody else', async (t) => {
  if (needs(t, 'openssl') === undefined) return
  const authority = testAuthority(t)
  const say = async ({ text, amountMinor }: Say) => ({
    ...{ text, amountMinor, caller: 'x' },
  })
  const rpcs = mountRpcs({
    service: {
      ...{ name: 'echo', participant: 'EchoSvc' },
      rpcs: [{ descriptor: Echo, implement: () => ({ say }) }],
    },
    ...{ env, pool: new ServicePool({}), parts: {} },
  })
  const server = await openRpc({
    ...{ rpcs, host: '127.0.0.1', port: 0, log: silentLog },
    certificate: certificateOf(authority.sign('IP:127.0.0.1')),
    verify: () => Promise.resolve(serviceCaller('orders')),
  })
  t.after(() => server.close())
  const reach = async (ca: string | undefined): Promise<string> => {
    const client = rpcClient(Echo, {
      participant: 'EchoSvc',
      transport: { kind: 'network', urls: [server.url], token: async () => 'token', ca },
    })
    t.after(() => client.close())
    const ctx = new Context(env, {
      ...{ service: 'orders', participant: 'OrderSvc', caller: anonymous },
    })
    const calls = client.for(ctx) as unknown as EchoCalls
    return (await calls.say({ text: 'good day', amountMinor: 1n })).text
  }
  assert.equal(await reach(authority.text), 'good day')
  await assert.rejects(reach(undefined))
})

test('TLS – settings that name half a pair, nothing, or what does not fit – stop the start by name', (t) => {
  if (needs(t, 'openssl') === undefined) return
  const authority = testAuthority(t)
  const { cert, key } = authority.sign('DNS:x')
  const other = authority.sign('DNS:x')
  const refused = (env: Record<string, string>, why: RegExp): void =>
    assert.throws(
      () => platformConfig(env),
      (e) => e instanceof BadSettings && why.test(e.message),
    )
  refused({ TLS_CERT: cert }, /TLS_KEY: got nothing/)
  refused({ TLS_CERT: cert, TLS_KEY: `${key}.none` }, /TLS_KEY: .* cannot be read \(ENOENT\)/)
  refused({ TLS_CERT: cert, TLS_KEY: other.key }, /TLS_CERT: .* do not go together/)
  refused({ KAFKA_TLS_CA: authority.ca }, /KAFKA_TLS: got false/)
  refused({ KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME: 'r' }, /KAFKA_SASL_PASSWORD/)
  const { transit } = platformConfig({
    ...{ KAFKA_TLS: 'true', KAFKA_TLS_CA: authority.ca, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' },
    ...{ KAFKA_SASL_USERNAME: 'r', KAFKA_SASL_PASSWORD: 'p', TLS_CA: authority.ca },
  })
  assert.equal(transit.ca, readFileSync(authority.ca, 'utf8'))
  assert.deepEqual(transit.kafka, {
    tls: { ca: transit.ca },
    sasl: { mechanism: 'SCRAM-SHA-512', username: 'r', password: 'p' },
  })
  assert.ok(createSecureContext({ ca: transit.ca }))
})
