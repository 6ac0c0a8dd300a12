// A feature is one verb. `ask` gathers what other services know (clients, no transaction), `act` decides and writes (one
// transaction, no clients): the types keep them apart, so that a call to another service never waits inside our transaction.
// `finish` is for the few that must talk to the outside after their commit; each step in it is a transaction of its own, the
// last of which may make the answer.

import type { AnyRoute, Body, Params, Query, ReplyOf } from '../pure/contract.ts'
import type { Caller, Context } from './context.ts'
import type { Tx } from './tx.ts'

export interface Input<R extends AnyRoute> {
  readonly params: Params<R>
  readonly query: Query<R>
  readonly body: Body<R>
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Exact bytes received; only for routes with `raw`. */
  readonly raw?: Uint8Array
  /** Address of the outside client, as the gateway saw it. */
  readonly ip: string
}

interface Common<R extends AnyRoute, Parts> {
  readonly input: Input<R>
  readonly caller: Caller
  readonly ctx: Context
  /** Milliseconds since the epoch, one value for the whole request. */
  readonly now: number
  /** What the service's `build` made: adapters, configuration. */
  readonly parts: Parts
}

export type Ask<R extends AnyRoute, Clients = {}, Parts = {}> = Common<R, Parts> & {
  readonly clients: Clients
}
export type Act<R extends AnyRoute, Facts = undefined, Parts = {}> = Common<R, Parts> & {
  readonly facts: Facts
  readonly tx: Tx
}
/** Runs one more transaction of the same service, for `finish` and jobs. */
export type Unit = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

export type Finish<R extends AnyRoute, Done, Parts = {}> = Common<R, Parts> & {
  readonly done: Done
  readonly unit: Unit
  /** Runs reads, without a transaction that waits for them. */
  readonly read: Unit
  /** The last transaction: what it makes is the answer, and is kept under the request's key in the same commit. */
  readonly answer: (work: (tx: Tx) => Promise<ReplyOf<R>>) => Promise<ReplyOf<R>>
}

export interface Feature<R extends AnyRoute> {
  readonly route: R
  readonly ask?: (a: Ask<R, never, never>) => Promise<unknown>
  readonly act?: (a: Act<R, never, never>) => Promise<unknown>
  readonly finish?: (a: Finish<R, never, never>) => Promise<ReplyOf<R>>
  /** Instead of the three: answers a read. */
  readonly answer?: (a: Ask<R, never, never> & { readonly read: Unit }) => Promise<ReplyOf<R>>
}

/** A feature whose answer is known when its transaction is. */
export function feature<R extends AnyRoute, C = {}, P = {}, F = undefined>(
  route: R,
  parts: {
    ask?: (a: Ask<R, C, P>) => Promise<F>
    act: (a: Act<R, F, P>) => Promise<ReplyOf<R>>
  },
): Feature<R> {
  return { route, ...parts } as unknown as Feature<R>
}

/** A feature that goes on after its commit (a provider call): `finish` makes the answer. */
export function saga<R extends AnyRoute, D, C = {}, P = {}, F = undefined>(
  route: R,
  parts: {
    ask?: (a: Ask<R, C, P>) => Promise<F>
    act: (a: Act<R, F, P>) => Promise<D>
    finish: (a: Finish<R, D, P>) => Promise<ReplyOf<R>>
  },
): Feature<R> {
  return { route, ...parts } as unknown as Feature<R>
}

/**
 * What has to look before it writes, at rows or at the outside: `finish` alone. Nothing is committed before it, so the route takes
 * no `Idempotency-Key`.
 */
export const afterLooking = <R extends AnyRoute, P = {}>(
  route: R,
  finish: (a: Finish<R, undefined, P>) => Promise<ReplyOf<R>>,
): Feature<R> => ({ route, finish }) as unknown as Feature<R>

/** A read that opens no write transaction: `ask` answers by itself. */
export function query<R extends AnyRoute, C = {}, P = {}>(
  route: R,
  answer: (a: Ask<R, C, P> & { readonly read: Unit }) => Promise<ReplyOf<R>>,
): Feature<R> {
  return { route, answer } as unknown as Feature<R>
}

/**
 * A write that travels in a batch with those of other requests: the batcher has the transaction, and what makes the request
 * happen once is a key of its own in that transaction, so it takes no `Idempotency-Key`.
 */
export function batched<R extends AnyRoute, C = {}, P = {}>(
  route: R,
  answer: (a: Ask<R, C, P>) => Promise<ReplyOf<R>>,
): Feature<R> {
  return { route, answer } as unknown as Feature<R>
}

/** Builds a typed reply. */
export const reply = <S extends number, B>(status: S, body: B): { status: S; body: B } => ({
  status,
  body,
})
