// The whole platform in one process: which services there are, what they stand on, and in which order it all comes up and goes
// down. Wired by hand in one readable place; nothing is found by a container.

import { join } from 'node:path'
import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import { openGateway } from '@rialto/gateway/service.ts'
import type { PlatformConfig } from '@rialto/kernel/config/platform.ts'
import { openDatabase, openScratchDatabase } from '@rialto/kernel/db/database.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { type Host, openHost } from '@rialto/kernel/host/host.ts'
import { systemIds } from '@rialto/kernel/host/ids.ts'
import { openSecurity } from '@rialto/kernel/host/security.ts'
import { health as openHealth } from '@rialto/kernel/observability/health.ts'
import { type Logger, openLog } from '@rialto/kernel/observability/log.ts'
import { kernelMetrics, openMetrics } from '@rialto/kernel/observability/metrics.ts'
import type { Clock } from '@rialto/kernel/pure/time.ts'
import type { Environment } from '@rialto/kernel/service/context.ts'
import { openRecorder } from '@rialto/kernel/trace/recorder.ts'
import { openYooKassa, type YooKassa } from '@rialto/sandbox/yookassa/server.ts'
import { documentsOf } from './documents.ts'
import { observer } from './observer/service.ts'
import { interactionSink } from './observer/sink.ts'
import { groupsOf, services } from './services.ts'

const SANDBOX_SHOP = { shopId: '100500', secretKey: 'test_sandbox_only' } as const

export interface PlatformOptions {
  readonly config: PlatformConfig
  /** A database that goes with this process, instead of the one in the data directory. */
  readonly scratch?: boolean
  /** Writes the demo shop and its logins. */
  readonly demo?: boolean
  readonly clock?: Clock
  /** Settings for the services beyond the configuration, such as quicker schedules in tests. */
  readonly settings?: Readonly<Record<string, string | undefined>>
  readonly bus?: { tickMs?: number; retryDelaysMs?: readonly number[] }
  /** Where the sandbox keeps its books over a kill. */
  readonly journal?: string
}

export interface Platform {
  readonly url: string
  readonly host: Host
  readonly env: Environment
  readonly sandbox: YooKassa | undefined
  readonly databaseUrl: string
  /** Hands over what the recorder still holds. */
  flush(): Promise<void>
  stop(): Promise<void>
}

async function openSandbox(
  options: PlatformOptions,
  clock: Clock,
  log: Logger,
): Promise<YooKassa | undefined> {
  if (options.config.yookassa !== undefined) return undefined
  return openYooKassa({
    clock,
    ...SANDBOX_SHOP,
    log,
    ...(options.journal === undefined ? {} : { journal: options.journal }),
  })
}

function settingsOf(
  options: PlatformOptions,
  sandbox: YooKassa | undefined,
): Record<string, string | undefined> {
  const { yookassa } = options.config
  const provider =
    sandbox === undefined
      ? {
          YOOKASSA_URL: yookassa?.url,
          YOOKASSA_SHOP_ID: yookassa?.shopId,
          YOOKASSA_SECRET_KEY: yookassa?.secretKey,
        }
      : {
          YOOKASSA_URL: sandbox.url,
          YOOKASSA_SHOP_ID: SANDBOX_SHOP.shopId,
          YOOKASSA_SECRET_KEY: SANDBOX_SHOP.secretKey,
        }
  return { ...provider, ...options.settings }
}

/** Brings the platform up; it answers requests when this resolves. */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { config } = options
  const clock = options.clock ?? systemClock
  const ids = systemIds(clock)
  const log = openLog({ level: config.logLevel })
  const instance = `${config.instance ?? 'rialto'}-${ids.uuid().slice(-8)}`
  const database = options.scratch
    ? await openScratchDatabase({ durable: true })
    : await openDatabase({
        dataDir: config.dataDir,
        log,
        ...(config.databaseUrl === undefined ? {} : { url: config.databaseUrl }),
      })
  const sandbox = await openSandbox(options, clock, log)
  const security = await openSecurity({
    dataDir: config.dataDir,
    masterKey: config.masterKey,
    clock,
    ids,
  })
  const sink = interactionSink(instance, { clock, ids })
  const recorder = openRecorder({ sink: sink.send, rate: config.recorderRate })
  const env: Environment = { clock, ids, log, recorder }
  const metrics = openMetrics({ runtime: true })
  const figures = kernelMetrics(metrics)
  const health = openHealth()
  const watched = observer({
    groups: groupsOf(services),
    participants: new Map(services.map((s) => [s.name, s.participant])),
    pool: () => host.pool,
    lossy: () => config.recorderRate < 1 || recorder.lost > 0,
  })
  const all = [...services, watched]
  const host = await openHost({
    url: database.url,
    env,
    services: all,
    topics: [InteractionsRecorded.topic],
    settings: settingsOf(options, sandbox),
    security,
    instance,
    ...(options.bus === undefined ? {} : { bus: options.bus }),
  })
  sink.connect(host)
  if (host.roles === 'single')
    log.warn(
      {},
      'this database user may not create roles: all services share one, and only the code keeps them apart',
    )
  if (options.demo) await host.seed()
  health.add('database', async () => {
    await host.pool.query('select 1')
  })
  const gateway = await openGateway({
    mounted: host.mounted,
    env,
    verifier: security.verifierOf(['public']),
    host: config.host,
    port: config.port,
    health,
    metrics,
    figures,
    documents: documentsOf(all),
  })
  await host.start()
  sandbox?.control.setNotificationUrl(`${gateway.url}/webhooks/yookassa`)
  health.hold(undefined)
  return {
    url: gateway.url,
    host,
    env,
    sandbox,
    databaseUrl: database.url,
    flush: () => recorder.flush(),
    async stop() {
      health.hold('shutting down')
      await gateway.close()
      await recorder.stop()
      await host.stop()
      await sandbox?.close()
      await database.stop()
    },
  }
}

/** Where the in-process sandbox keeps its books, so that they survive a kill of the platform. */
export const journalOf = (config: PlatformConfig): string =>
  join(config.dataDir, 'yookassa.journal')
