// `npm start` as an operator has it: from nothing to a shop that sells, an orderly end, a cut one, and the next start on the same
// data; and what is said when it cannot start.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import { type TestDatabase, testDatabase } from '@rialto/kernel/testing/database.ts'
import { services } from '@rialto/server/services.ts'
import { callApi, poll } from 'rialto/demo/buyer.ts'
import { request } from 'undici'
import { library, type Ordered, order, pay } from '../flows/shopper.ts'
import { memoryOf, treeOf } from './memory.ts'
import { failingServer, type Server, startServer } from './program.ts'

const MEBIBYTE = 2 ** 20
const IDLE_MAX_MIB = 400
/** What its drain may take, and some more. */
const STOP_MAX_MS = 30_000
/** A warning that something took too long and is done again: of a busy machine, not of the platform. */
const SLOWNESS = /"level":"warn".*(time-?out|timed out|too long|slow query|in time)/i
/** A line of a stack: of use to us, not to an operator. */
const STACK = /^\s+at /m

const withoutSlowness = (err: string): string =>
  err
    .split('\n')
    .filter((line) => !SLOWNESS.test(line))
    .join('\n')

/** An empty data directory that goes with the test. */
function dataDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'rialto-start-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** The database server of a data directory, while it runs. */
function databaseOf(dataDir: string): number | undefined {
  const file = join(dataDir, 'pg', 'postmaster.pid')
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined
}

/** Nothing of it may go on running. */
async function assertDatabaseEnds(dataDir: string): Promise<void> {
  const pid = await poll(
    async () => databaseOf(dataDir),
    (found) => found === undefined,
  )
  assert.equal(pid, undefined, 'the database server still runs')
}

async function buy(url: string): Promise<Ordered> {
  const ordered = await order(url)
  await pay(url, ordered)
  const there = await poll(
    () => library(url, ordered),
    (orders) => orders.includes(ordered.orderId),
  )
  assert.deepEqual(there, [ordered.orderId])
  return ordered
}

/** The order and its game, by the token of its buyer, which a restart leaves good. */
async function assertKept({ url }: Server, ordered: Ordered): Promise<void> {
  const { orderId, buyer } = ordered
  const { status, body } = await callApi(url, `GET /orders/${orderId}`, { token: buyer.token })
  assert.deepEqual([status, body.status], [200, 'fulfilled'])
  assert.deepEqual(await library(url, ordered), [orderId])
}

/** A platform's whole life on one data directory; each test begins where the one before it ended. */
describe('npm start', { timeout: 480_000 }, () => {
  let dataDir: string
  let settings: Readonly<Record<string, string>>
  before(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'rialto-start-'))
    settings = { PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn' }
  })
  after(() => rmSync(dataDir, { recursive: true, force: true }))
  const bought: Ordered[] = []
  const assertAllKept = async (server: Server): Promise<void> => {
    assert.ok(bought.length > 0)
    for (const ordered of bought) await assertKept(server, ordered)
  }

  test('start – on nothing, then SIGTERM – sells, is small, says one line, ends in order with its database', async (t) => {
    const server = await startServer(t, settings)
    const ready = await request(`${server.url}/health/ready`)
    assert.equal(((await ready.body.json()) as { status: string }).status, 'ready')
    const memory = memoryOf(server.pid)
    if (memory !== undefined) {
      const mebibytes = Math.round(memory / MEBIBYTE)
      const processes = treeOf(server.pid).length
      t.diagnostic(`idle: ${mebibytes} MiB in ${processes} processes, database included`)
      t.diagnostic(`ready after ${server.ms} ms`)
      assert.ok(mebibytes > 50 && mebibytes <= IDLE_MAX_MIB, `${mebibytes} MiB`)
    }
    bought.push(await buy(server.url))
    const { code, out, err, afterMs } = await server.end('SIGTERM')
    assert.deepEqual([code, withoutSlowness(err)], [0, ''])
    assert.ok(afterMs < STOP_MAX_MS, `${afterMs} ms`)
    assert.equal(out.split('\n').length, 2, 'one line on standard output')
    await assertDatabaseEnds(dataDir)
  })

  test('start – again on the same data, then killed – what was bought is there', async (t) => {
    const server = await startServer(t, settings)
    await assertAllKept(server)
    bought.push(await buy(server.url))
    assert.equal((await server.end('SIGKILL')).signal, 'SIGKILL')
  })

  test('start – after the kill, then a second one beside it – comes up by itself; both answer, the first outlives the second', async (t) => {
    const server = await startServer(t, settings)
    await assertAllKept(server)
    const beside = await startServer(t, settings)
    await assertAllKept(beside)
    const ended = await beside.end('SIGINT')
    assert.equal(ended.code, 0, ended.err)
    bought.push(await buy(server.url))
    assert.equal((await server.end('SIGTERM')).code, 0)
    await assertDatabaseEnds(dataDir)
  })

  test('start – the port is taken – says so in words, with the number; the database ends too', async (t) => {
    const other = createServer()
    t.after(() => other.close())
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const { code, err } = await failingServer({ ...settings, PORT: String(port) })
    assert.equal(code, 1)
    assert.match(err, new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken`))
    assert.doesNotMatch(err, STACK)
    await assertDatabaseEnds(dataDir)
  })
})

describe('npm start beside a provider', { timeout: 480_000 }, () => {
  test('start – YOOKASSA_URL – no demo login opens it, unless DEMO_DATA asks for them', async (t) => {
    const settings = {
      ...{ PORT: '0', DATA_DIR: dataDirectory(t), LOG_LEVEL: 'error' },
      ...{ YOOKASSA_URL: 'http://127.0.0.1:9', YOOKASSA_SHOP_ID: '1', YOOKASSA_SECRET_KEY: 'k' },
    }
    const logIns = async (more: Readonly<Record<string, string>>): Promise<number[]> => {
      const server = await startServer(t, { ...settings, ...more })
      const statuses: number[] = []
      for (const { email, password } of demoLogins) {
        const body = { email, password }
        statuses.push((await callApi(server.url, 'POST /users/login', { body })).status)
      }
      assert.equal((await server.end('SIGTERM')).code, 0)
      return statuses
    }
    assert.deepEqual(await logIns({}), [401, 401, 401])
    assert.deepEqual(await logIns({ DEMO_DATA: 'true' }), [200, 200, 200])
  })
})

type Bad = readonly [settings: Readonly<Record<string, string>>, said: RegExp, status?: 1]

const BAD: readonly Bad[] = [
  [{ PORT: 'eighty' }, /PORT: got "eighty", expected integer from 0 to 65535/],
  [{ LOG_LEVEL: 'loud', PORT: '-1' }, /PORT[\s\S]*LOG_LEVEL|LOG_LEVEL[\s\S]*PORT/],
  [{ DATABASE_URL: 'very-secret' }, /DATABASE_URL: got \(hidden\)/],
  [{ RIALTO_PORT: '80' }, /RIALTO_PORT: is not a setting/],
  [{ MASTER_KEY: 'very-secret' }, /MASTER_KEY: expected base64 of 32 bytes/],
  [{ REQUIRE_REAL: 'true' }, /YOOKASSA_URL: got nothing[\s\S]*ATOL_URL: [\s\S]*SMTP_URL: /],
  [{ ORDER_EXPIRES_AFTER: 'soon' }, /ORDER_EXPIRES_AFTER: got "soon", expected a duration/],
  [{ DATABASE_URL: 'postgres://shop:very-secret@127.0.0.1:9/shop' }, /127\.0\.0\.1:9/, 1],
]

describe('starts that fail', { timeout: 480_000 }, () => {
  let db: TestDatabase
  before(async () => {
    db = await testDatabase(undefined, { services })
  })
  after(() => db.close())

  for (const [settings, said, status = 2] of BAD) {
    const words = Object.entries(settings).map((pair) => pair.join('='))
    test(`start – ${words.join(' ')} – status ${status}, named in words, and no secret told`, async (t) => {
      const { code, out, err } = await failingServer({
        ...{ PORT: '0', DATA_DIR: dataDirectory(t), DATABASE_URL: db.url },
        ...{ MASTER_KEY: Buffer.alloc(32, 3).toString('base64') },
        ...settings,
      })
      assert.deepEqual([code, out], [status, ''], err)
      assert.match(err, said)
      assert.doesNotMatch(err, STACK)
      assert.ok(!err.includes('very-secret'), err)
    })
  }
})
