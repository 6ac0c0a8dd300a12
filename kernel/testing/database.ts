// Real databases for tests. One throw-away cluster a test process, or the one that tools/test.ts started for the whole run
// (TEST_PG_URL); in it a template, migrated once and keyed by what the migration files say; each test gets a clone, in tens of
// milliseconds. Nothing survives the process, even a killed one: the watchdog stops the cluster and removes its directory.

import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import pg from 'pg'
import { scratchDirectory } from '../db/embedded/scratch.ts'
import { type Embedded, startEmbedded } from '../db/embedded.ts'
import { migrate, plan, type ServiceMigrations } from '../db/migrate.ts'
import type { ServicePool } from '../db/pool.ts'
import { openPool } from '../db/pool.ts'
import { roleOf } from '../db/roles.ts'
import { silentLog } from '../observability/log.ts'
import { freePort } from './servers/watched.ts'

const CLOSE_TIMEOUT_MS = 15_000

export interface TestCluster {
  /** Superuser's, of the database `postgres`; stays the same over restarts. */
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
  /** Orderly stop, unless it is down already, and a start on the same port. */
  restart(): Promise<void>
  /** SIGKILL to the server. `restart` brings it back, through crash recovery. */
  killHard(): Promise<void>
}

/** A cluster in a directory of its own, which goes with it. */
export async function startTestCluster(options: { durable?: boolean } = {}): Promise<TestCluster> {
  const directory = scratchDirectory({ inMemory: options.durable !== true })
  const password = randomBytes(16).toString('hex')
  const start = (port: number): Promise<Embedded> =>
    startEmbedded({
      dataDir: join(directory, 'data'),
      password,
      durable: options.durable === true,
      rubbish: directory,
      // Its shared memory goes with the directory: killed servers left theirs in /dev/shm.
      settings: {
        shared_buffers: '64MB',
        max_wal_size: '512MB',
        dynamic_shared_memory_type: 'mmap',
      },
      port,
    })
  const port = await freePort()
  let server = await start(port)
  let running = true
  const { url } = server
  return {
    url,
    get pid() {
      return server.pid
    },
    async stop() {
      running = false
      await server.stop()
    },
    async restart() {
      if (running) await server.pause()
      server = await start(port)
      running = true
    },
    async killHard() {
      running = false
      await server.killHard()
    },
  }
}

const clusters = new Map<boolean, Promise<{ url: string }>>()

/** The cluster of this process or of this run. Durable ones are never shared: their speed would mislead the others. */
function cluster(durable: boolean): Promise<{ url: string }> {
  const shared = process.env.TEST_PG_URL
  if (shared !== undefined && shared !== '' && !durable) return Promise.resolve({ url: shared })
  let started = clusters.get(durable)
  if (started === undefined) {
    started = startTestCluster({ durable })
    clusters.set(durable, started)
  }
  return started
}

const databaseUrl = (clusterUrl: string, database: string): string => {
  const url = new URL(clusterUrl)
  url.pathname = `/${database}`
  return url.href
}

async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'rialto-test' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Names a template by everything that goes into it: another text, another template. */
async function templateName(services: readonly ServiceMigrations[]): Promise<string> {
  const hash = createHash('sha256')
  for (const { name } of services) hash.update(`${name}\n`)
  for (const file of await plan(services))
    hash.update(`${file.service}/${file.name} ${file.checksum}\n`)
  return `tpl_${hash.digest('hex').slice(0, 16)}`
}

const templates = new Map<string, Promise<string>>()

/** Builds the template under a lock, unless some process has; the rename at the end says that it is whole. */
function ensureTemplate(url: string, services: readonly ServiceMigrations[]): Promise<string> {
  const key = `${url} ${JSON.stringify(services.map((s) => [s.name, s.migrations?.href]))}`
  let made = templates.get(key)
  if (made === undefined) {
    made = buildTemplate(url, services)
    templates.set(key, made)
  }
  return made
}

async function buildTemplate(url: string, services: readonly ServiceMigrations[]): Promise<string> {
  const name = await templateName(services)
  const draft = `${name}_draft`
  await asAdmin(url, async (client) => {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name])
    const found = await client.query('select from pg_database where datname = $1', [name])
    if (found.rowCount === 1) return
    await client.query(`drop database if exists ${draft} with (force)`)
    await client.query(`create database ${draft} template template0 strategy file_copy`)
    await migrate({ url: databaseUrl(url, draft), services, log: silentLog })
    // A template that nobody can connect to can be cloned at any moment.
    await client.query(`alter database ${draft} with allow_connections false`)
    await client.query(`alter database ${draft} rename to ${name}`)
  })
  return name
}

export interface TestDatabaseOptions {
  /** Their roles, schemas and migrations are added to the template. */
  readonly services?: readonly ServiceMigrations[]
  /** Commits wait for the disk; for tests that kill the server. */
  readonly durable?: boolean
  /** How long its end waits for connections that were not given back; absent: 15 s. */
  readonly closeTimeoutMs?: number
}

export interface TestDatabase {
  readonly url: string
  /** As superuser. */
  readonly pool: ServicePool
  /** Under that service's role; the service must be among `services`. */
  poolFor(service: string): ServicePool
  close(): Promise<void>
}

async function endPools(pools: readonly pg.Pool[], withinMs: number): Promise<boolean> {
  const ended = Promise.all(pools.map((pool) => pool.end())).then(() => true)
  let limit: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    limit = setTimeout(() => resolve(false), withinMs)
  })
  try {
    return await Promise.race([ended, late])
  } finally {
    clearTimeout(limit)
  }
}

/** A fresh database with the kernel's schemas, dropped when the test ends. Without a test, the caller closes it. */
export async function testDatabase(
  t: Pick<TestContext, 'after'> | undefined,
  options: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  const { url: clusterUrl } = await cluster(options.durable === true)
  const template = await ensureTemplate(clusterUrl, options.services ?? [])
  const name = `t_${process.pid}_${randomBytes(6).toString('hex')}`
  await asAdmin(clusterUrl, (client) =>
    client.query(`create database ${name} template ${template} strategy file_copy`),
  )
  const url = databaseUrl(clusterUrl, name)
  const pool = openPool({ url, applicationName: 'rialto-test' })
  const byService = new Map<string, ServicePool>()
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    const clean = await endPools(
      [pool, ...byService.values()],
      options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS,
    )
    await asAdmin(clusterUrl, (client) => client.query(`drop database ${name} with (force)`))
    if (!clean) throw new Error('the test ended with a database connection still checked out')
  }
  t?.after(close)
  return {
    url,
    pool,
    poolFor(service) {
      let found = byService.get(service)
      if (found === undefined) {
        found = openPool({ url, applicationName: `rialto-test-${service}`, role: roleOf(service) })
        byService.set(service, found)
      }
      return found
    },
    close,
  }
}
