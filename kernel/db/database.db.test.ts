import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { silentLog } from '../observability/log.ts'
import { type DatabaseOptions, openDatabase } from './database.ts'
import { scratchDirectory } from './embedded/scratch.ts'

const asRoot = process.getuid?.() === 0

function scratch(t: TestContext): string {
  const directory = scratchDirectory()
  t.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

const postmasterPid = (dataDir: string): number =>
  Number(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0])

async function open(t: TestContext, options: Partial<DatabaseOptions> & { dataDir: string }) {
  const database = await openDatabase({ log: silentLog, ...options })
  t.after(() => database.stop())
  return database
}

test('openDatabase – a data directory – keeps a random password for us alone, and the data', async (t) => {
  const dataDir = join(scratch(t), 'data')
  mkdirSync(dataDir, { mode: 0o700 })
  const first = await openDatabase({ dataDir, log: silentLog })
  assert.equal(first.kind, 'embedded')
  // Root opens its own directory for passing through, because the server runs as somebody else.
  assert.equal(statSync(dataDir).mode & 0o777, asRoot ? 0o711 : 0o700)
  await query(first.url, 'create table kept as select 1 as one')
  await first.stop()
  const password = join(dataDir, 'pg-password')
  assert.equal(statSync(password).mode & 0o777, 0o600)
  assert.equal(new URL(first.url).password, readFileSync(password, 'utf8').trim())
  const second = await open(t, { dataDir })
  assert.deepEqual(await query(second.url, 'select one from kept'), [{ one: 1 }])
})

test('openDatabase – opened by a second one – joins the running server and leaves it running', async (t) => {
  const dataDir = join(scratch(t), 'data')
  const first = await open(t, { dataDir })
  const second = await openDatabase({ dataDir, log: silentLog })
  assert.equal(second.kind, 'joined')
  assert.equal(second.url, first.url)
  await second.stop()
  assert.deepEqual(await query(first.url, 'select 1 as one'), [{ one: 1 }])
})

test('openDatabase – stopped and opened again – has its address again, unless somebody took it', async (t) => {
  const dataDir = join(scratch(t), 'data')
  const first = await openDatabase({ dataDir, log: silentLog })
  await first.stop()
  const other = await open(t, { dataDir: join(scratch(t), 'data') })
  assert.notEqual(new URL(other.url).port, new URL(first.url).port)
  const second = await openDatabase({ dataDir, log: silentLog })
  assert.equal(second.url, first.url)
  await second.stop()
  const stranger = createServer().listen(Number(new URL(first.url).port), '127.0.0.1')
  t.after(() => stranger.close())
  await once(stranger, 'listening')
  const third = await open(t, { dataDir })
  assert.notEqual(third.url, first.url)
  assert.deepEqual(await query(third.url, 'select 1 as one'), [{ one: 1 }])
})

test('openDatabase – the process whose server it joined is restarted – finds the new one', {
  timeout: 240_000,
}, async (t) => {
  const dataDir = join(scratch(t), 'data')
  const owner = await elsewhere(t, dataDir)
  const joined = await openDatabase({ dataDir, log: silentLog, takesOver: false })
  t.after(() => joined.stop())
  await query(joined.url, 'create table kept as select 1 as one')
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  await elsewhere(t, dataDir)
  assert.deepEqual(await query(joined.url, 'select one from kept'), [{ one: 1 }])
})

test('openDatabase – the server is killed under it – comes back on the same address with what was committed', async (t) => {
  const dataDir = join(scratch(t), 'data')
  const warnings: string[] = []
  let back = (): void => undefined
  const isBack = new Promise<void>((resolve) => {
    back = resolve
  })
  const log = {
    ...silentLog,
    warn(_: unknown, message: string) {
      warnings.push(message)
      if (message.endsWith('is back')) back()
    },
  }
  const database = await open(t, { dataDir, log })
  await query(database.url, 'create table kept as select 1 as one')
  process.kill(postmasterPid(join(dataDir, 'pg')), 'SIGKILL')
  await isBack
  assert.deepEqual(await query(database.url, 'select one from kept'), [{ one: 1 }])
  assert.deepEqual(warnings, ['the embedded PostgreSQL is back'])
})

/** Another process that runs the database, and says so. */
async function elsewhere(t: TestContext, dataDir: string): Promise<ChildProcess> {
  const script = `
    import { openDatabase } from ${JSON.stringify(new URL('./database.ts', import.meta.url).href)}
    import { silentLog } from ${JSON.stringify(new URL('../observability/log.ts', import.meta.url).href)}
    const database = await openDatabase({ dataDir: ${JSON.stringify(dataDir)}, log: silentLog })
    process.on('SIGTERM', () => database.stop().then(() => process.exit()))
    console.log('ready')
    setTimeout(() => process.exit(), 60_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const)
  test(`openDatabase – the process whose server it joined ends by ${signal} – runs it itself, on the same address, and stops it`, {
    timeout: 240_000,
  }, async (t) => {
    const dataDir = join(scratch(t), 'data')
    const owner = await elsewhere(t, dataDir)
    const joined = await openDatabase({ dataDir, log: silentLog })
    t.after(() => joined.stop())
    assert.equal(joined.kind, 'joined')
    await query(joined.url, 'create table kept as select 1 as one')
    const before = postmasterPid(join(dataDir, 'pg'))
    owner.kill(signal)
    await once(owner, 'exit')
    const isOurs = (): boolean =>
      existsSync(join(dataDir, 'pg', 'postmaster.pid')) &&
      postmasterPid(join(dataDir, 'pg')) !== before
    const answers = (): Promise<boolean> =>
      query(joined.url, 'select one from kept').then(
        () => true,
        () => false,
      )
    while (!(isOurs() && (await answers()))) await pause(50)
    await joined.stop()
    assert.equal(existsSync(join(dataDir, 'pg', 'postmaster.pid')), false)
  })

test('openDatabase – below a directory that the server’s account cannot enter – keeps the data in an open place, said and linked', {
  skip: asRoot ? false : 'only root gives the server to another account',
}, async (t) => {
  const directory = scratch(t)
  const closed = join(directory, 'closed')
  mkdirSync(closed, { mode: 0o700 })
  const options = { dataDir: join(closed, 'data'), openPlace: join(directory, 'open') }
  const said: string[] = []
  const log = { ...silentLog, warn: (_: unknown, message: string) => void said.push(message) }
  const first = await openDatabase({ ...options, log })
  await query(first.url, 'create table kept as select 1 as one')
  await first.stop()
  assert.equal(lstatSync(join(options.dataDir, 'pg')).isSymbolicLink(), true)
  assert.match(said[0] ?? '', /the data is kept in .*open\/data-/)
  assert.equal(statSync(closed).mode & 0o777, 0o700)
  const second = await open(t, options)
  assert.deepEqual(await query(second.url, 'select one from kept'), [{ one: 1 }])
})

test('openDatabase – the password file is lost – says so instead of making another', async (t) => {
  const dataDir = scratch(t)
  mkdirSync(join(dataDir, 'pg'))
  writeFileSync(join(dataDir, 'pg', 'PG_VERSION'), '18\n')
  await assert.rejects(openDatabase({ dataDir, log: silentLog }), /pg-password is missing/)
  assert.equal(existsSync(join(dataDir, 'pg-password')), false)
})

test('openDatabase – a DATABASE_URL – is taken as it is and nothing is started', async () => {
  const url = 'postgres://somebody@db.example/shop'
  const database = await openDatabase({ url, dataDir: '/nonexistent/never', log: silentLog })
  assert.deepEqual([database.url, database.kind], [url, 'external'])
  await database.stop()
  assert.equal(existsSync('/nonexistent'), false)
})
