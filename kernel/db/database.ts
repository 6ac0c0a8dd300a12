// Where the database is: the one that DATABASE_URL names, or our embedded one below the data directory. The embedded one is
// brought back when it crashes while we run, on the same port, so that pools find it again; what was committed is there. One that is
// stopped and started again has that port too, if it is still free. A second process on the same data directory uses the first
// one's server instead of starting another, and runs it when the first has ended.

import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from '../observability/log.ts'
import { ownerOf, reaches, serverAccount } from './embedded/account.ts'
import { serverUrl } from './embedded/address.ts'
import { DataDirectoryInUse, liveOwner, locate, runningServer } from './embedded/cluster.ts'
import { scratchDirectory } from './embedded/scratch.ts'
import { Supervisor } from './embedded/supervisor.ts'
import { startEmbedded } from './embedded.ts'

const DATABASE = 'rialto'
const DUPLICATE_DATABASE = '42P04'
/** Not a temporary directory: this is money. */
const OPEN_PLACE = '/var/lib/rialto'
const JOIN_TIMEOUT_MS = 60_000

export interface Database {
  readonly url: string
  /** Whose server it is: somebody's, ours, or the one that another process of ours runs on the same data directory. */
  readonly kind: 'external' | 'embedded' | 'joined'
  stop(): Promise<void>
}

export interface DatabaseOptions {
  /** Of a PostgreSQL 15 or newer; absent: the embedded server is started. */
  readonly url?: string
  /** Holds the embedded server's data in `pg`, and its password. */
  readonly dataDir: string
  /** A fixed port for the embedded server; absent: a free one. */
  readonly port?: number
  /** Where root keeps data whose own place the server's account cannot enter. */
  readonly openPlace?: string
  /** Whether it runs the server when the process that did so ends. Unless said, it does. */
  readonly takesOver?: boolean
  readonly log: Logger
}

/** The password is random and stays with the data, readable for us alone. */
function keptPassword(dataDir: string): string {
  const path = join(dataDir, 'pg-password')
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  if (existsSync(join(dataDir, 'pg', 'PG_VERSION')))
    throw new Error(
      `${path} is missing, without it the database in ${dataDir}/pg cannot be opened; restore it`,
    )
  const password = randomBytes(24).toString('base64url')
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${password}\n`, { mode: 0o600, flush: true })
  try {
    linkSync(draft, path)
  } catch (error) {
    // Of two processes that start at once, one wins and both use the winner's.
    if (!existsSync(path)) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(path, 'utf8').trim()
}

/**
 * The directory of the server's data. Root gives the server away to an account that may be unable to enter the data
 * directory (a clone below /root); the data then goes to a place that is open, and a link in the data directory leads there.
 */
function dataPlace(dataDir: string, { openPlace = OPEN_PLACE, log }: DatabaseOptions): string {
  const link = join(dataDir, 'pg')
  const linked = lstatSync(link, { throwIfNoEntry: false })
  if (linked?.isSymbolicLink()) {
    const place = resolve(dataDir, readlinkSync(link))
    if (existsSync(dirname(place))) return place
    throw new Error(`${link} leads to ${place}, which is gone; restore it, or remove the link`)
  }
  const account = (linked === undefined ? undefined : ownerOf(link)) ?? serverAccount()
  if (!reaches(account, dataDir) && reaches(account, dirname(dataDir)))
    chmodSync(dataDir, statSync(dataDir).mode | 0o011)
  // Data that is there already is never moved; if it cannot be reached, the start says so.
  if (linked !== undefined || reaches(account, dataDir)) return link
  mkdirSync(openPlace, { recursive: true, mode: 0o755 })
  const place = mkdtempSync(join(openPlace, 'data-'))
  chmodSync(place, 0o711)
  symlinkSync(join(place, 'pg'), link)
  log.warn(
    { place },
    `PostgreSQL refuses root and its account cannot enter ${dataDir}: the data is kept in ${place}/pg`,
  )
  return join(place, 'pg')
}

async function ensureDatabase(at: string): Promise<string> {
  const client = new pg.Client({ connectionString: at, application_name: 'rialto-start' })
  await client.connect()
  try {
    const found = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`)
  } catch (error) {
    if ((error as { code?: string }).code !== DUPLICATE_DATABASE) throw error
  } finally {
    await client.end()
  }
  const url = new URL(at)
  url.pathname = `/${DATABASE}`
  return url.href
}

/** The server that another process of ours runs here; waits while that one is starting. */
async function joinServer(place: string, password: string): Promise<{ url: string; port: number }> {
  const end = performance.now() + JOIN_TIMEOUT_MS
  for (;;) {
    const server = runningServer(place)
    if (server !== undefined) {
      const url = serverUrl({ dataDir: place, port: server.port, password })
      const made = await ensureDatabase(url).catch(() => undefined)
      if (made !== undefined) return { url: made, port: server.port }
    }
    if (liveOwner(place) === undefined || performance.now() > end)
      throw new Error(
        `the process that runs the database in ${place} ended or does not get it ready`,
      )
    await pause(100)
  }
}

async function openEmbedded(options: DatabaseOptions): Promise<Database> {
  const { log } = options
  const dataDir = resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true, mode: 0o711 })
  const place = dataPlace(dataDir, options)
  const password = keptPassword(dataDir)
  const supervisor = new Supervisor({
    start: (port, onCrash) =>
      startEmbedded({
        dataDir: place,
        password,
        onCrash,
        ...(port === undefined ? {} : { port }),
      }),
    log,
    takesOver: options.takesOver ?? true,
  })
  const stop = () => supervisor.stop()
  try {
    const server = await supervisor.begin(options.port)
    if (server.recovered)
      log.warn({}, 'the database had not been stopped in order; PostgreSQL has recovered it')
    return { url: await ensureDatabase(server.url), kind: 'embedded', stop }
  } catch (error) {
    if (!(error instanceof DataDirectoryInUse)) {
      await supervisor.stop()
      throw error
    }
    log.info({}, `${error.message}; using it`)
    const { dataDir: served } = locate(place)
    const { url, port } = await joinServer(served, password)
    supervisor.join(served, port)
    return { url, kind: 'joined', stop }
  }
}

/** The database to work on. Call `stop` last, after every pool was closed. */
export function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url } = options
  if (url === undefined || url === '') return openEmbedded(options)
  return Promise.resolve({ url, kind: 'external', stop: async () => undefined })
}

/** A database that goes with this process, however that ends: for demonstrations, benches and tests. */
export async function openScratchDatabase(
  options: { durable?: boolean; settings?: Readonly<Record<string, string>> } = {},
): Promise<Database> {
  const rubbish = scratchDirectory({ inMemory: options.durable !== true })
  const server = await startEmbedded({
    dataDir: join(rubbish, 'data'),
    password: randomBytes(16).toString('hex'),
    durable: options.durable === true,
    rubbish,
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  })
  return { url: await ensureDatabase(server.url), kind: 'embedded', stop: server.stop }
}
