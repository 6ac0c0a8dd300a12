// The platform taken apart on a throw-away database, for one piece of work: every service in a process of its own, and the outside
// world played in one more.

import { randomBytes } from 'node:crypto'
import type { PlatformConfig } from '@rialto/kernel/config/platform.ts'
import { openScratchDatabase } from '@rialto/kernel/db/database.ts'
import { migrate } from '@rialto/kernel/db/migrate.ts'
import { openLog } from '@rialto/kernel/observability/log.ts'
import { observerMigrations } from '@rialto/server/observer/service.ts'
import { services } from '@rialto/server/services.ts'
import { Fleet } from './fleet.ts'
import { APART } from './layout.ts'
import { launchOutside, type Outside } from './outside.ts'

type Environment = Readonly<Record<string, string | undefined>>

const present = (settings: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )

interface Ground {
  readonly databaseUrl: string
  readonly outside: Outside
}

async function onGround<T>(
  { databaseUrl, outside }: Ground,
  { config, environment }: Given,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const fleet = await Fleet.open({
    layout: APART,
    settings: {
      // What the environment has of the real world stands before what is played.
      ...outside.settings,
      ...present(environment),
      LOG_LEVEL: config.logLevel,
      DATABASE_URL: databaseUrl,
      MASTER_KEY: randomBytes(32).toString('base64'),
      DATA_DIR: config.dataDir,
    },
  })
  try {
    await outside.connect(fleet.url)
    const result = await work(fleet.url)
    await fleet.stop()
    return result
  } catch (error) {
    process.stderr.write(`${fleet.words}\n`)
    throw error
  } finally {
    await fleet.cut()
  }
}

interface Given {
  readonly config: PlatformConfig
  /** Passed on to every process. */
  readonly environment: Environment
}

/** Starts every service as a process of its own, works, and stops all. */
export async function onFleet<T>(given: Given, work: (url: string) => Promise<T>): Promise<T> {
  const { logLevel, dataDir } = given.config
  const log = openLog({ level: logLevel })
  const database = await openScratchDatabase({ durable: true })
  try {
    await migrate({ url: database.url, services: [...services, observerMigrations], log })
    const outside = await launchOutside(dataDir)
    try {
      return await onGround({ databaseUrl: database.url, outside }, given, work)
    } finally {
      await outside.close()
    }
  } finally {
    await database.stop()
  }
}
