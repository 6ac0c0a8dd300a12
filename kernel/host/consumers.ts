// From a service's event handlers to the consumer groups that the bus knows. Each handled event gets a context of its own, whose
// cause is the event, so that everything it does hangs below it in the living diagram.

import type pg from 'pg'
import type { Consumer, RecordHandler } from '../bus/consumer.ts'
import { checkEventData } from '../bus/schema.ts'
import type { Envelope } from '../pure/envelope.ts'
import { Terminal } from '../pure/failure.ts'
import { Context, type Environment, serviceCaller } from '../service/context.ts'
import type { BatchHandler, EventHandler, Service } from '../service/service.ts'
import { openTx } from '../service/tx.ts'

export interface ConsumerDeps {
  readonly env: Environment
  readonly pool: pg.Pool
  readonly parts: unknown
  readonly clients: (ctx: Context) => Record<string, unknown>
  /** All topics of this process, for groups that read everything. */
  readonly topics: readonly string[]
}

/** The context in which a service handles an event. */
export function eventContext(env: Environment, service: Service, event: Envelope): Context {
  const { flow, correlation, traceparent } = event.headers
  return new Context(env, {
    service: service.name,
    participant: service.participant,
    caller: serviceCaller(service.name),
    correlation,
    cause: event.id,
    ...(flow === undefined ? {} : { flow }),
    ...(traceparent === undefined ? {} : { traceparent }),
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
    async prepare(event): Promise<Prepared> {
      // An older event of the same version must fit; a newer version needs a handler of its own.
      if (event.version > handler.event.version)
        throw new Terminal(
          'bus.newer_event',
          `${event.type} v${event.version} is newer than this service knows`,
        )
      checkEventData(handler.event, event.data)
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

function batchOf(service: Service, batch: BatchHandler, deps: ConsumerDeps): Consumer {
  const { env, parts } = deps
  const { events } = batch
  const act = batch.act as unknown as ActLoosely
  const all = events === 'all'
  return {
    group: batch.group,
    pool: deps.pool,
    topics: batch.topics ?? (all ? deps.topics : [...new Set(events.map((e) => e.topic))]),
    handlers: new Map(),
    batch: {
      types: all ? 'all' : new Set(events.map((e) => e.type)),
      async handle(inner, records) {
        const ctx = new Context(env, {
          service: service.name,
          participant: service.participant,
          caller: serviceCaller(service.name),
        })
        const { tx, gathered } = openTx(inner, ctx)
        await act({ events: records, tx, parts, now: ctx.now() })
        return gathered.events
      },
    },
  }
}

/** All consumer groups of a service. */
export function consumersOf(service: Service, deps: ConsumerDeps): Consumer[] {
  const groups = new Map<string, EventHandler[]>()
  for (const handler of service.handlers) {
    const name = handler.group ?? service.name
    groups.set(name, [...(groups.get(name) ?? []), handler])
  }
  return [
    ...[...groups.values()].map((handlers) => groupOf(service, handlers, deps)),
    ...(service.batches ?? []).map((batch) => batchOf(service, batch, deps)),
  ]
}
