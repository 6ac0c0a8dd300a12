// The one road of every request, whichever way it came: over HTTP or from another service in the same process.
// Implemented in dispatch.ts; this file is its shape.

import type { AnyRoute } from '../pure/contract.ts'
import type { Caller } from './context.ts'

/** A request after transport and authentication, before validation. Bodies are parsed JSON, queries are strings. */
export interface RawRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: unknown
  readonly raw?: Uint8Array
  readonly caller: Caller
  readonly ip: string
  /** From `x-correlation-id`, `x-cause-id`, `x-flow`, `traceparent`; only trusted from our own callers. */
  readonly correlation?: string
  readonly cause?: string
  readonly flow?: string
  readonly traceparent?: string
  /** Instant of `performance.now()` after which the caller has given up. */
  readonly deadline?: number
}

export interface RawReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON text; absent for 204. */
  readonly body?: string
  /** Key of the flow the request turned out to belong to, for the caller's own interactions (`x-flow`). */
  readonly flow?: string
}

export interface Mounted {
  readonly name: string
  readonly participant: string
  readonly routes: readonly AnyRoute[]
  call(route: AnyRoute, request: RawRequest): Promise<RawReply>
}
