// The platform taken apart on a throw-away database, for one piece of work: the outside world is played here, beside the
// processes, as it would be beside any of them.

import { randomBytes } from 'node:crypto'
import type { PlatformConfig } from '@rialto/kernel/config/platform.ts'
import { openScratchDatabase } from '@rialto/kernel/db/database.ts'
import { migrate } from '@rialto/kernel/db/migrate.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { openLog } from '@rialto/kernel/observability/log.ts'
import { observerMigrations } from '@rialto/server/observer/service.ts'
import { openSandboxes } from '@rialto/server/sandboxes.ts'
import { services } from '@rialto/server/services.ts'
import { Fleet } from './fleet.ts'
import { APART } from './layout.ts'

type Environment = Readonly<Record<string, string | undefined>>

const present = (settings: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )

/** Starts every service as a process of its own, works, and stops all. `environment` is passed on to all of them. */
export async function onFleet<T>(
  config: PlatformConfig,
  environment: Environment,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const log = openLog({ level: config.logLevel })
  const database = await openScratchDatabase({ durable: true })
  const sandboxes = await openSandboxes({ config, clock: systemClock, log, journal: undefined })
  try {
    await migrate({ url: database.url, services: [...services, observerMigrations], log })
    const fleet = await Fleet.open({
      layout: APART,
      settings: {
        ...present(environment),
        ...present(sandboxes.settings),
        LOG_LEVEL: config.logLevel,
        DATABASE_URL: database.url,
        MASTER_KEY: randomBytes(32).toString('base64'),
        DATA_DIR: config.dataDir,
      },
    })
    try {
      sandboxes.connect(fleet.url)
      const result = await work(fleet.url)
      await fleet.stop()
      return result
    } catch (error) {
      process.stderr.write(`${fleet.words}\n`)
      throw error
    } finally {
      await fleet.cut()
    }
  } finally {
    await sandboxes.close()
    await database.stop()
  }
}
