// What a command says when what it works with is not there: the database, a platform in it, the platform at RIALTO_URL. One
// sentence that names what a person can mend, status 1, and no stack.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { testAuthority } from '@rialto/kernel/testing/certificates.ts'
import { testDatabase } from '@rialto/kernel/testing/database.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { rialto } from '../start/program.ts'

const MASTER_KEY = Buffer.alloc(32, 5).toString('base64')
const LOOKS = [
  'events tail',
  'dead-letters list',
  'flows check ord_1',
  'ledger verify',
  'keys list',
]
const NO_PLATFORM =
  /: there is no platform in this database: check DATA_DIR or DATABASE_URL, or run/

/** What the command says, which has to fail. */
async function refused(words: string, settings: Readonly<Record<string, string>>): Promise<string> {
  const { code, out, err } = await rialto(words.split(' '), settings)
  assert.deepEqual([code, out], [1, ''], `${words}: ${err}`)
  assert.doesNotMatch(err, /^\s+at /m)
  return err
}

const at = (url: string) => ({ DATABASE_URL: url, MASTER_KEY })

describe('a database that cannot be used', { timeout: 360_000 }, () => {
  test('operators’ commands – nobody listens at DATABASE_URL – named in words', async () => {
    for (const words of ['migrate', ...LOOKS])
      assert.match(
        await refused(words, at('postgres://shop:very-secret@127.0.0.1:9/shop')),
        /^rialto [\w-]+: The database at DATABASE_URL cannot be used \([^\n]*127\.0\.0\.1:9\)[^\n]*\n$/,
      )
  })

  const changed = (url: string, change: Partial<Pick<URL, 'password' | 'pathname'>>): string =>
    Object.assign(new URL(url), change).href

  test('operators’ commands – another password, none, another name – the server’s reason in words', async (t) => {
    const db = await testDatabase(t)
    const troubles = [
      [changed(db.url, { password: 'guessed' }), /password authentication failed/],
      [changed(db.url, { password: '' }), /password must be a string/],
      [changed(db.url, { pathname: '/nowhere' }), /database "nowhere" does not exist/],
    ] as const
    for (const words of ['migrate', 'events tail'])
      for (const [url, said] of troubles) {
        const err = await refused(words, at(url))
        assert.match(err, /^rialto \w+: The database at DATABASE_URL cannot be used/)
        assert.match(err, said)
      }
  })

  test('operators’ commands – a database without a platform, an empty DATA_DIR – says where to look', async (t) => {
    const db = await testDatabase(t)
    const empty = at(changed(db.url, { pathname: '/postgres' }))
    for (const words of LOOKS) assert.match(await refused(words, empty), NO_PLATFORM)
    const folder = mkdtempSync(join(tmpdir(), 'rialto-trouble-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    assert.match(await refused('dead-letters list', { DATA_DIR: folder }), NO_PLATFORM)
  })
})

/** The port of a server that takes every call and knows nothing. */
async function knowsNothing(
  t: TestContext,
  tls?: { readonly cert: string; readonly key: string },
): Promise<number> {
  const server =
    tls === undefined
      ? createServer()
      : createTlsServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) })
  server.on('request', (_request, answer) => {
    answer.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

describe('a platform that is not at RIALTO_URL', { timeout: 360_000 }, () => {
  test('demo – another server answers – its answer in words', async (t) => {
    const RIALTO_URL = `http://127.0.0.1:${await knowsNothing(t)}`
    const err = await refused('demo purchase', { RIALTO_URL })
    assert.equal(err, 'rialto demo: expected 201, got 404: {"error":"not found"}\n')
  })

  test('demo – a certificate that nobody trusts, one of another name – its fault in words', async (t) => {
    if (needs(t, 'openssl') === undefined) return
    const authority = testAuthority(t)
    const port = await knowsNothing(t, authority.sign('DNS:shop.example'))
    const settings = { RIALTO_URL: `https://127.0.0.1:${port}` }
    const told = (code: string) =>
      new RegExp(`^rialto demo: no platform answers at RIALTO_URL=\\S+ \\(${code}\\)[^\\n]+\\n$`)
    assert.match(await refused('demo purchase', settings), told('UNABLE_TO_VERIFY_LEAF_SIGNATURE'))
    const trusting = { ...settings, NODE_EXTRA_CA_CERTS: authority.ca }
    assert.match(await refused('demo purchase', trusting), told('ERR_TLS_CERT_ALTNAME_INVALID'))
  })

  test('demo – --separate or --bus beside RIALTO_URL – status 2, and nothing is started', async () => {
    for (const option of ['--separate', '--bus=kafka']) {
      const settings = { RIALTO_URL: 'http://127.0.0.1:9' }
      const { code, out, err } = await rialto(['demo', 'purchase', option], settings)
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, /^rialto demo: --separate and --bus make a platform of the demo’s own/)
    }
  })
})
