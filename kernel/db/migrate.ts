// Brings a database to what this code expects: the kernel's files first, then each service's in its own schema and under its
// own role. One process at a time (an advisory lock; the others wait and find the work done), one transaction a file with its
// bookkeeping row, so that a crash leaves whole files only and the next start goes on. An applied file never changes: a
// different checksum is an error, because databases would differ without anyone knowing.

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import type { Logger } from '../observability/log.ts'
import { failpoint } from '../testing/failpoint.ts'
import { ensureRoles, GROUP_ROLE, type RoleMode, roleOf, wasSingle } from './roles.ts'

const OLDEST_VERSION = 150_000
/** "rialto" in ASCII: one lock in each database. */
const LOCK_KEY = '125780071117935'
const KERNEL = 'kernel'
const KERNEL_MIGRATIONS = new URL('../migrations/', import.meta.url)

export interface ServiceMigrations {
  readonly name: string
  /** Folder of `NNNN-name.sql` files. Absent: the service gets its role and schema only. */
  readonly migrations?: URL
}

export interface MigrateOptions {
  readonly url: string
  readonly services: readonly ServiceMigrations[]
  readonly log: Logger
}

export interface MigrateResult {
  readonly roles: RoleMode
  /** `service/file` of what this call applied, in order. */
  readonly applied: readonly string[]
}

interface MigrationFile {
  readonly service: string
  readonly name: string
  readonly text: string
  readonly checksum: string
}

/** The files of one folder in order. Line ends do not count: git may change them on checkout. */
export async function readMigrations(service: string, folder: URL): Promise<MigrationFile[]> {
  const base = folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`)
  const names = (await readdir(base)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      if (!/^\d{4}-[a-z0-9-]+\.sql$/.test(name))
        throw new Error(`migration ${service}/${name} is not named NNNN-name.sql`)
      const text = (await readFile(new URL(name, base), 'utf8')).replaceAll('\r\n', '\n')
      const checksum = createHash('sha256').update(text).digest('hex')
      return { service, name, text, checksum }
    }),
  )
}

/** Every file of the kernel and these services, in the order of application. */
export async function plan(services: readonly ServiceMigrations[]): Promise<MigrationFile[]> {
  const files = await readMigrations(KERNEL, KERNEL_MIGRATIONS)
  for (const { name, migrations } of services)
    if (migrations !== undefined) files.push(...(await readMigrations(name, migrations)))
  return files
}

async function requireVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: string; text: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as text`,
  )
  if (Number(rows[0]?.number) < OLDEST_VERSION)
    throw new Error(`PostgreSQL 15 or newer is needed; the server is ${rows[0]?.text}`)
}

async function takeLock(client: pg.Client, log: Logger): Promise<void> {
  const { rows } = await client.query(`select pg_try_advisory_lock(${LOCK_KEY}) as got`)
  if (rows[0]?.got === true) return
  log.info({}, 'another process is migrating this database; waiting for it')
  await client.query(`select pg_advisory_lock(${LOCK_KEY})`)
}

async function appliedChecksums(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query(
    `select to_regclass('kernel.migrations') is not null as there`,
  )
  if (rows[0]?.there !== true) return new Map()
  const applied = await client.query<{ id: string; checksum: string }>(
    `select service || '/' || name as id, checksum from kernel.migrations`,
  )
  return new Map(applied.rows.map((row) => [row.id, row.checksum]))
}

/** Which transaction we are in; a file that ends it (`commit`) would otherwise be half-done without anyone seeing. */
async function transactionId(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>('select pg_current_xact_id()::text as id')
  return rows[0]?.id ?? ''
}

async function apply(client: pg.Client, file: MigrationFile, roles: RoleMode): Promise<void> {
  // With one role only, what the kernel grants to services it grants to ourselves, which changes nothing.
  const text = roles === 'single' ? file.text.replaceAll(GROUP_ROLE, 'current_user') : file.text
  await client.query('begin')
  try {
    const before = await transactionId(client)
    if (file.service !== KERNEL && roles === 'separate')
      await client.query(`set local role ${roleOf(file.service)}`)
    await client.query(text)
    if ((await transactionId(client)) !== before)
      throw new Error('the file ends its own transaction; it must not contain COMMIT or ROLLBACK')
    await client.query('reset role')
    await client.query(
      'insert into kernel.migrations (service, name, checksum) values ($1, $2, $3)',
      [file.service, file.name, file.checksum],
    )
    await failpoint('migrate.step')
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback').catch(() => undefined)
    const { message, position } = cause as Error & { position?: string }
    const line =
      position === undefined ? '' : `, line ${text.slice(0, Number(position)).split('\n').length}`
    throw new Error(`migration ${file.service}/${file.name}${line}: ${message}`, { cause })
  }
}

/** The service's schema, owned by its role; repeated at each start, so that a new service needs no migration of its own. */
async function ensureSchema(client: pg.Client, service: string, roles: RoleMode): Promise<void> {
  const role = roleOf(service)
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [service])
  if (rowCount !== 0) return
  const owner = roles === 'separate' ? ` authorization ${role}` : ''
  await client.query(`create schema "${service}"${owner}`)
}

async function applyAll(
  client: pg.Client,
  options: MigrateOptions,
  roles: RoleMode,
): Promise<string[]> {
  const { services, log } = options
  const done = await appliedChecksums(client)
  const files = await plan(services)
  for (const file of files) {
    const known = done.get(`${file.service}/${file.name}`)
    if (known !== undefined && known !== file.checksum)
      throw new Error(
        `migration ${file.service}/${file.name} was changed after it had been applied to this database. ` +
          'Restore its text and put the change into a new file.',
      )
  }
  const applied: string[] = []
  let current = ''
  for (const file of files) {
    if (file.service !== KERNEL && file.service !== current) {
      await ensureSchema(client, file.service, roles)
      current = file.service
    }
    const id = `${file.service}/${file.name}`
    if (done.has(id)) continue
    await apply(client, file, roles)
    log.debug({ migration: id }, 'migration applied')
    applied.push(id)
  }
  for (const { name } of services) await ensureSchema(client, name, roles)
  return applied
}

/** Migrates the database. Any number of processes may call it at once. */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'rialto-migrate',
    connectionTimeoutMillis: 10_000,
  })
  // A lost connection also fails the query at hand, which reports it.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await requireVersion(client)
    await takeLock(client, options.log)
    const names = options.services.map((service) => service.name)
    if (new Set(names).size < names.length) throw new Error('two services have the same name')
    let roles = await ensureRoles(client, names)
    if (roles === 'separate' && (await wasSingle(client, names))) roles = 'single'
    return { roles, applied: await applyAll(client, options, roles) }
  } finally {
    // Ends the session and with it the lock.
    await client.end()
  }
}
