// The whole platform in one process: what its services stand on, and in which order it all comes up and goes down. Wired by
// hand in one readable place; nothing is found by a container. Which services there are is services.ts.

import { join } from 'node:path'
import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import { openGateway } from '@rialto/gateway/service.ts'
import type { PlatformConfig } from '@rialto/kernel/config/platform.ts'
import { type Database, openDatabase, openScratchDatabase } from '@rialto/kernel/db/database.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { type Host, openHost } from '@rialto/kernel/host/host.ts'
import { systemIds } from '@rialto/kernel/host/ids.ts'
import { openSecurity, type PlatformSecurity } from '@rialto/kernel/host/security.ts'
import { type Health, health as openHealth } from '@rialto/kernel/observability/health.ts'
import { type Logger, openLog } from '@rialto/kernel/observability/log.ts'
import { kernelMetrics, openMetrics } from '@rialto/kernel/observability/metrics.ts'
import type { Clock } from '@rialto/kernel/pure/time.ts'
import { openRpc } from '@rialto/kernel/rpc/server.ts'
import type { Environment } from '@rialto/kernel/service/context.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { openRecorder } from '@rialto/kernel/trace/recorder.ts'
import type { Atol } from '@rialto/sandbox/atol/server.ts'
import type { Mailbox } from '@rialto/sandbox/mailbox/server.ts'
import type { YooKassa } from '@rialto/sandbox/yookassa/server.ts'
import { documentsOf } from './documents.ts'
import { handledReporter, reportBus } from './figures.ts'
import { observer } from './observer/service.ts'
import { interactionSink } from './observer/sink.ts'
import { openSandboxes } from './sandboxes.ts'
import { services as allServices, groupsOf } from './services.ts'

type Settings = Readonly<Record<string, string | undefined>>

export interface PlatformOptions {
  readonly config: PlatformConfig
  /** A database that goes with this process, instead of the one in the data directory. */
  readonly scratch?: boolean
  /** Writes the demo shop and its logins. */
  readonly demo?: boolean
  readonly clock?: Clock
  /** Settings of the services, as the environment has them. */
  readonly settings?: Settings
  readonly bus?: { tickMs?: number; retryDelaysMs?: readonly number[] }
  /** Where the sandbox keeps its books over a kill. */
  readonly journal?: string
  /** Instead of all; for tests that plant deviations. */
  readonly services?: readonly Service[]
  readonly log?: Logger
}

export interface Platform {
  readonly url: string
  /** Where gRPC is served, for our own services. */
  readonly rpcUrl: string
  readonly host: Host
  readonly env: Environment
  readonly security: PlatformSecurity
  readonly sandbox: YooKassa | undefined
  /** The fiscal register, when it is played here. */
  readonly register: Atol | undefined
  /** Where the mails are, when no mail server is configured. */
  readonly mailbox: Mailbox | undefined
  readonly databaseUrl: string
  /** Hands over what the recorder still holds. */
  flush(): Promise<void>
  stop(): Promise<void>
}

/** Where the in-process sandbox keeps its books, so that they survive a kill of the platform. */
export const journalOf = (config: PlatformConfig): string =>
  join(config.dataDir, 'yookassa.journal')

function openStore({ config, scratch }: PlatformOptions, log: Logger): Promise<Database> {
  if (scratch === true) return openScratchDatabase({ durable: true })
  const url = config.databaseUrl === undefined ? {} : { url: config.databaseUrl }
  return openDatabase({ dataDir: config.dataDir, log, ...url })
}

/** What everything else stands on. */
async function openGround(options: PlatformOptions) {
  const { config } = options
  const clock = options.clock ?? systemClock
  const ids = systemIds(clock)
  const log = options.log ?? openLog({ level: config.logLevel })
  const instance = `${config.instance ?? 'rialto'}-${ids.uuid().slice(-8)}`
  const database = await openStore(options, log)
  const { journal } = options
  const sandboxes = await openSandboxes({ config, clock, log, journal })
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
  return {
    database,
    sandboxes,
    security,
    sink,
    recorder,
    env,
    instance,
    metrics,
    figures: kernelMetrics(metrics),
    health: openHealth(),
  }
}

type Ground = Awaited<ReturnType<typeof openGround>>

async function openServices(
  options: PlatformOptions,
  ground: Ground,
): Promise<{ host: Host; all: Service[] }> {
  const { env, recorder, metrics, figures, database, security, instance } = ground
  const services = options.services ?? allServices
  const lossy = (): boolean => options.config.recorderRate < 1 || recorder.lost > 0
  const watched = observer({
    groups: groupsOf(services),
    participants: new Map(services.map((s) => [s.name, s.participant])),
    pool: () => host.pool,
    lossy,
  })
  const all = [...services, watched]
  const host: Host = await openHost({
    url: database.url,
    env,
    services: all,
    topics: [InteractionsRecorded.topic],
    settings: { ...options.settings, ...ground.sandboxes.settings },
    security,
    instance,
    onHandled: handledReporter(figures),
    ...(options.bus === undefined ? {} : { bus: options.bus }),
  })
  reportBus(metrics, figures, () => host.pool)
  ground.sink.connect(host)
  if (host.roles === 'single')
    env.log.warn(
      {},
      'this database user may not create roles: all services share one, and only the code keeps them apart',
    )
  return { host, all }
}

function watchHealth(health: Health, host: Host): void {
  health.add('database', async () => {
    await host.pool.query('select 1')
  })
}

/** Opens the doors: the gateway for the world, gRPC for our own services. */
async function openDoors(
  options: PlatformOptions,
  ground: Ground,
  { host, all }: { host: Host; all: Service[] },
) {
  const { env, security, metrics, figures, health } = ground
  const { config } = options
  const internal = security.verifierOf(['internal'])
  const rpc = await openRpc({
    rpcs: host.rpcs,
    host: config.host,
    port: 0,
    verify: (token) => internal.verify(token),
    log: env.log,
  })
  const gateway = await openGateway({
    mounted: host.mounted,
    env,
    verifier: security.verifierOf(['public']),
    host: config.host,
    port: config.port,
    settings: options.settings ?? {},
    health,
    metrics,
    figures,
    documents: documentsOf(all),
  })
  return { rpc, gateway }
}

/** Brings the platform up; it answers requests when this resolves. */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const ground = await openGround(options)
  const { database, sandboxes, recorder, health, env, security } = ground
  const opened = await openServices(options, ground)
  const { host } = opened
  if (options.demo === true) await host.seed()
  watchHealth(health, host)
  const { rpc, gateway } = await openDoors(options, ground, opened)
  await host.start()
  sandboxes.connect(gateway.url)
  health.hold(undefined)
  return {
    url: gateway.url,
    rpcUrl: rpc.url,
    host,
    env,
    security,
    sandbox: sandboxes.yookassa,
    register: sandboxes.atol,
    mailbox: sandboxes.mailbox,
    databaseUrl: database.url,
    flush: () => recorder.flush(),
    async stop() {
      health.hold('shutting down')
      await gateway.close()
      await rpc.close()
      await recorder.stop()
      await host.stop()
      await sandboxes.close()
      await database.stop()
    },
  }
}
