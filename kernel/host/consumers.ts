// From a service's event handlers to the consumer groups that the bus knows. Each handled event gets a context of its own, whose
// cause is the event, so that everything it does hangs below it in the living diagram.

import type pg from 'pg'
import type { Consumer, RecordHandler } from '../bus/consumer.ts'
import { checkEventData } from '../bus/schema.ts'
import { batchReporter } from '../observability/figures.ts'
import { described } from '../observability/log.ts'
import type { AnyEvent } from '../pure/contract.ts'
import type { Envelope } from '../pure/envelope.ts'
import { Retryable } from '../pure/failure.ts'
import { MINUTE } from '../pure/time.ts'
import { Context, type Environment, serviceCaller } from '../service/context.ts'
import type { BatchHandler, BatchItem, EventHandler, Service } from '../service/service.ts'
import { openTx, type Tx } from '../service/tx.ts'
import { traceIdOf } from '../trace/spans.ts'

/** Of a batch that fails, so many are named. */
const TOLD_MAX = 3

export interface ConsumerDeps {
  readonly env: Environment
  readonly pool: pg.Pool
  readonly parts: unknown
  readonly clients: (ctx: Context) => Record<string, unknown>
  /** All topics of this process, for groups that read everything. */
  readonly topics: readonly string[]
}

/** The context in which a service handles an event; `group` where the same group may handle it again. */
export function eventContext(
  env: Environment,
  service: Service,
  ...[event, group]: [Envelope, string?]
): Context {
  const { flow, correlation, traceparent } = event.headers
  return new Context(env, {
    service: service.name,
    participant: service.participant,
    caller: serviceCaller(service.name),
    correlation,
    cause: event.id,
    ...(flow === undefined ? {} : { flow }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(group === undefined ? {} : { stepKey: `${event.id}>${group}` }),
  })
}

interface Prepared {
  readonly ctx: Context
  readonly facts: unknown
}

type AskLoosely = (a: object) => Promise<unknown>
type ActLoosely = (a: object) => Promise<void>

function recordHandler(service: Service, handler: EventHandler, deps: ConsumerDeps): RecordHandler {
  const { env, parts } = deps
  const ask = handler.ask as AskLoosely | undefined
  const act = handler.act as unknown as ActLoosely
  return {
    onDeath: handler.onDeath,
    ...(handler.when === undefined ? {} : { when: handler.when }),
    async prepare(event): Promise<Prepared> {
      // An older event of the same version must fit; a newer version needs a handler of its own.
      checkReadable(handler.event, event)
      const ctx = eventContext(env, service, event)
      try {
        const facts = await ask?.({ event, clients: deps.clients(ctx), parts, ctx, now: ctx.now() })
        return { ctx, facts }
      } finally {
        // What was asked did happen, even if the transaction fails later.
        ctx.end()
      }
    },
    async handle(inner, event, prepared) {
      const { ctx, facts } = prepared as Prepared
      const { tx, gathered } = openTx(inner, ctx)
      await act({ event, facts, parts, tx, ctx, now: ctx.now() })
      inner.onCommit(() => ctx.end())
      return gathered.events
    },
  }
}

function groupOf(
  service: Service,
  handlers: readonly EventHandler[],
  deps: ConsumerDeps,
): Consumer {
  const byType = new Map<string, RecordHandler>()
  for (const handler of handlers) {
    const { type } = handler.event
    if (byType.has(type))
      throw new Error(`${service.name} has two handlers for ${type} in one group`)
    byType.set(type, recordHandler(service, handler, deps))
  }
  return {
    group: handlers[0]?.group ?? service.name,
    pool: deps.pool,
    topics: [...new Set(handlers.map((h) => h.event.topic))],
    handlers: byType,
  }
}

/**
 * Between the tries of an event that is newer than this process, which in a rolling update is replaced by one that reads it. Three
 * times that, and nobody did: a dead letter, and an operator. To wait without end would keep all of the partition waiting.
 */
const NEWER_AGAIN_MS = 2 * MINUTE

/** Throws at an event that this service cannot read, so that it is parked instead of half understood. */
function checkReadable(definition: AnyEvent, event: Envelope): void {
  if (event.version > definition.version)
    throw new Retryable(`${event.type} v${event.version} is newer than this service knows`, {
      code: 'bus.newer_event',
      afterMs: NEWER_AGAIN_MS,
    })
  checkEventData(definition, event.data)
}

/** Works in the name of each event of a batch: contexts are made when somebody asks for one; most projections need none. */
const itemsOf = (tx: Tx, contextOf: (event: Envelope) => Prepared) => {
  const items = new Map<string, BatchItem<unknown>>()
  return (event: Envelope): BatchItem<unknown> => {
    const known = items.get(event.id)
    if (known !== undefined) return known
    const { ctx, facts } = contextOf(event)
    const item = { facts, tx: tx.for(ctx) }
    // After what its steps do on commit: the context hands over what was noted by then.
    tx.onCommit(() => ctx.end())
    items.set(event.id, item)
    return item
  }
}

/** Does what is to be done before the transaction, then asks for every event, all at once; each in its own context. */
function preparing(service: Service, batch: BatchHandler, deps: ConsumerDeps) {
  const { env, parts } = deps
  const before = batch.before as ActLoosely | undefined
  const ask = batch.ask as AskLoosely | undefined
  const prepareOne = async (event: Envelope): Promise<[string, Prepared]> => {
    const ctx = eventContext(env, service, event, batch.group)
    try {
      const facts = await ask?.({ event, clients: deps.clients(ctx), parts, ctx, now: ctx.now() })
      return [event.id, { ctx, facts }]
    } finally {
      ctx.end()
    }
  }
  return async (events: readonly Envelope[]) => {
    await before?.({ events, parts })
    return new Map(ask === undefined ? [] : await Promise.all(events.map(prepareOne)))
  }
}

function batchOf(service: Service, batch: BatchHandler, deps: ConsumerDeps): Consumer {
  const { env, parts } = deps
  const { events, group, when, onDeath, lingerMs } = batch
  const isPrepared = batch.ask !== undefined || batch.before !== undefined
  const act = batch.act as unknown as ActLoosely
  const report = env.figures && batchReporter(env.figures, `events ${group}`)
  const known = new Map(events === 'all' ? [] : events.map((e): [string, AnyEvent] => [e.type, e]))
  const all = events === 'all'
  return {
    group,
    pool: deps.pool,
    topics:
      batch.topics ??
      (all
        ? deps.topics.filter((topic) => !(batch.without ?? []).includes(topic))
        : [...new Set(events.map((e) => e.topic))]),
    handlers: new Map(),
    ...(lingerMs === undefined ? {} : { lingerMs }),
    batch: {
      types: all ? 'all' : new Set(known.keys()),
      ...(when === undefined ? {} : { when }),
      ...(onDeath === undefined ? {} : { onDeath }),
      ...(isPrepared ? { prepare: preparing(service, batch, deps) } : {}),
      async handle(inner, records, prepared) {
        const asked = prepared as ReadonlyMap<string, Prepared> | undefined
        for (const event of records) {
          const definition = known.get(event.type)
          if (definition !== undefined) checkReadable(definition, event)
        }
        const ctx = new Context(env, {
          service: service.name,
          participant: service.participant,
          caller: serviceCaller(service.name),
        })
        const { tx, gathered } = openTx(inner, ctx)
        const of = itemsOf(
          tx,
          (event) =>
            asked?.get(event.id) ?? {
              ctx: eventContext(env, service, event, group),
              facts: undefined,
            },
        )
        const startedAt = performance.now()
        await act({ events: records, of, tx, parts, now: ctx.now() })
        const durationMs = performance.now() - startedAt
        report?.({ items: records.length, durationMs, failed: false })
        return gathered.events
      },
    },
  }
}

/** Says why an event was not handled, so that it can be found by its order before it is a dead letter. */
function toldTo(
  env: Environment,
  service: string,
  group: string,
): NonNullable<Consumer['onFailed']> {
  return (events, error) => {
    for (const { id, type, headers } of events.slice(0, TOLD_MAX)) {
      const { correlation, flow } = headers
      const of = flow === undefined ? {} : { flow }
      env.log.warn(
        {
          ...{ service, group, event: id, type, correlation, ...of },
          trace_id: traceIdOf(flow ?? correlation),
          error: described(error),
        },
        'event not handled; it is tried again, or becomes a dead letter',
      )
    }
  }
}

/** All consumer groups of a service. */
export function consumersOf(service: Service, deps: ConsumerDeps): Consumer[] {
  const groups = new Map<string, EventHandler[]>()
  for (const handler of service.handlers) {
    const name = handler.group ?? service.name
    groups.set(name, [...(groups.get(name) ?? []), handler])
  }
  const all = [
    ...[...groups.values()].map((handlers) => groupOf(service, handlers, deps)),
    ...(service.batches ?? []).map((batch) => batchOf(service, batch, deps)),
  ]
  return all.map((one) => ({ ...one, onFailed: toldTo(deps.env, service.name, one.group) }))
}
