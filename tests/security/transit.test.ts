// Every hop of the platform over TLS, as docs/deploy.md has it set: client to gateway, gateway to services, all of them to the
// database. (Kafka: kernel/bus/kafka/secured.db.test.ts; gRPC and renewal: kernel/http/certificate.test.ts.)

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect } from 'node:tls'
import { showItems } from '@rialto/flows/testing/shown.ts'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { openScratchDatabase } from '@rialto/kernel/db/database.ts'
import { serverAccount } from '@rialto/kernel/db/embedded/account.ts'
import { openPool } from '@rialto/kernel/db/pool.ts'
import { type Authority, type Signed, testAuthority } from '@rialto/kernel/testing/certificates.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { openPlatform, type Platform } from '@rialto/server/platform.ts'
import { newBuyer, poll } from 'rialto/demo/buyer.ts'
import { Agent, getGlobalDispatcher, request, setGlobalDispatcher } from 'undici'
import { ALL } from '../deploy/processes.ts'
import { order } from '../flows/shopper.ts'
import { startServer } from '../start/program.ts'

/** What the server account may read and nobody else. */
function handOver({ cert, key }: Signed): void {
  const account = serverAccount()
  if (account === undefined) return
  chmodSync(dirname(cert), 0o711)
  for (const file of [cert, key]) chownSync(file, account.uid, account.gid)
}

interface World {
  readonly authority: Authority
  readonly databaseUrl: string
  open(settings: Readonly<Record<string, string>>): Promise<Platform>
}

async function world(t: TestContext): Promise<World> {
  const undo: (() => Promise<unknown>)[] = []
  const authority = testAuthority({
    after: (step: () => void) => undo.push(async () => step()),
  } as never)
  t.after(async () => {
    for (const step of undo.reverse()) await step()
  })
  const folder = mkdtempSync(join(tmpdir(), 'rialto-transit-'))
  undo.push(async () => rmSync(folder, { recursive: true, force: true }))
  const own = authority.sign('IP:127.0.0.1')
  handOver(own)
  const database = await openScratchDatabase({
    settings: { ssl: 'on', ssl_cert_file: own.cert, ssl_key_file: own.key },
  })
  undo.push(() => database.stop())
  // Over the network, as another machine would ask: a socket has no TLS.
  const byNetwork = database.url.replace(/@[^:]+:/, '@127.0.0.1:')
  const databaseUrl = `${byNetwork}?sslmode=verify-full&sslrootcert=${authority.ca}`
  const door = authority.sign('IP:127.0.0.1')
  const common = {
    ...{ DATABASE_URL: databaseUrl, DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'error' },
    ...{ MASTER_KEY: randomBytes(32).toString('base64') },
    ...{ TLS_CERT: door.cert, TLS_KEY: door.key, TLS_CA: authority.ca, DRAIN_NOTICE: '0s' },
    // Nothing is paid here.
    ...{ YOOKASSA_URL: 'http://127.0.0.1:1', YOOKASSA_SHOP_ID: '1', YOOKASSA_SECRET_KEY: 'k' },
    ...{ ATOL_URL: 'http://127.0.0.1:1', ATOL_LOGIN: 'l', ATOL_PASSWORD: 'p', ATOL_GROUP: 'g' },
    ...{ COMPANY_EMAIL: 'a@rialto.example', COMPANY_INN: '0000000000' },
    ...{ COMPANY_SITE: 'https://rialto.example', SMTP_URL: 'smtp://127.0.0.1:1' },
  }
  return {
    authority,
    databaseUrl,
    async open(more) {
      const settings = { ...common, ...more }
      const platform = await openPlatform({
        config: platformConfig(settings),
        settings,
        demo: true,
      })
      undo.push(() => platform.stop())
      return platform
    },
  }
}

/** Number of the certificate that a new connection is shown. */
async function shownAt(url: string, { text }: Authority): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), ca: text })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

test('transit – a renewed certificate and SIGHUP – is shown by the process that goes on', async (t) => {
  if (needs(t, 'openssl') === undefined) return
  const folder = mkdtempSync(join(tmpdir(), 'rialto-renewal-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const authority = testAuthority(t)
  const files = authority.sign('IP:127.0.0.1')
  const { pid, url } = await startServer(t, {
    ...{ PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'error', DEMO_DATA: 'false' },
    ...{ TLS_CERT: files.cert, TLS_KEY: files.key },
  })
  const before = await shownAt(url, authority)
  const next = authority.sign('IP:127.0.0.1')
  copyFileSync(next.cert, files.cert)
  copyFileSync(next.key, files.key)
  assert.equal(await shownAt(url, authority), before)
  process.kill(pid, 'SIGHUP')
  const after = await poll(
    () => shownAt(url, authority),
    (serial) => serial !== before,
  )
  assert.notEqual(after, before)
})

test('transit – every hop with a certificate – nothing goes in plain, and nothing personal lies in plain', async (t) => {
  if (needs(t, 'openssl') === undefined) return
  const { authority, databaseUrl, open } = await world(t)
  const others = ALL.map(({ name }) => name).filter((name) => name !== 'gateway')
  const services = await open({ SERVICES: others.join() })
  const { internalUrl = '', rpcUrl = '' } = services
  const gateway = await open({
    SERVICES: 'gateway',
    SERVICE_URLS: others.map((name) => `${name}=${internalUrl}`).join(),
  })
  for (const url of [internalUrl, rpcUrl, gateway.url, gateway.internalUrl])
    assert.match(String(url), /^https:/)

  // As a browser that trusts the authority; one that does not is not let on by its own TLS.
  await assert.rejects(request(`${gateway.url}/health/ready`), /unable to verify/)
  const before = getGlobalDispatcher()
  const trusting = new Agent({ connect: { ca: authority.text } })
  setGlobalDispatcher(trusting)
  t.after(async () => {
    setGlobalDispatcher(before)
    await trusting.close()
  })
  const { headers, body } = await request(`${gateway.url}/health/ready`)
  await body.dump()
  assert.match(String(headers['strict-transport-security']), /max-age=/)
  const buyer = await newBuyer(gateway.url)
  const { orderId } = await order(gateway.url, { buyer })
  assert.match(orderId, /^ord_/)

  const pool = openPool({ url: databaseUrl, applicationName: 'rialto-test' })
  t.after(() => pool.end())
  // Who is only just connecting has agreed on nothing yet.
  const { rows } = await pool.query<{ ssl: boolean; n: number }>(
    `select s.ssl, count(*)::int as n from pg_stat_activity a join pg_stat_ssl s using (pid)
      where a.backend_type = 'client backend' and a.state <> 'starting' group by 1`,
  )
  assert.deepEqual(
    rows.map(({ ssl }) => ssl),
    [true],
  )
  assert.ok((rows[0]?.n ?? 0) > 5, `${rows[0]?.n} connections, all over TLS`)
  const stranger = databaseUrl.replace(authority.ca, testAuthority(t).ca)
  const refused = openPool({ url: stranger, applicationName: 'rialto-test' })
  t.after(() => refused.end())
  await assert.rejects(refused.query('select 1'), /unable to verify|signature/)

  const plain = await pool.query('select from accounts.users u where position($1 in u::text) > 0', [
    buyer.email,
  ])
  assert.equal(plain.rowCount, 0)
  const kept = await pool.query('select from accounts.users u where position($1 in u::text) > 0', [
    buyer.userId,
  ])
  assert.equal(kept.rowCount, 1, 'the row is there, its e-mail is not to be read')
  showItems(['M.R6'], t.fullName, orderId)
})
