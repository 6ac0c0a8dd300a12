// Connections. Every pool pipelines, so that a transaction's last statements and its COMMIT travel together; bigint columns
// arrive as bigint, timestamps as epoch milliseconds, jsonb as values. One pool a service, under that service's role.

import pg from 'pg'

const INT8 = 20
const TIMESTAMPTZ = 1184
const READING_MAX = 3
const STATEMENT_TIMEOUT_MS = 5_000
/**
 * Four times what the server itself allows a statement, because one waits for those that were sent before it. Who has not heard by
 * then will not: the server, or the way to it, is gone without a word.
 */
export const SILENCE_MS = 20_000
const KEEP_ALIVE_MS = 10_000

/** PostgreSQL text of a timestamptz (`2026-01-02 03:04:05.678+00`) to epoch milliseconds. */
const parseInstant = (text: string): number => Date.parse(`${text.replace(' ', 'T')}:00`)

const parsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return BigInt
    if (oid === TIMESTAMPTZ) return parseInstant
    return pg.types.getTypeParser(oid, format)
  }) as typeof pg.types.getTypeParser,
}

export interface PoolOptions {
  readonly url: string
  /** Database role the connections act as; absent: the URL's own. */
  readonly role?: string
  readonly applicationName: string
  readonly max?: number
  /** Milliseconds after which an unused connection is closed. */
  readonly idleMs?: number
  /** Own statements may take long; absent: 5 s. Then nobody guesses from silence that the server is gone. */
  readonly statementTimeoutMs?: number
  /** Milliseconds of silence after which a connection is given up. */
  readonly silenceMs?: number
}

/**
 * Has a connection fail whose server vanished without closing it, as a machine that lost power or its network does. Unused, it would
 * be found out by the system after two hours; in use, after a quarter of one. In a pipeline the driver then drops the connection.
 */
export const givingUp = (silenceMs: number) => ({
  keepAlive: true,
  keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  query_timeout: silenceMs,
})

/** A service's connections. */
export class ServicePool extends pg.Pool {
  /** Connections whose sessions may only read; more than one, so that a slow list holds up nobody else. */
  readonly reading: pg.Pool

  constructor(config: pg.PoolConfig) {
    super(config)
    this.reading = new pg.Pool({
      ...config,
      options: `${config.options} -c default_transaction_read_only=on`,
      max: READING_MAX,
    })
  }

  override async end(): Promise<void> {
    await Promise.all([super.end(), this.reading.end()])
  }
}

/** Opens a pool. Sessions run in UTC with short time-outs: a stuck lock must become an error, not a stuck shop. */
export function openPool(options: PoolOptions): ServicePool {
  const settings = [
    '-c TimeZone=UTC',
    '-c lock_timeout=2000',
    `-c statement_timeout=${options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS}`,
    '-c idle_in_transaction_session_timeout=10000',
    '-c jit=off',
    ...(options.role === undefined ? [] : [`-c role=${options.role}`]),
  ]
  const { silenceMs = options.statementTimeoutMs === undefined ? SILENCE_MS : 0 } = options
  const pool = new ServicePool({
    ...givingUp(silenceMs),
    connectionString: options.url,
    application_name: options.applicationName,
    options: settings.join(' '),
    max: options.max ?? 10,
    idleTimeoutMillis: options.idleMs ?? 10_000,
    connectionTimeoutMillis: 5_000,
    types: parsers,
    ...({ pipeline: true } as object),
  })
  for (const one of [pool, pool.reading]) {
    // An idle connection that dies with its server raises here; the next checkout reconnects, so there is nothing to do.
    one.on('error', () => undefined)
    // One in use raises on itself besides failing its statements; unheard, that would end the process.
    one.on('connect', (client) => client.on('error', () => undefined))
  }
  return pool
}
