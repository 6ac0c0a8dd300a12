// Services on a real database for their own tests: called over the same road as in production, given events and jobs one at a
// time, so that a test decides what happens when. Nothing consumes or sweeps by itself unless `host.start()` is called.

import type { TestContext } from 'node:test'
import { memoryKeyStore } from '../auth/key-store.ts'
import type { Consumer } from '../bus/consumer.ts'
import { type Delivery, deliver, deliverBatch } from '../bus/deliver.ts'
import type { Handled } from '../bus/hooks.ts'
import type { Keeping } from '../cache/open.ts'
import { inProcess } from '../client/in-process.ts'
import type { Sql } from '../db/sql.ts'
import { consumersOf } from '../host/consumers.ts'
import { type Host, openHost } from '../host/host.ts'
import { openSecurity } from '../host/security.ts'
import { type ClientSources, clientsOf } from '../host/wiring.ts'
import { runnerOf } from '../host/work.ts'
import { type Logger, silentLog } from '../observability/log.ts'
import type { AnyEvent, AnyRoute, Body, DataOf, Params, Query } from '../pure/contract.ts'
import type { Envelope, EventHeaders } from '../pure/envelope.ts'
import type { Interaction } from '../pure/interaction.ts'
import { isoInstant } from '../pure/time.ts'
import type { Caller, Environment } from '../service/context.ts'
import type { JobDefinition, Service } from '../service/service.ts'
import { type TestClock, testClock } from './clock.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { testIds } from './ids.ts'

export interface TestCall<R extends AnyRoute> {
  readonly caller: Caller
  readonly params?: Params<R>
  readonly query?: Query<R>
  readonly body?: Body<R> | string
  readonly key?: string
  /** Exact bytes, for routes that keep them. */
  readonly raw?: string
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Record<string, unknown>
}

export interface TestHost {
  readonly host: Host
  readonly db: TestDatabase
  readonly clock: TestClock
  readonly env: Environment
  readonly recorded: Interaction[]
  /** Each try of each event so far. */
  readonly tries: readonly Handled[]
  call<R extends AnyRoute>(route: R, call: TestCall<R>): Promise<Answer>
  /** Makes an event as its publisher would. */
  event<E extends AnyEvent>(event: E, data: DataOf<E>, headers?: Partial<EventHeaders>): Envelope
  /** Hands an event to a service once, without inbox: delivering it twice shows what the handler itself makes of it. */
  deliver(service: Service, event: Envelope): Promise<Delivery>
  /** The same for some events in one batch. */
  deliverTogether(service: Service, events: readonly Envelope[]): Promise<Delivery>
  /** Runs a job here and now, as its n-th attempt. */
  runJob<Data>(
    service: Service,
    job: JobDefinition<Data>,
    run?: { readonly data?: Data; readonly attempt?: number },
  ): Promise<void>
  /** What was published so far, in order. */
  published(): Promise<{ type: string; data: Record<string, unknown>; headers: EventHeaders }[]>
}

export const testUser = (id: string, ...roles: Caller['roles']): Caller => ({
  kind: 'user',
  id,
  roles: roles.length === 0 ? ['customer'] : roles,
})

const texts = (values: object | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, String(value)]))

async function callRoute<R extends AnyRoute>(
  host: Host,
  route: R,
  call: TestCall<R>,
): Promise<Answer> {
  const mounted = host.mounted.get(route.service)
  if (mounted === undefined) throw new Error(`${route.service} does not run in this test`)
  const reply = await mounted.call(route, {
    params: texts(call.params as object),
    query: texts(call.query as object),
    headers: call.key === undefined ? {} : { 'idempotency-key': call.key },
    body: call.body,
    ...(call.raw === undefined ? {} : { raw: Buffer.from(call.raw) }),
    caller: call.caller,
    ip: '192.0.2.1',
  })
  const isJson = reply.headers['content-type']?.includes('json') ?? true
  const body: unknown = isJson ? JSON.parse(reply.body ?? '{}') : { text: reply.body }
  return { status: reply.status, headers: reply.headers, body: body as Record<string, unknown> }
}

function openEnvironment(recorded: Interaction[], clock: TestClock, log: Logger): Environment {
  const ids = testIds()
  return {
    clock,
    ids,
    log,
    recorder: { record: (interactions) => recorded.push(...interactions) },
  }
}

/** The same service; what its `build` makes is kept for jobs and handlers that the test runs itself. */
const keepParts = (service: Service, parts: Map<string, unknown>): Service => ({
  ...service,
  async build(input) {
    const made = await service.build?.(input)
    parts.set(service.name, made)
    return made
  },
})

/** Where the clients of handlers and jobs lead that a test runs itself. */
const sourcesOf = (host: Host, services: readonly Service[]): ClientSources => ({
  transport: inProcess((name) => host.mounted.get(name)),
  participants: new Map(services.map((s) => [s.name, s.participant])),
  rpc: ({ service }) => {
    throw new Error(`what a test runs by itself cannot call rpcs of ${service}`)
  },
})

/** Hands events to whoever hears them, without inbox. */
function handingOver(
  consumersFor: (service: Service) => Consumer[],
  settle: (events: readonly Envelope[]) => readonly Sql[],
): Pick<TestHost, 'deliver' | 'deliverTogether'> {
  const hearerOf = (service: Service, { type }: Envelope): Consumer => {
    const found = consumersFor(service).find(
      ({ handlers, batch }) =>
        handlers.has(type) ||
        (batch !== undefined && (batch.types === 'all' || batch.types.has(type))),
    )
    if (found === undefined) throw new Error(`${service.name} does not handle ${type}`)
    return found
  }
  const together = (consumer: Consumer, events: readonly Envelope[]): Promise<Delivery> => {
    const wanted = events.filter((event) => consumer.batch?.when?.(event) ?? true)
    const fresh = async () => new Set(wanted.map((event) => event.id))
    return deliverBatch(consumer, wanted, { fresh, settle })
  }
  return {
    deliver(service, event) {
      const consumer = hearerOf(service, event)
      const { handlers, batch } = consumer
      if (handlers.get(event.type)?.when?.(event) === false)
        return Promise.resolve({ kind: 'done', events: [] })
      if (batch === undefined) return deliver(consumer, { event, attempt: 1 }, settle)
      return together(consumer, [event])
    },
    deliverTogether: (service, events) =>
      together(hearerOf(service, events[0] as Envelope), events),
  }
}

/** Opens these services on a fresh database; everything is stopped when the test ends. */
export async function testHost(
  t: TestContext,
  options: {
    readonly services: readonly Service[]
    readonly settings?: Readonly<Record<string, string>>
    readonly clock?: TestClock
    /** Absent: in this process. */
    readonly keeping?: Keeping | undefined
    /** Absent: nothing is said. */
    readonly log?: Logger | undefined
  },
): Promise<TestHost> {
  const { settings = {}, clock = testClock(), keeping, log = silentLog } = options
  const parts = new Map<string, unknown>()
  const services = options.services.map((service) => keepParts(service, parts))
  const db = await testDatabase(t, { services })
  const recorded: Interaction[] = []
  const env = openEnvironment(recorded, clock, log)
  const security = await openSecurity({
    ...{ clock, ids: env.ids, dataDir: '', keys: { store: memoryKeyStore() } },
    masterKey: Buffer.alloc(32, 1).toString('base64'),
  })
  const tries: Handled[] = []
  const host = await openHost({
    ...{ url: db.url, env, services, settings, security, instance: 'test' },
    onHandled: (handled) => tries.push(handled),
    ...(keeping === undefined ? {} : { keeping }),
  })
  t.after(() => host.stop())
  const sources = sourcesOf(host, services)
  const depsOf = (service: Service) => ({
    env,
    pool: db.poolFor(service.name),
    parts: parts.get(service.name),
    clients: clientsOf(service.name, service.uses, sources),
    append: host.writer.append,
    onCommitted: host.committed,
  })
  return {
    host,
    db,
    clock,
    env,
    recorded,
    tries,
    call: (route, call) => callRoute(host, route, call),
    event: (event, data, headers = {}) => ({
      ...{ id: env.ids.uuid(), type: event.type, version: event.version, source: event.source },
      ...{ topic: event.topic, key: String((data as Record<string, unknown>)[event.key]), data },
      time: isoInstant(clock.now()),
      headers: { correlation: 'test', seq: 0, ...headers },
    }),
    ...handingOver(
      (service) => consumersOf(service, { ...depsOf(service), topics: [] }),
      host.writer.append,
    ),
    runJob(service, job, { data, attempt = 1 } = {}) {
      const running = { attempt, done: () => undefined }
      return runnerOf(service, depsOf(service))(job as JobDefinition<never>, { data }, running)
    },
    async published() {
      const { rows } = await db.pool.query(
        'select type, data, headers from bus.log order by event_id',
      )
      return rows
    },
  }
}
