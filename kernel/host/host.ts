// Assembles services into a running process: database, log, clients, jobs, consumers. Everything is wired by hand here, in the
// order in which it must exist, and stopped in the reverse order. Nothing business-like: apps/ says which services there are.

import type { DescService } from '@bufbuild/protobuf'
import type { LaneHooks } from '../bus/hooks.ts'
import type { KafkaSettings } from '../bus/kafka/client.ts'
import { type LogWriter, openLogWriter } from '../bus/log.ts'
import { type Keeping, keepingHere } from '../cache/open.ts'
import { inProcess } from '../client/in-process.ts'
import { migrate } from '../db/migrate.ts'
import type { ServicePool } from '../db/pool.ts'
import { openPool } from '../db/pool.ts'
import { roleOf } from '../db/roles.ts'
import { type Jobs, openJobs } from '../jobs/jobs.ts'
import type { RpcDefinition } from '../pure/client.ts'
import type { Envelope } from '../pure/envelope.ts'
import { rpcClient } from '../rpc/client.ts'
import { type MountedRpc, mountRpcs } from '../rpc/mount.ts'
import { Context, type Environment, serviceCaller } from '../service/context.ts'
import { mount } from '../service/dispatch.ts'
import type { Mounted } from '../service/mount.ts'
import type { Security } from '../service/security.ts'
import type { Service } from '../service/service.ts'
import { unitOf } from '../service/unit.ts'
import { consumersOf } from './consumers.ts'
import type { Elsewhere } from './elsewhere.ts'
import { openTransport } from './transport.ts'
import { startUpkeep } from './upkeep.ts'
import { type ClientSources, clientsOf } from './wiring.ts'
import { queueOf, runnerOf } from './work.ts'

export interface HostOptions {
  readonly url: string
  readonly env: Environment
  /** Services to run here. */
  readonly services: readonly Service[]
  /** Ways to services that do not run here. Absent: all that are used do. */
  readonly elsewhere?: Elsewhere
  /** Service name → its name in the diagrams, of services that do not run here. */
  readonly participants?: ReadonlyMap<string, string>
  /** Topics besides those that the services publish. */
  readonly topics?: readonly string[]
  /** Values for the services' own configuration. */
  readonly settings: Readonly<Record<string, string | undefined>>
  /** From `openSecurity`. */
  readonly security: Security
  /** Name of this process; unique for each start. */
  readonly instance: string
  readonly onHandled?: LaneHooks['onHandled']
  /** Clockwork of the bus, quicker in tests. */
  readonly bus?: { tickMs?: number; retryDelaysMs?: readonly number[] }
  /** Carries events over Kafka; absent: the log alone does. */
  readonly kafka?: KafkaSettings
  /** Caches and limits; absent: in this process. */
  readonly keeping?: Keeping
}

export interface Host {
  readonly mounted: ReadonlyMap<string, Mounted>
  readonly rpcs: readonly MountedRpc[]
  /** What each service's `build` made, for a door of this process that shares it. */
  readonly parts: ReadonlyMap<string, unknown>
  /** As the URL's own user: for operators' commands and the observer. */
  readonly pool: ServicePool
  /** Of each service, by its name. */
  readonly pools: ReadonlyMap<string, ServicePool>
  readonly writer: LogWriter
  readonly jobs: Jobs
  readonly roles: 'separate' | 'single'
  /** Writes demo data of the services that have some. */
  seed(): Promise<void>
  committed(events: readonly Envelope[]): void
  /** Starts consumers and jobs. Before it, requests are answered and events wait in the log. */
  start(): Promise<void>
  /** Throws why events do not get here. */
  checkBus(): void
  /** Takes no more events, finishes those at hand, gives the partitions to others. Requests can still be answered. */
  stopConsuming(): Promise<void>
  /** Takes no more jobs, finishes those at hand, leaves the rest to others. */
  stopJobs(): Promise<void>
  /** Finishes what is at hand and closes everything but the database itself. */
  stop(): Promise<void>
}

interface Running {
  readonly service: Service
  readonly pool: ServicePool
  readonly parts: unknown
  readonly clients: (ctx: Context) => Record<string, unknown>
}

const topicsOf = (services: readonly Service[]): string[] => [
  ...new Set(
    services.flatMap((s) => [
      ...s.publishes.map((e) => e.topic),
      ...s.handlers.map((h) => h.event.topic),
      ...(s.batches ?? []).flatMap((b) => (b.events === 'all' ? [] : b.events.map((e) => e.topic))),
    ]),
  ),
]

/** Brings the services up, short of consuming. */
export async function openHost(options: HostOptions): Promise<Host> {
  const { url, env, services } = options
  const { roles } = await migrate({ url, services, log: env.log })
  const pool = openPool({ url, applicationName: 'rialto-host', max: 6 })
  const topics = [...new Set([...topicsOf(services), ...(options.topics ?? [])])]
  const writer = await openLogWriter(pool, topics)
  const jobs = await openJobs({ url, env, instance: options.instance })
  const carrying = {
    url,
    pool,
    writer,
    instance: options.instance,
    spread: () => jitter(env),
    onTrouble: (what: string, error: unknown) =>
      env.log.warn({ what, err: error }, 'bus: something failed; the next try repairs it'),
    ...(options.onHandled === undefined ? {} : { onHandled: options.onHandled }),
    ...options.bus,
  }
  const transport = await openTransport(carrying, services, options.kafka)
  const committed = (events: readonly Envelope[]): void => transport.committed(events)
  const stopConsuming = once(() => transport.stop())
  const stopJobs = once(() => jobs.stop())
  const writing = { append: writer.append, onCommitted: committed }
  const { running, mounted, rpcs } = await mountAll(options, { jobs, writing, roles })

  return {
    mounted,
    rpcs,
    parts: new Map(running.map((one) => [one.service.name, one.parts])),
    pool,
    pools: new Map(running.map((one) => [one.service.name, one.pool])),
    writer,
    jobs,
    roles,
    committed,
    async seed() {
      for (const { service, pool: own, parts } of running) {
        const ctx = contextOf(env, service)
        await service.seed?.({
          unit: unitOf({ ...writing, pool: own }, ctx),
          parts: parts as never,
          now: ctx.now(),
        })
        ctx.end()
      }
    },
    async start() {
      await startUpkeep(jobs, pool)
      for (const one of running) {
        const deps = { ...writing, env, pool: one.pool, parts: one.parts, clients: one.clients }
        for (const consumer of consumersOf(one.service, { ...deps, topics }))
          await transport.subscribe(consumer)
        if (one.service.jobs.length > 0)
          await jobs.work(one.service.jobs, runnerOf(one.service, deps))
      }
    },
    checkBus: () => transport.check(),
    stopConsuming,
    stopJobs,
    async stop() {
      await stopConsuming()
      await stopJobs()
      await Promise.all(running.map(({ service, parts }) => service.close?.(parts as never)))
      await Promise.all([pool.end(), ...running.map((one) => one.pool.end())])
    },
  }
}

/** The same end for all who ask for it. */
function once(end: () => Promise<void>): () => Promise<void> {
  let ending: Promise<void> | undefined
  return () => {
    ending ??= end()
    return ending
  }
}

const contextOf = (env: Environment, service: Service): Context =>
  new Context(env, {
    service: service.name,
    participant: service.participant,
    caller: serviceCaller(service.name),
  })

/** 0..1 out of a fresh id: retries of many events must not come in step. */
const jitter = (env: Environment): number =>
  Number.parseInt(env.ids.uuid().slice(-6), 16) / 0xffffff

interface MountDeps {
  readonly jobs: Jobs
  readonly writing: Pick<LogWriter, 'append'> & {
    onCommitted: (events: readonly Envelope[]) => void
  }
  readonly roles: 'separate' | 'single'
}

async function mountAll(options: HostOptions, deps: MountDeps) {
  const { env, services, url, settings, security } = options
  const mounted = new Map<string, Mounted>()
  const rpcs: MountedRpc[] = []
  const { elsewhere } = options
  const here = inProcess((name) => mounted.get(name))
  const isHere = new Set(services.map((s) => s.name))
  const sources: ClientSources = {
    transport: {
      call: (route, call) =>
        isHere.has(route.service) || elsewhere === undefined
          ? here.call(route, call)
          : elsewhere.transport.call(route, call),
    },
    participants: new Map([
      ...(options.participants ?? []),
      ...services.map((s): [string, string] => [s.name, s.participant]),
    ]),
    rpc: (definition, user) =>
      isHere.has(definition.service) || elsewhere === undefined
        ? localRpc(definition, user, { rpcs, env })
        : elsewhere.rpc(definition, user),
  }
  const { cache, limits } = options.keeping ?? keepingHere(env.clock, env.log)
  const running: Running[] = []
  for (const service of services) {
    const pool = openPool({
      url,
      applicationName: `rialto-${service.name}`,
      max: 8,
      ...(deps.roles === 'separate' ? { role: roleOf(service.name) } : {}),
    })
    const jobs = queueOf(deps.jobs)
    const parts = await service.build?.({
      ...{ env, settings, pool, jobs, security, cache, limits },
    })
    const clients = clientsOf(service.name, service.uses, sources)
    running.push({ service, pool, parts, clients })
    mounted.set(service.name, mount(service, { ...deps.writing, pool, env, clients, parts }))
    rpcs.push(...mountRpcs({ service, env, pool, parts }))
  }
  return { running, mounted, rpcs }
}

function localRpc(
  definition: RpcDefinition,
  user: string,
  from: { rpcs: readonly MountedRpc[]; env: Environment },
) {
  const rpc = from.rpcs.find(
    (r) => r.service === definition.service && r.descriptor === definition.descriptor,
  )
  if (rpc === undefined)
    throw new Error(`${user} uses rpcs of ${definition.service}, which does not run here`)
  return rpcClient(definition.descriptor as DescService, {
    participant: definition.participant,
    transport: { kind: 'in-process', rpc, caller: serviceCaller(user), log: from.env.log },
  })
}
