import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { Unavailable } from '../../pure/failure.ts'
import { type EmbeddedOptions, startEmbedded } from '../embedded.ts'
import { openPool } from '../pool.ts'
import { inReading } from '../reading.ts'
import { sql } from '../sql.ts'
import { inTransaction } from '../transaction.ts'
import { serverAccount } from './account.ts'
import { DataDirectoryInUse, runningServer, UnreachableDirectory } from './cluster.ts'
import { isAlive, isGone } from './process.ts'
import { scratchDirectory } from './scratch.ts'

const ONE = sql`select 1`
const asRoot = process.getuid?.() === 0
const hasProc = existsSync('/proc/self/stat')

function scratch(t: TestContext): string {
  const directory = scratchDirectory()
  t.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

async function start(t: TestContext, options: Partial<EmbeddedOptions> & { dataDir: string }) {
  const server = await startEmbedded({ password: 'secret', durable: false, ...options })
  t.after(() => server.stop())
  return server
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

/** Another Node that runs a server and says so; killed at the end if it still lives. */
async function startElsewhere(
  t: TestContext,
  call: string,
): Promise<{ child: ChildProcess; said: { pid: number; url: string } }> {
  const script = `
    import { startEmbedded } from ${JSON.stringify(new URL('../embedded.ts', import.meta.url).href)}
    import { scratchDirectory } from ${JSON.stringify(new URL('./scratch.ts', import.meta.url).href)}
    const server = await startEmbedded(${call})
    console.log(JSON.stringify({ pid: server.pid, url: server.url }))
    setInterval(() => undefined, 1000)
    setTimeout(() => process.exit(), 60_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  assert.ok(child.stdout)
  const [line] = await once(createInterface(child.stdout), 'line')
  return { child, said: JSON.parse(String(line)) }
}

async function killed(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** The watchdog of that server, found by its command line. */
function watchdogOf(serverPid: number): number {
  const found = readdirSync('/proc').find((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(
        `rialto-watchdog\0${serverPid}\0`,
      )
    } catch {
      return false
    }
  })
  assert.ok(found, 'no watchdog runs')
  return Number(found)
}

test('embedded – started, stopped and started again – keeps its data, and recovers nothing', async (t) => {
  const dataDir = join(scratch(t), 'data')
  const first = await startEmbedded({ dataDir, password: 'secret', durable: true })
  assert.equal(first.recovered, false)
  await query(first.url, 'create table kept as select 1 as one')
  await first.stop()
  assert.equal(isAlive(first.pid), false)
  const second = await start(t, { dataDir })
  assert.equal(second.recovered, false)
  assert.deepEqual(await query(second.url, 'select one from kept'), [{ one: 1 }])
})

test('embedded – asked from outside – listens on loopback and in its own directory only, by password, in UTF8 and C', async (t) => {
  const dataDir = join(scratch(t), 'data')
  const server = await start(t, { dataDir })
  const [shown] = await query(
    server.url,
    `select current_setting('listen_addresses') as listen, current_setting('unix_socket_directories') as sockets,
            current_setting('server_encoding') as encoding, current_setting('lc_messages') as locale`,
  )
  const listen = { listen: '127.0.0.1', sockets: dataDir }
  assert.deepEqual(shown, { ...listen, encoding: 'UTF8', locale: 'C' })
  const bySocket = server.url
  const byTcp = `postgres://postgres:secret@127.0.0.1:${server.port}/postgres`
  assert.match(bySocket, /@%2F/)
  for (const url of [bySocket, byTcp]) {
    assert.deepEqual(await query(url, 'select 1 as one'), [{ one: 1 }])
    await assert.rejects(query(url.replace('secret', 'guess'), 'select 1'), { code: '28P01' })
  }
})

test('embedded – stopped in order, killed – who writes or reads is told that it is away, not that we are wrong', async (t) => {
  for (const end of ['pause', 'killHard'] as const) {
    const server = await start(t, { dataDir: join(scratch(t), 'data') })
    const pool = openPool({ url: server.url, applicationName: 'away' })
    t.after(() => pool.end())
    const asked = [inTransaction, inReading].map((run) => () => run(pool, (tx) => tx.run(ONE)))
    for (const ask of asked) await ask()
    await server[end]()
    // First over the connections that were open: what the killed server leaves behind may answer until it notices.
    const isAnswered = (ask: () => Promise<unknown>) =>
      ask().then(
        () => true,
        (error: unknown) => {
          assert.ok(error instanceof Unavailable, String(error))
          return false
        },
      )
    for (const ask of asked) while (await isAnswered(ask)) await pause(10)
    for (const ask of asked) await assert.rejects(ask(), Unavailable)
  }
})

test('embedded – a path too long for a socket – is spoken to by TCP', async (t) => {
  const server = await start(t, { dataDir: join(scratch(t), 'd'.repeat(100)) })
  assert.match(server.url, /@127\.0\.0\.1:/)
  assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }])
})

test('embedded – a port that is taken – is an error that says so; without a wish another is picked', async (t) => {
  const directory = scratch(t)
  const server = await start(t, { dataDir: join(directory, 'a') })
  await assert.rejects(
    startEmbedded({
      dataDir: join(directory, 'b'),
      password: 'x',
      durable: false,
      port: server.port,
    }),
    /could not bind/,
  )
  const other = await start(t, { dataDir: join(directory, 'b') })
  assert.notEqual(other.port, server.port)
})

test('embedded – a setting that PostgreSQL refuses – fails with its own words and leaves nothing running', async (t) => {
  const dataDir = join(scratch(t), 'data')
  await assert.rejects(
    startEmbedded({ dataDir, password: 'x', durable: false, settings: { shared_buffers: 'much' } }),
    /invalid value for parameter "shared_buffers"/,
  )
  assert.equal(existsSync(join(dataDir, 'postmaster.pid')), false)
  await start(t, { dataDir })
})

test('embedded – a second start on the same directory – is refused and leaves the first alone', async (t) => {
  const dataDir = join(scratch(t), 'data')
  const server = await start(t, { dataDir })
  await assert.rejects(startEmbedded({ dataDir, password: 'secret' }), DataDirectoryInUse)
  assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }])
})

test('embedded – its process is killed – the watchdog stops the server, and the next start has the data', async (t) => {
  const dataDir = join(scratch(t), 'data')
  const { child, said } = await startElsewhere(t, JSON.stringify({ dataDir, password: 'secret' }))
  await query(said.url, 'create table kept as select 1 as one')
  assert.equal(isAlive(said.pid), true)
  await killed(child)
  assert.equal(await isGone(said.pid, 15_000), true)
  const server = await start(t, { dataDir })
  assert.deepEqual(await query(server.url, 'select one from kept'), [{ one: 1 }])
})

test('embedded – its process and the watchdog are killed – the next start stops the orphan first', {
  skip: hasProc ? false : 'finds the watchdog in /proc',
}, async (t) => {
  const dataDir = join(scratch(t), 'data')
  const { child, said } = await startElsewhere(t, JSON.stringify({ dataDir, password: 'secret' }))
  await query(said.url, 'create table kept as select 1 as one')
  process.kill(watchdogOf(said.pid), 'SIGKILL')
  await killed(child)
  assert.equal(isAlive(said.pid), true)
  const server = await start(t, { dataDir })
  assert.equal(isAlive(said.pid), false)
  assert.equal(server.recovered, true)
  assert.deepEqual(await query(server.url, 'select one from kept'), [{ one: 1 }])
})

test('embedded – the clock was set by an hour since the start – the running server is known, and so is an orphan', {
  skip: hasProc ? false : 'knows it by /proc',
}, async (t) => {
  const dataDir = join(scratch(t), 'data')
  const { child, said } = await startElsewhere(t, JSON.stringify({ dataDir, password: 'secret' }))
  const path = join(dataDir, 'postmaster.pid')
  const read = (): string[] => readFileSync(path, 'utf8').split('\n')
  // The server says that it is ready before it writes so, and would write into the middle of what is written here.
  while (!read()[7]?.startsWith('ready')) await pause(10)
  const lines = read()
  lines[2] = String(Number(lines[2]) - 3_600)
  writeFileSync(path, lines.join('\n'))
  assert.equal(runningServer(dataDir)?.pid, said.pid)
  process.kill(watchdogOf(said.pid), 'SIGKILL')
  await killed(child)
  const server = await start(t, { dataDir })
  assert.equal(isAlive(said.pid), false)
  assert.equal(server.recovered, true)
})

test('embedded – a stale postmaster.pid naming a zombie – starts', {
  skip: hasProc ? false : 'makes a zombie that /proc shows',
}, async (t) => {
  const dataDir = join(scratch(t), 'data')
  await (await startEmbedded({ dataDir, password: 'secret', durable: false })).stop()
  // The shell's child ends, and nobody reaps it: `exec` has made its parent a program that does not know of it by then.
  const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 60'], {
    ...serverAccount(),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.after(() => parent.kill('SIGKILL'))
  const [line] = await once(createInterface(parent.stdout), 'line')
  const zombie = Number(line)
  while (isAlive(zombie)) await pause(10)
  assert.match(readFileSync(`/proc/${zombie}/stat`, 'utf8'), /\) Z /)
  const startedAt = Math.floor(performance.timeOrigin / 1000 + performance.now() / 1000)
  writeFileSync(
    join(dataDir, 'postmaster.pid'),
    `${zombie}\n${dataDir}\n${startedAt}\n5432\n\n127.0.0.1\n         1         1\nready   \n`,
  )
  assert.equal(runningServer(dataDir), undefined)
  const server = await start(t, { dataDir })
  assert.equal(server.recovered, true)
})

test('embedded – a throw-away server whose process is killed – goes with its directory', async (t) => {
  const directory = scratch(t)
  const { child, said } = await startElsewhere(
    t,
    JSON.stringify({
      dataDir: join(directory, 'data'),
      password: 'x',
      durable: false,
      rubbish: directory,
    }),
  )
  const dog = hasProc ? watchdogOf(said.pid) : undefined
  await killed(child)
  assert.equal(await isGone(said.pid, 15_000), true)
  if (dog !== undefined) assert.equal(await isGone(dog, 15_000), true)
  assert.equal(existsSync(directory), false)
})

test('embedded – a stale postmaster.pid naming a stranger – starts, and the stranger lives', async (t) => {
  const dataDir = join(scratch(t), 'data')
  await (await startEmbedded({ dataDir, password: 'secret', durable: false })).stop()
  // Of the server's own account and started at the noted second: only the command line tells it apart.
  const stranger = spawn('sleep', ['60'], { ...serverAccount(), stdio: 'ignore' })
  t.after(() => stranger.kill('SIGKILL'))
  await once(stranger, 'spawn')
  const startedAt = Math.floor(performance.timeOrigin / 1000 + performance.now() / 1000)
  writeFileSync(
    join(dataDir, 'postmaster.pid'),
    `${stranger.pid}\n${dataDir}\n${startedAt}\n5432\n\n127.0.0.1\n         1         1\nready   \n`,
  )
  const server = await start(t, { dataDir })
  assert.equal(server.recovered, true)
  assert.equal(stranger.exitCode ?? stranger.signalCode, null)
  assert.equal(isAlive(stranger.pid ?? 0), true)
})

test('embedded – a process naming the directory but started at another time – is not signalled', async (t) => {
  const dataDir = join(scratch(t), 'data')
  await (await startEmbedded({ dataDir, password: 'secret', durable: false })).stop()
  // Its command line is that of our server; the start time in the file is an hour older.
  const lookalike = spawn('sh', ['-c', 'sleep 60 & wait', '-D', dataDir], {
    ...serverAccount(),
    stdio: 'ignore',
    detached: true,
  })
  t.after(() => process.kill(-(lookalike.pid ?? 0), 'SIGKILL'))
  await once(lookalike, 'spawn')
  const startedAt = Math.floor(performance.timeOrigin / 1000) - 3600
  writeFileSync(
    join(dataDir, 'postmaster.pid'),
    `${lookalike.pid}\n${dataDir}\n${startedAt}\n5432\n\n127.0.0.1\n\n`,
  )
  // In doubt PostgreSQL decides: it sees a living process of its own account, and refuses.
  await assert.rejects(
    startEmbedded({ dataDir, password: 'secret' }),
    /postmaster\.pid.* already exists/,
  )
  assert.equal(isAlive(lookalike.pid ?? 0), true)
})

test('embedded – a start that was killed while making the directory – leaves only a draft, which is swept', async (t) => {
  const directory = scratch(t)
  const draft = join(directory, 'data.new-abc123')
  mkdirSync(join(draft, 'data'), { recursive: true })
  writeFileSync(join(draft, 'data', 'PG_VERSION'), '18\n')
  await start(t, { dataDir: join(directory, 'data') })
  assert.equal(existsSync(draft), false)
})

test('embedded – a directory with other things in it – is left as it is', async (t) => {
  const dataDir = join(scratch(t), 'data')
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'letter.txt'), 'dear')
  await assert.rejects(startEmbedded({ dataDir, password: 'x' }), /neither empty nor a PostgreSQL/)
  assert.equal(readFileSync(join(dataDir, 'letter.txt'), 'utf8'), 'dear')
})

test('embedded – a directory that the server’s account cannot enter – is refused with what to do', {
  skip: asRoot ? false : 'only root gives the server to another account',
}, async (t) => {
  const closed = join(scratch(t), 'closed')
  mkdirSync(closed, { mode: 0o700 })
  const refused = await startEmbedded({ dataDir: join(closed, 'data'), password: 'x' }).catch(
    (e) => e,
  )
  assert.ok(refused instanceof UnreachableDirectory)
  assert.match(refused.message, /cannot enter .*closed.*DATA_DIR.*DATABASE_URL/s)
})
