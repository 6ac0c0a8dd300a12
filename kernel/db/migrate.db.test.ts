import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { silentLog } from '../observability/log.ts'
import { startTestCluster, type TestCluster, testDatabase } from '../testing/database.ts'
import { armFaults } from '../testing/failpoint.ts'
import { migrate, type ServiceMigrations } from './migrate.ts'
import { openPool } from './pool.ts'
import { roleOf } from './roles.ts'

// A cluster of its own: roles belong to the cluster, and these tests count on which of them exist.
let cluster: TestCluster
before(async () => {
  cluster = await startTestCluster()
})
after(() => cluster.stop())

let databases = 0

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

/** An empty database, optionally belonging to a new login role without any privilege besides. */
async function emptyDatabase(owner?: string, attributes = '', at = cluster): Promise<string> {
  databases += 1
  const name = `empty_${databases}`
  if (owner !== undefined)
    await query(at.url, `create role ${owner} login password 'x' ${attributes}`)
  await query(at.url, `create database ${name} ${owner === undefined ? '' : `owner ${owner}`}`)
  const url = new URL(at.url)
  url.pathname = `/${name}`
  if (owner !== undefined) {
    url.username = owner
    url.password = 'x'
  }
  return url.href
}

interface Folder {
  readonly url: URL
  write(name: string, text: string): Promise<void>
}

async function folder(t: TestContext, files: Record<string, string> = {}): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'rialto-migrations-'))
  t.after(() => rm(path, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  return {
    url: pathToFileURL(path),
    write: (name, text) => writeFile(join(path, name), text),
  }
}

const run = (url: string, ...services: ServiceMigrations[]) =>
  migrate({ url, services, log: silentLog })

const SHELF = {
  '0001-books.sql': `create table shelf.books (id int primary key);`,
  '0002-authors.sql': `create table shelf.authors (id int primary key);
    create function shelf.one() returns int language plpgsql as $$ begin return 1; end $$;`,
}

test('migrate – an empty database – applies every file in order, and a second time none', async (t) => {
  const url = await emptyDatabase()
  const shelf = { name: 'shelf', migrations: (await folder(t, SHELF)).url }
  const first = await run(url, shelf)
  assert.equal(first.roles, 'separate')
  assert.equal(first.applied[0], 'kernel/0001-kernel.sql')
  assert.deepEqual(first.applied.slice(-2), ['shelf/0001-books.sql', 'shelf/0002-authors.sql'])
  const second = await run(url, shelf)
  assert.deepEqual(second, { roles: 'separate', applied: [] })
})

test('migrate – a server older than is known to work – is refused in words, and nothing is done', async (t) => {
  const url = await emptyDatabase()
  const { query: real } = pg.Client.prototype
  const asked: string[] = []
  t.mock.method(pg.Client.prototype, 'query', function (this: pg.Client, text: string) {
    asked.push(text)
    return text.includes('server_version_num')
      ? Promise.resolve({ rows: [{ number: '140017', text: '14.17' }] })
      : (real as (text: string) => unknown).call(this, text)
  })
  await assert.rejects(run(url), /^Error: PostgreSQL 15 or newer is needed; the server is 14\.17$/)
  assert.equal(asked.length, 1)
})

test('migrate – a new file after the others – is the only one applied', async (t) => {
  const url = await emptyDatabase()
  const files = await folder(t, SHELF)
  await run(url, { name: 'shelf', migrations: files.url })
  await files.write('0003-more.sql', 'create table shelf.more (id int);')
  const { applied } = await run(url, { name: 'shelf', migrations: files.url })
  assert.deepEqual(applied, ['shelf/0003-more.sql'])
})

test('migrate – four processes at once on an empty database – each file is applied once and all end well', async (t) => {
  const url = await emptyDatabase()
  const shelf = { name: 'shelf', migrations: (await folder(t, SHELF)).url }
  const results = await Promise.all([1, 2, 3, 4].map(() => run(url, shelf)))
  const applied = results.flatMap((result) => result.applied)
  assert.equal(new Set(applied).size, applied.length)
  assert.ok(applied.length >= 3)
})

test('migrate – several databases of one cluster at once – share the roles they make at the same moment', async () => {
  const urls = await Promise.all([
    emptyDatabase(),
    emptyDatabase(),
    emptyDatabase(),
    emptyDatabase(),
  ])
  const services = ['racer_a', 'racer_b', 'racer_c'].map((name) => ({ name }))
  const results = await Promise.all(urls.map((url) => run(url, ...services)))
  assert.deepEqual(
    results.map((result) => result.roles),
    ['separate', 'separate', 'separate', 'separate'],
  )
  const roles = await query<{ rolname: string }>(
    cluster.url,
    `select rolname from pg_roles where rolname like 'rialto_racer_%' order by 1`,
  )
  assert.deepEqual(
    roles.map((row) => row.rolname),
    ['rialto_racer_a', 'rialto_racer_b', 'rialto_racer_c'],
  )
})

test('migrate – an applied file that was changed – is refused by name, and nothing is applied', async (t) => {
  const url = await emptyDatabase()
  const files = await folder(t, SHELF)
  await run(url, { name: 'shelf', migrations: files.url })
  await files.write('0001-books.sql', 'create table shelf.books (id bigint primary key);')
  await files.write('0003-more.sql', 'create table shelf.more (id int);')
  await assert.rejects(
    run(url, { name: 'shelf', migrations: files.url }),
    /shelf\/0001-books\.sql was changed after it had been applied/,
  )
  const [more] = await query<{ there: boolean }>(
    url,
    `select to_regclass('shelf.more') is not null as there`,
  )
  assert.equal(more?.there, false)
})

test('migrate – other line ends in an applied file – are no change', async (t) => {
  const url = await emptyDatabase()
  const files = await folder(t, SHELF)
  await run(url, { name: 'shelf', migrations: files.url })
  await files.write('0002-authors.sql', SHELF['0002-authors.sql'].replaceAll('\n', '\r\n'))
  assert.deepEqual((await run(url, { name: 'shelf', migrations: files.url })).applied, [])
})

test('migrate – a file with an error – names file and line, keeps the files before it and nothing of it', async (t) => {
  const url = await emptyDatabase()
  const files = await folder(t, SHELF)
  await files.write('0003-broken.sql', 'create table shelf.half (id int);\nselect nonsense;')
  await assert.rejects(
    run(url, { name: 'shelf', migrations: files.url }),
    /shelf\/0003-broken\.sql, line 2: column "nonsense" does not exist/,
  )
  const [left] = await query(
    url,
    `select to_regclass('shelf.half') as half, to_regclass('shelf.authors')::text as authors`,
  )
  assert.deepEqual(left, { half: null, authors: 'shelf.authors' })
  await files.write('0003-broken.sql', 'create table shelf.half (id int);')
  const { applied } = await run(url, { name: 'shelf', migrations: files.url })
  assert.deepEqual(applied, ['shelf/0003-broken.sql'])
})

test('migrate – a failure at any file – is made good by the next run', async (t) => {
  const url = await emptyDatabase()
  const shelf = { name: 'shelf', migrations: (await folder(t, SHELF)).url }
  t.after(() => armFaults(''))
  armFaults('migrate.step:2:throw')
  await assert.rejects(run(url, shelf), /failpoint migrate\.step/)
  armFaults('')
  const { applied } = await run(url, shelf)
  assert.ok(!applied.includes('kernel/0001-kernel.sql'))
  assert.ok(applied.includes('shelf/0001-books.sql'))
})

test('migrate – a file that commits by itself – is refused', async (t) => {
  const url = await emptyDatabase()
  const files = await folder(t, { '0001-commits.sql': 'create table shelf.t (id int); commit;' })
  await assert.rejects(
    run(url, { name: 'shelf', migrations: files.url }),
    /must not contain COMMIT/,
  )
})

test('migrate – a file name out of the pattern, or a service name that is reserved – is refused', async (t) => {
  const url = await emptyDatabase()
  const files = await folder(t, { '1-first.sql': 'select 1' })
  await assert.rejects(run(url, { name: 'shelf', migrations: files.url }), /not named NNNN-name/)
  for (const name of ['bus', 'services', 'pg_x', 'Shelf', 'a; drop'])
    await assert.rejects(run(url, { name }), /cannot be a service's name/)
})

test('roles – a service – owns its tables and cannot touch another service’s, not even to see its schema', async (t) => {
  const shelf = { name: 'shelf', migrations: (await folder(t, SHELF)).url }
  const db = await testDatabase(t, { services: [shelf, { name: 'reader' }] })
  const owner = await db.pool.query(`select tableowner from pg_tables where schemaname = 'shelf'`)
  assert.deepEqual(owner.rows, [{ tableowner: 'rialto_shelf' }, { tableowner: 'rialto_shelf' }])
  await db.poolFor('shelf').query('insert into shelf.books values (1)')
  const reader = db.poolFor('reader')
  for (const statement of [
    'select * from shelf.books',
    'insert into shelf.books values (2)',
    'select shelf.one()',
    'create table shelf.mine (id int)',
    'create table public.mine (id int)',
    'create table kernel.mine (id int)',
    'select * from kernel.migrations',
  ])
    await assert.rejects(reader.query(statement), { code: '42501' }, statement)
})

test('roles – a user that may create roles but is no superuser – gets separate roles and can act as them', async (t) => {
  const fresh = await startTestCluster()
  t.after(() => fresh.stop())
  const url = await emptyDatabase('limited', 'createrole', fresh)
  const ward = { name: 'ward', migrations: (await folder(t, wardFiles)).url }
  assert.equal((await run(url, ward)).roles, 'separate')
  const pool = openPool({ url, role: roleOf('ward'), applicationName: 'limited' })
  t.after(() => pool.end())
  const { rows } = await pool.query(
    'insert into ward.beds values (1) returning current_user, session_user',
  )
  assert.deepEqual(rows, [{ current_user: 'rialto_ward', session_user: 'limited' }])
  assert.deepEqual(await run(url, ward), { roles: 'separate', applied: [] })
})

test('roles – made by another administrator who did not share them – leave one role for everything', async () => {
  await run(await emptyDatabase(), { name: 'stranger' })
  const url = await emptyDatabase('newcomer', 'createrole')
  assert.equal((await run(url, { name: 'stranger' })).roles, 'single')
})

const wardFiles = { '0001-beds.sql': 'create table ward.beds (id int primary key);' }

test('roles – a user that may not create roles – everything runs under that one, and it is said', async (t) => {
  const url = await emptyDatabase('plain')
  const shelf = { name: 'lonely', migrations: (await folder(t, lonelyFiles)).url }
  const first = await run(url, shelf)
  assert.equal(first.roles, 'single')
  const [table] = await query(url, `select tableowner from pg_tables where schemaname = 'lonely'`)
  assert.deepEqual(table, { tableowner: 'plain' })
  assert.deepEqual(await run(url, shelf), { roles: 'single', applied: [] })
})

const lonelyFiles = { '0001-things.sql': 'create table lonely.things (id int primary key);' }

test('roles – made beforehand by an administrator – are used by a user that may not create them', async (t) => {
  await run(await emptyDatabase(), { name: 'prepared' })
  const url = await emptyDatabase('tenant')
  await query(cluster.url, 'grant rialto_prepared to tenant')
  const files = await folder(t, { '0001-t.sql': 'create table prepared.t (id int);' })
  const { roles } = await run(url, { name: 'prepared', migrations: files.url })
  assert.equal(roles, 'separate')
  const [table] = await query(url, `select tableowner from pg_tables where schemaname = 'prepared'`)
  assert.deepEqual(table, { tableowner: 'rialto_prepared' })
})
