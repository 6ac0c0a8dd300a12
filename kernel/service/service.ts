// A service's manifest: a plain value that says what the service is made of. The host mounts it in one process with others
// or in a process of its own; nothing in it knows which.

import type pg from 'pg'
import type { AnyEvent, AnyRoute, DataOf } from '../pure/contract.ts'
import type { Envelope } from '../pure/envelope.ts'
import type { ProblemKind } from '../pure/problem.ts'
import type { Context, Environment } from './context.ts'
import type { Feature, Unit } from './feature.ts'
import type { Tx } from './tx.ts'

export interface Handle<E extends AnyEvent, Facts = undefined, Parts = {}> {
  readonly event: Envelope<DataOf<E>>
  readonly facts: Facts
  readonly parts: Parts
  readonly tx: Tx
  readonly ctx: Context
  readonly now: number
}

export interface EventHandler {
  readonly event: AnyEvent
  /** Consumer group, if not the service's own: projections that must not wait for it. */
  readonly group?: string
  /** After a dead letter: `block` holds the key's later events until an operator acts; `skip` lets them pass. */
  readonly onDeath: 'block' | 'skip'
  readonly ask?: (a: {
    event: Envelope
    clients: never
    parts: never
    ctx: Context
    now: number
  }) => Promise<unknown>
  readonly act: (a: Handle<AnyEvent, never, never>) => Promise<void>
}

/** Declares the handler of one event: the whole of `act` is one transaction with the inbox and the cursor. */
export function on<E extends AnyEvent, C = {}, P = {}, F = undefined>(
  event: E,
  parts: {
    group?: string
    onDeath?: 'block' | 'skip'
    ask?: (a: {
      event: Envelope<DataOf<E>>
      clients: C
      parts: P
      ctx: Context
      now: number
    }) => Promise<F>
    act: (a: Handle<E, F, P>) => Promise<void>
  },
): EventHandler {
  return { onDeath: 'block', ...parts, event } as unknown as EventHandler
}

/** Many events in one transaction, for projections. Redelivery is possible after a crash, so write it idempotently. */
export interface BatchHandler {
  readonly group: string
  readonly events: readonly AnyEvent[]
  readonly act: (a: {
    events: readonly Envelope[]
    tx: Tx
    parts: never
    now: number
  }) => Promise<void>
}

export interface JobRun<Data, Parts = {}, Clients = {}> {
  readonly data: Data
  readonly parts: Parts
  readonly clients: Clients
  readonly unit: Unit
  readonly ctx: Context
  readonly now: number
}

export interface JobDefinition<Data = never> {
  /** Queue name, `<service>.<verb>`. */
  readonly name: string
  /** Cron expression for scheduled jobs (`* * * * *` or six fields with seconds are not supported: see everySeconds). */
  readonly everySeconds?: number
  readonly retries?: number
  readonly run: (a: JobRun<Data, never, never>) => Promise<void>
}

/** Declares a job; enqueue it with `enqueue(tx, job, data)`, or give it `everySeconds`. */
export const job = <Data, P = {}, C = {}>(definition: {
  name: string
  everySeconds?: number
  retries?: number
  run: (a: JobRun<Data, P, C>) => Promise<void>
}): JobDefinition<Data> => definition as unknown as JobDefinition<Data>

export interface BuildInput {
  readonly env: Environment
  readonly settings: Readonly<Record<string, string | undefined>>
  /** The service's own connections, for `build` only. */
  readonly pool: pg.Pool
}

export interface Service {
  readonly name: string
  /** Name in the diagrams, such as `OrderSvc`. */
  readonly participant: string
  /** Folder URL of `migrations/`. */
  readonly migrations: URL
  readonly features: readonly Feature<AnyRoute>[]
  readonly rpcs?: readonly RpcBinding[]
  readonly handlers: readonly EventHandler[]
  readonly batches?: readonly BatchHandler[]
  readonly jobs: readonly JobDefinition<never>[]
  /** Services whose clients it may use. */
  readonly uses: readonly string[]
  readonly publishes: readonly AnyEvent[]
  readonly problems: Readonly<Record<string, ProblemKind>>
  /** Makes the service's adapters and parsed configuration, once at start. */
  readonly build?: (input: BuildInput) => Promise<unknown> | unknown
}

/** A gRPC service implementation: the generated descriptor and an object with one method an rpc. */
export interface RpcBinding {
  readonly descriptor: unknown
  readonly implement: (a: { read: Unit; parts: never; env: Environment }) => unknown
}
