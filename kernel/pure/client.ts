// What one service may ask of another: a named set of its routes. The definition is data, the types make it a set of methods;
// which transport carries a call (in process or HTTP) is decided where the client is bound, and nobody here can tell.

import type { Static, TSchema } from 'typebox'
import type { AnyRoute, Body, Params, Query } from './contract.ts'

export interface ClientDefinition<
  Routes extends Readonly<Record<string, AnyRoute>> = Readonly<Record<string, AnyRoute>>,
> {
  /** Service that answers. */
  readonly service: string
  /** Method name → route. */
  readonly routes: Routes
}

/** Declares a client: `client('catalog', { getProductPrice, reserve })`. Its routes must be the named service's own. */
export function client<const Routes extends Readonly<Record<string, AnyRoute>>>(
  service: string,
  routes: Routes,
): ClientDefinition<Routes> {
  for (const route of Object.values(routes))
    if (route.service !== service)
      throw new Error(`${route.name} is a route of ${route.service}, not of ${service}`)
  return { service, routes }
}

type Part<Name extends string, T> = {} extends T
  ? { readonly [K in Name]?: T }
  : { readonly [K in Name]: T }

/** What a call sends. Parts without a required field may be left out. */
export type CallInput<R extends AnyRoute> = Part<'params', Params<R>> &
  Part<'query', Query<R>> &
  Part<'body', Body<R>> & { readonly idempotencyKey?: string }

type SuccessStatus<R extends AnyRoute> = {
  [S in keyof R['replies'] & number]: `${S}` extends `2${string}` ? S : never
}[keyof R['replies'] & number]

/** Body of the route's 2xx answers; everything else is thrown. */
export type SuccessOf<R extends AnyRoute> = {
  [S in SuccessStatus<R>]: R['replies'][S] extends infer Schema ? StaticOf<Schema> : never
}[SuccessStatus<R>]

type StaticOf<Schema> = Schema extends TSchema ? Static<Schema> : never

export type Method<R extends AnyRoute> =
  {} extends CallInput<R>
    ? (input?: CallInput<R>) => Promise<SuccessOf<R>>
    : (input: CallInput<R>) => Promise<SuccessOf<R>>

/** The client as features see it: one method a route. */
export type ClientOf<D extends ClientDefinition> = {
  readonly [K in keyof D['routes']]: Method<D['routes'][K]>
}

/** A gRPC client by its generated descriptor. */
export interface RpcDefinition {
  readonly service: string
  /** The callee's name in the diagrams. */
  readonly participant: string
  readonly descriptor: unknown
}
