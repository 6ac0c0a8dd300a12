// A service's manifest: a plain value that says what the service is made of. The host mounts it in one process with others
// or in a process of its own; nothing in it knows which.

import type { TObject } from 'typebox'
import type { Keeping } from '../cache/open.ts'
import type { ServicePool } from '../db/pool.ts'
import type { Transaction } from '../db/transaction.ts'
import type { Reading } from '../observability/readings.ts'
import type { ClientDefinition, RpcDefinition } from '../pure/client.ts'
import type { AnyEvent, AnyRoute, DataOf } from '../pure/contract.ts'
import type { Envelope } from '../pure/envelope.ts'
import type { ProblemKind } from '../pure/problem.ts'
import type { Context, Environment } from './context.ts'
import type { Feature, Unit } from './feature.ts'
import type { Security } from './security.ts'
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
  /** Events with which there is nothing to do cost no transaction. */
  readonly when?: (event: Envelope) => boolean
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
    when?: (event: Envelope<DataOf<E>>) => boolean
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

/** One event of a batch. What its `tx` publishes, and the steps it notes, belong to the event's flow and are caused by it. */
export interface BatchItem<Facts = undefined> {
  readonly facts: Facts
  readonly tx: Tx
}

/** Many events in one transaction, for projections and hot rows. A replay runs it again, so write a projection idempotently. */
export interface BatchHandler {
  readonly group: string
  /** `all`: every event of every topic that this process knows. */
  readonly events: readonly AnyEvent[] | 'all'
  readonly topics?: readonly string[]
  /** Topics that `all` leaves out, so that they are not even read. */
  readonly without?: readonly string[]
  /** Events with which there is nothing to do cost no transaction. */
  readonly when?: (event: Envelope) => boolean
  /** `skip` unless said. */
  readonly onDeath?: 'block' | 'skip'
  /** How long to wait for more, so that they share a transaction. */
  readonly lingerMs?: number
  /**
   * Once for all of them, before their transaction and outside any: writes what lies elsewhere. It is repeated whenever the
   * transaction is, so a repeat must change nothing.
   */
  readonly before?: (a: { events: readonly Envelope[]; parts: never }) => Promise<void>
  /** Asked for each event, all at once. */
  readonly ask?: EventHandler['ask']
  readonly act: (a: {
    events: readonly Envelope[]
    of: (event: Envelope) => BatchItem<never>
    tx: Tx
    parts: never
    now: number
  }) => Promise<void>
}

/** Declares a batch handler that asks, or that works in the names of its events. */
export const inBatches = <C = {}, P = {}, F = undefined>(
  parts: Pick<
    BatchHandler,
    'group' | 'events' | 'topics' | 'without' | 'when' | 'onDeath' | 'lingerMs'
  > & {
    readonly before?: (a: { events: readonly Envelope[]; parts: P }) => Promise<void>
    readonly ask?: (a: {
      event: Envelope
      clients: C
      parts: P
      ctx: Context
      now: number
    }) => Promise<F>
    readonly act: (a: {
      events: readonly Envelope[]
      of: (event: Envelope) => BatchItem<F>
      tx: Tx
      parts: P
      now: number
    }) => Promise<void>
  },
): BatchHandler => parts as unknown as BatchHandler

/** Tells which event of a batch this is. */
export const isEvent = <E extends AnyEvent>(
  definition: E,
  event: Envelope,
): event is Envelope<DataOf<E>> => event.type === definition.type

export interface JobRun<Data, Parts = {}, Clients = {}> {
  readonly data: Data
  readonly parts: Parts
  readonly clients: Clients
  readonly unit: Unit
  readonly ctx: Context
  readonly now: number
  /** The clients at work in another context, for a job that works off rows of many flows. */
  readonly clientsFor: (ctx: Context) => Clients
  /** 1 for the first try. */
  readonly attempt: number
  /** Ends the job in this transaction, so that its result and its end are one commit. Otherwise it ends after `run`. */
  readonly done: (tx: Transaction) => void
}

export interface JobDefinition<Data = never> {
  /** Queue name, `<service>.<verb>`. */
  readonly name: string
  /** Runs by itself at every multiple of this, in one process; ticks missed while nobody ran are not made up for. */
  readonly everySeconds?: number
  /** Attempts after the first before it is dead, 8 unless said; an outage spends none. */
  readonly retries?: number
  /** Only ever called by `after`, so that it needs no queue. */
  readonly isClaimed?: true
  readonly run: (a: JobRun<Data, never, never>) => Promise<void>
}

/** Declares a job; enqueue it with `enqueue(tx, job, data)`, or give it `everySeconds`. */
export const job = <Data, P = {}, C = {}>(definition: {
  name: string
  everySeconds?: number
  retries?: number
  isClaimed?: true
  run: (a: JobRun<Data, P, C>) => Promise<void>
}): JobDefinition<Data> => definition as unknown as JobDefinition<Data>

/** How business code hands work over to jobs, inside its own commit. Implemented by kernel/jobs. */
export interface JobQueue {
  /**
   * At most one job of a `key` waits; another is dropped. The waiting one may start before our commit, so a key suits only
   * jobs that read what there is to do and are repeated by a sweep.
   */
  enqueue<Data>(
    tx: Transaction,
    job: JobDefinition<Data>,
    data: Data,
    options?: { startAfterSeconds?: number; key?: string },
  ): Promise<void>
  /** Runs in this process right after the commit, and elsewhere if this process dies. */
  now<Data>(tx: Transaction, job: JobDefinition<Data>, data: Data): Promise<void>
  /**
   * Runs a repeating job in this process right after the commit, without a row of its own: its work lies in a table, and a tick
   * finds what a dead process left. Calls while it runs end in one more run.
   */
  soon(tx: Transaction, job: JobDefinition<undefined>): void
  /**
   * Runs a job in this process right after the commit, without a row of the queue: a row of ours says what is to be done, and until
   * when it is claimed for this run. Whoever dies, fails or has its hands full leaves it to a sweep. `data` is asked for after
   * the commit; undefined: there is nothing to do.
   */
  after<Data>(tx: Transaction, job: JobDefinition<Data>, data: () => Data | undefined): void
}

/** What a service's adapters are made of; its cache and its limits it may share with other processes. */
export interface BuildInput extends Keeping {
  readonly jobs: JobQueue
  readonly env: Environment
  readonly settings: Readonly<Record<string, string | undefined>>
  /** The service's own connections, for `build` only. */
  readonly pool: ServicePool
  readonly security: Security
}

export interface Service {
  readonly name: string
  /** Name in the diagrams, such as `OrderSvc`. */
  readonly participant: string
  /** Folder URL of `migrations/`; absent for a service that owns no tables. */
  readonly migrations?: URL
  readonly features: readonly Feature<AnyRoute>[]
  readonly rpcs?: readonly RpcBinding[]
  readonly handlers: readonly EventHandler[]
  readonly batches?: readonly BatchHandler[]
  readonly jobs: readonly JobDefinition<never>[]
  /** Clients that its features and handlers get; there is no other way to call a service. */
  readonly uses: readonly (ClientDefinition | RpcDefinition)[]
  readonly publishes: readonly AnyEvent[]
  /** Figures that lie in its tables, read before a scrape. */
  readonly readings?: readonly Reading[]
  readonly problems: Readonly<Record<string, ProblemKind>>
  /** Demo data, repeatable; run by `npm start` only. */
  readonly seed?: (a: { unit: Unit; parts: never; now: number }) => Promise<void>
  /** The environment variables that `build` parses, for the page that lists them. */
  readonly settings?: TObject
  /** Makes the service's adapters and parsed configuration, once at start. */
  readonly build?: (input: BuildInput) => Promise<unknown> | unknown
  /** Gives back what `build` opened, when nothing of the service runs any more. */
  readonly close?: (parts: never) => Promise<void>
}

/** A gRPC service implementation: the generated descriptor and an object with one method an rpc. */
export interface RpcBinding {
  readonly descriptor: unknown
  readonly implement: (a: { read: Unit; parts: never; env: Environment }) => unknown
}
