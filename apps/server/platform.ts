// The platform in one process, or the part of it that this process is: what its services stand on, and in which order it all
// comes up and goes down. Wired by hand in one readable place; nothing is found by a container. Which services there are is
// services.ts.

import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import { type GatewayOptions, openGateway } from '@rialto/gateway/service.ts'
import { openKeeping } from '@rialto/kernel/cache/open.ts'
import { remote } from '@rialto/kernel/client/remote.ts'
import type { PlatformConfig } from '@rialto/kernel/config/platform.ts'
import { type Database, openDatabase, openScratchDatabase } from '@rialto/kernel/db/database.ts'
import { migrate } from '@rialto/kernel/db/migrate.ts'
import { openPool } from '@rialto/kernel/db/pool.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { openElsewhere } from '@rialto/kernel/host/elsewhere.ts'
import { type Host, openHost } from '@rialto/kernel/host/host.ts'
import { systemIds } from '@rialto/kernel/host/ids.ts'
import { openSecurity, type PlatformSecurity } from '@rialto/kernel/host/security.ts'
import { DoorCertificate } from '@rialto/kernel/http/certificate.ts'
import { kernelMetrics } from '@rialto/kernel/observability/figures.ts'
import { health as openHealth } from '@rialto/kernel/observability/health.ts'
import { type Logger, openLog } from '@rialto/kernel/observability/log.ts'
import { openMetrics } from '@rialto/kernel/observability/metrics.ts'
import type { Clock } from '@rialto/kernel/pure/time.ts'
import { openRpc } from '@rialto/kernel/rpc/server.ts'
import type { Environment } from '@rialto/kernel/service/context.ts'
import type { Mounted } from '@rialto/kernel/service/mount.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { isRecorded, openRecorder } from '@rialto/kernel/trace/recorder.ts'
import type { Atol } from '@rialto/sandbox/atol/server.ts'
import type { Mailbox } from '@rialto/sandbox/mailbox/server.ts'
import type { YooKassa } from '@rialto/sandbox/yookassa/server.ts'
import { dist } from '@rialto/web/build.ts'
import type pg from 'pg'
import { documentsOf } from './documents.ts'
import { handledReporter, reportBus } from './monitoring/bus.ts'
import { watchProcess } from './monitoring/process.ts'
import { alsoTraced, openTraces } from './monitoring/traces.ts'
import { observer } from './observer/service.ts'
import { interactionSink } from './observer/sink.ts'
import { serveDocs } from './pages/docs.ts'
import { factsOf, servePages } from './pages/serve.ts'
import { openSandboxes, realParts } from './sandboxes.ts'
import { openInternalDoor } from './separate/internal-door.ts'
import { type Part, partOf } from './separate/part.ts'
import { watchGround, watchNeighbours } from './separate/readiness.ts'
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
  readonly rpcUrl: string | undefined
  /** Where other processes of the platform reach what runs here; absent when all of it does. */
  readonly internalUrl: string | undefined
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
  /** Takes over the certificate files as they are now. Throws where they do not fit; the old ones stay then. */
  renewCertificate(): void
  /** Says "not ready", and to every client that the next request should go elsewhere; all are still answered. */
  leave(): void
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

/** The connection to the signing keys. Their table belongs to the kernel, so it is there before any service's. */
async function openKeys(url: string, log: Logger): Promise<{ readonly pool: pg.Pool }> {
  await migrate({ url, services: [], log })
  return { pool: openPool({ url, applicationName: 'rialto-keys', max: 1 }) }
}

/** What everything else stands on. */
async function openGround(options: PlatformOptions, { here, elsewhere }: Part) {
  const { config } = options
  const clock = options.clock ?? systemClock
  const ids = systemIds(clock)
  const log = options.log ?? openLog({ level: config.logLevel })
  const instance = `${config.instance ?? 'rialto'}-${ids.uuid().slice(-8)}`
  const database = await openStore(options, log)
  const { journal } = options
  const sandboxes =
    config.services === undefined
      ? await openSandboxes({ config, clock, log, journal })
      : realParts(config)
  const keys = await openKeys(database.url, log)
  const security = await openSecurity({
    dataDir: config.dataDir,
    masterKey: config.masterKey,
    clock,
    ids,
    keys,
  })
  const sink = interactionSink({ instance, here: here.map((s) => s.name), clock, ids })
  const recorder = openRecorder({ ...sink.sending, rate: config.recorderRate })
  const metrics = openMetrics({ runtime: true })
  const figures = kernelMetrics(metrics)
  const tracer = await openTraces({
    ...{ config, instance, clock, log },
    services: [...here, ...elsewhere],
  })
  const env: Environment = { clock, ids, log, figures, recorder: alsoTraced(recorder, tracer) }
  const isAlone = config.services === undefined && config.databaseUrl === undefined
  return {
    database,
    sandboxes,
    keys,
    security,
    sink,
    recorder,
    tracer,
    env,
    instance,
    metrics,
    figures,
    keeping: await openKeeping({ clock, log, figures, isAlone, redis: config.redis }),
    certificate: config.transit.certificate && new DoorCertificate(config.transit.certificate),
    health: openHealth(),
  }
}

type Ground = Awaited<ReturnType<typeof openGround>>

/** What a service is told when it is called; filled as it is opened. */
interface Opened {
  host?: Host
  ground?: Ground
}

/** Every service of the platform, the observer with them. */
function servicesOf(options: PlatformOptions, opened: Opened): Service[] {
  const services = options.services ?? allServices
  const watched = observer({
    groups: groupsOf(services),
    participants: participantsOf(services),
    pool() {
      if (opened.host === undefined) throw new Error('the observer was asked before it was opened')
      return opened.host.pool
    },
    lend: () => opened.ground?.recorder.lend(),
    completeness: {
      isRecorded: (flow) => isRecorded(flow, options.config.recorderRate),
      hasLost: (fromMs, toMs) => opened.ground?.recorder.hasLost(fromMs, toMs) ?? false,
    },
  })
  return [...services, watched]
}

const participantsOf = (services: readonly Service[]): Map<string, string> =>
  new Map(services.map((s) => [s.name, s.participant]))

const kafkaOf = ({ kafkaBrokers, kafkaPrefix, transit }: PlatformConfig) => ({
  ...transit.kafka,
  brokers: kafkaBrokers,
  prefix: kafkaPrefix,
})

async function openServices(options: PlatformOptions, ground: Ground, part: Part) {
  const { env, metrics, figures, database, security, instance, tracer } = ground
  const handled = handledReporter(figures)
  const { config } = options
  const all = [...part.here, ...part.elsewhere]
  const elsewhere = openElsewhere({
    http: config.serviceUrls,
    rpc: config.rpcUrls,
    token: (service) => security.tokens.serviceToken(service),
    ca: config.transit.ca,
  })
  const host: Host = await openHost({
    url: database.url,
    env,
    services: part.here,
    participants: participantsOf(all),
    // All of them: the observer reads every topic, whoever writes it.
    topics: [InteractionsRecorded.topic, ...all.flatMap((s) => s.publishes.map((e) => e.topic))],
    settings: { ...options.settings, ...ground.sandboxes.settings },
    security,
    instance,
    keeping: ground.keeping,
    onHandled(one) {
      handled(one)
      tracer?.handled(one)
    },
    ...(part.whole ? {} : { elsewhere }),
    ...(options.bus === undefined ? {} : { bus: options.bus }),
    ...(config.bus === 'kafka' ? { kafka: kafkaOf(config) } : {}),
  })
  reportBus(metrics, figures, { pool: () => host.pool, others: groupsOf(part.elsewhere) })
  watchProcess(metrics, figures, {
    ...{ host, services: part.here, keys: ground.keys.pool, clock: env.clock },
    ...{ recorder: ground.recorder, dataDir: config.dataDir },
  })
  ground.sink.connect(host)
  if (host.roles === 'single')
    env.log.warn(
      {},
      'this database user may not create roles: all services share one, and only the code keeps them apart',
    )
  return { host, all, elsewhere, part }
}

type Services = Awaited<ReturnType<typeof openServices>>

async function openEdge(options: PlatformOptions, ground: Ground, services: Services) {
  const { host, all, elsewhere, part } = services
  const { env, security, metrics, figures, health, certificate } = ground
  const { config } = options
  const facts = factsOf(options.demo === true, ground.sandboxes)
  const token = () => security.tokens.serviceToken('gateway')
  const away = part.elsewhere.map((service): [string, Mounted] => [
    service.name,
    remote(service, { transport: elsewhere.transport, token, env }),
  ])
  const documents = documentsOf(all)
  return openGateway({
    mounted: new Map([...host.mounted, ...away]),
    parts: host.parts.get('gateway') as GatewayOptions['parts'],
    env,
    verifier: security.verifierOf(['public']),
    host: config.host,
    port: config.port,
    certificate,
    settings: options.settings ?? {},
    health,
    metrics,
    figures,
    documents,
    async extend(app) {
      await servePages(app, { dist, facts })
      serveDocs(app, documents)
    },
  })
}

/** Opens the doors: the gateway for the world, and for our own services gRPC and, where they are apart, the internal one. */
async function openDoors(options: PlatformOptions, ground: Ground, services: Services) {
  const { env, security, metrics, figures, health, certificate } = ground
  const { config } = options
  const { host, part } = services
  const internal = security.verifierOf(['internal'])
  const rpc =
    part.whole || host.rpcs.length > 0
      ? await openRpc({
          rpcs: host.rpcs,
          host: config.host,
          port: config.rpcPort,
          certificate,
          verify: (token) => internal.verify(token),
          log: env.log,
        })
      : undefined
  const mounted = [...host.mounted.values()]
  const inner = part.whole
    ? undefined
    : await openInternalDoor({
        ...{ mounted, env, security, config, figures, health, metrics, certificate },
      })
  const outer = part.isGateway ? await openEdge(options, ground, services) : undefined
  const https = [outer, inner].filter((door) => door !== undefined)
  return {
    url: (outer ?? inner)?.url ?? '',
    internalUrl: inner?.url,
    rpcUrl: rpc?.url,
    leave() {
      for (const door of https) door.leave()
    },
    async close() {
      await Promise.all([...https.map((door) => door.close()), rpc?.close()])
    },
  }
}

/** Brings the platform, or the part of it that is configured, up; it answers requests when this resolves. */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { config } = options
  const opened: Opened = {}
  const part = partOf(config, servicesOf(options, opened))
  const ground = await openGround(options, part)
  opened.ground = ground
  const { database, sandboxes, recorder, health, env, security } = ground
  const services = await openServices(options, ground, part)
  const { host, elsewhere } = services
  opened.host = host
  if (options.demo === true) await host.seed()
  watchGround(health, host, ground.keeping.check)
  watchNeighbours(health, part, elsewhere)
  const doors = await openDoors(options, ground, services)
  await host.start()
  sandboxes.connect(doors.url)
  health.hold(undefined)
  const leave = (): void => {
    health.hold('shutting down')
    doors.leave()
  }
  return {
    url: doors.url,
    internalUrl: doors.internalUrl,
    rpcUrl: doors.rpcUrl,
    host,
    env,
    security,
    sandbox: sandboxes.yookassa,
    register: sandboxes.atol,
    mailbox: sandboxes.mailbox,
    databaseUrl: database.url,
    flush: () => recorder.flush(),
    renewCertificate: () => ground.certificate?.renew(),
    leave,
    async stop() {
      leave()
      const quiet = host.stopConsuming()
      // Where others take over they need the time to notice; alone there is nobody to wait for.
      if (!part.whole) await pause(config.drainNoticeMs)
      // What was recorded goes out beside what may take its time, or it would be lost with a deadline that passes.
      await Promise.all([doors.close(), recorder.flush()])
      await quiet
      await Promise.all([host.stopJobs(), recorder.flush()])
      await recorder.stop()
      await ground.tracer?.stop()
      await host.stop()
      await elsewhere.close()
      await ground.keeping.close()
      await ground.keys.pool.end()
      await sandboxes.close()
      await database.stop()
    },
  }
}
