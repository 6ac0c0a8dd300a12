// What a contract is made of: routes, events, remote procedures. TypeBox schemas are the one source of types, validation,
// OpenAPI, AsyncAPI and the typed clients. Browser-safe: no I/O here.

import type { Static, TSchema } from 'typebox'
import type { ProblemKind } from './problem.ts'

export type Role = 'customer' | 'operator' | 'developer' | 'service'

/** Who may call a route: nobody in particular, some roles, or (`internal`) other services only, never through the gateway. */
export type Access = 'public' | 'internal' | readonly Role[]

export interface Route<
  Params extends TSchema = TSchema,
  Query extends TSchema = TSchema,
  Body extends TSchema = TSchema,
  Replies extends Readonly<Record<number, TSchema>> = Readonly<Record<number, TSchema>>,
> {
  /** Method name of the typed client, camelCase. */
  readonly name: string
  /** Service that answers. */
  readonly service: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Path without prefix, fastify style: `/orders/:order_id`. */
  readonly path: string
  readonly summary: string
  readonly access: Access
  /** Accepts `Idempotency-Key`. */
  readonly idempotent?: boolean
  /** The body is kept as raw bytes too (webhooks). */
  readonly raw?: boolean
  /** Content type of its 2xx replies, whose bodies are then texts; JSON unless said. */
  readonly media?: string
  /** Participant that calls it in the diagrams when it is not the client application. */
  readonly caller?: string
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** Answers by status; problems are implied. */
  readonly replies: Replies
  /** Codes this route may answer with, besides the kernel's own. */
  readonly problems: readonly ProblemKind[]
}

// biome-ignore lint/suspicious/noExplicitAny: the one place where "any route" is meant.
export type AnyRoute = Route<any, any, any, any>

export type Params<R extends AnyRoute> = Static<R['params']>
export type Query<R extends AnyRoute> = Static<R['query']>
export type Body<R extends AnyRoute> = Static<R['body']>
/** Union of `{ status, body }` over the route's declared replies. */
export type ReplyOf<R extends AnyRoute> = {
  [S in keyof R['replies'] & number]: { readonly status: S; readonly body: Static<R['replies'][S]> }
}[keyof R['replies'] & number]

export interface EventDefinition<Data extends TSchema = TSchema> {
  /** Name of the specification, such as `order.created`. */
  readonly type: string
  readonly version: number
  /** Publishing service; also its topic's name unless `topic` says otherwise. */
  readonly source: string
  readonly topic: string
  /** The data field that is the partition key. */
  readonly key: string
  readonly summary: string
  readonly data: Data
}

// biome-ignore lint/suspicious/noExplicitAny: the one place where "any event" is meant.
export type AnyEvent = EventDefinition<any>
export type DataOf<E extends AnyEvent> = Static<E['data']>

type RouteInput<P extends TSchema, Q extends TSchema, B extends TSchema, R> = Omit<
  Route,
  'params' | 'query' | 'body' | 'replies' | 'problems'
> & {
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly replies: R
  readonly problems?: readonly ProblemKind[]
}

const NOTHING = { type: 'object', properties: {}, additionalProperties: false } as const

/** Declares a route. Absent parts accept nothing: unknown query and body fields are refused, not dropped. */
export function route<
  const R extends Readonly<Record<number, TSchema>>,
  P extends TSchema = typeof NOTHING,
  Q extends TSchema = typeof NOTHING,
  B extends TSchema = typeof NOTHING,
>(input: RouteInput<P, Q, B, R>): Route<P, Q, B, R> {
  return {
    ...input,
    params: input.params ?? (NOTHING as unknown as P),
    query: input.query ?? (NOTHING as unknown as Q),
    body: input.body ?? (NOTHING as unknown as B),
    problems: input.problems ?? [],
  }
}

/** Declares an event. The topic is the publishing service's unless named. */
export function event<D extends TSchema>(
  input: Omit<EventDefinition<D>, 'topic' | 'version'> & { topic?: string; version?: number },
): EventDefinition<D> {
  return { ...input, topic: input.topic ?? input.source, version: input.version ?? 1 }
}
