// For commands that look after a platform: the database of the one in DATA_DIR (running or not) or at DATABASE_URL.

import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { type PlatformConfig, platformConfig } from '@rialto/kernel/config/platform.ts'
import { openDatabase } from '@rialto/kernel/db/database.ts'
import { explainUnusable, isUnmigrated } from '@rialto/kernel/db/errors.ts'
import { openPool, type ServicePool } from '@rialto/kernel/db/pool.ts'
import { type Logger, openLog } from '@rialto/kernel/observability/log.ts'
import { Failed } from './command.ts'

export interface Operator {
  readonly config: PlatformConfig
  readonly url: string
  readonly pool: ServicePool
  readonly log: Logger
}

/** Opens the database, whatever is in it, for one piece of work and closes it again. */
export async function onDatabase<T>(work: (operator: Operator) => Promise<T>): Promise<T> {
  const config = platformConfig({ LOG_LEVEL: 'warn', ...processEnvironment() })
  const log = openLog({ level: config.logLevel })
  const database = await openDatabase({
    dataDir: config.dataDir,
    log,
    // At our end we would stop it under the platform that has joined it.
    takesOver: false,
    ...(config.databaseUrl === undefined ? {} : { url: config.databaseUrl }),
  })
  const pool = openPool({
    url: database.url,
    applicationName: 'rialto-cli',
    max: 2,
    statementTimeoutMs: 60_000,
  })
  try {
    return await work({ config, url: database.url, pool, log })
  } catch (cause) {
    const why = config.databaseUrl === undefined ? undefined : explainUnusable(cause)
    throw why === undefined ? cause : new Failed(why, { cause })
  } finally {
    await pool.end()
    await database.stop()
  }
}

/** The same where a platform has to be in it. */
export async function asOperator<T>(work: (operator: Operator) => Promise<T>): Promise<T> {
  try {
    return await onDatabase(work)
  } catch (cause) {
    if (!isUnmigrated(cause)) throw cause
    throw new Failed(
      'there is no platform in this database: check DATA_DIR or DATABASE_URL, or run rialto migrate',
      { cause },
    )
  }
}
