// Clients, bound to one context. A call and its reply are noted by the caller, with the callee's participant as partner; the
// callee gets the call's id as its cause. What is asked and answered is serialised and checked the same over both transports,
// so that a service cannot tell where its neighbour runs.

import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { ClientDefinition, ClientOf } from '../pure/client.ts'
import type { AnyRoute } from '../pure/contract.ts'
import { Broken, Unavailable } from '../pure/failure.ts'
import { type ProblemBody, problemFrom } from '../pure/problem.ts'
import type { Context } from '../service/context.ts'
import { lenient } from '../service/input.ts'
import type { RawReply } from '../service/mount.ts'

/** A call as text, ready for any transport. */
export interface OutgoingCall {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | readonly string[]>>
  /** JSON text. */
  readonly body?: string
  readonly idempotencyKey?: string
  /** Calling service. */
  readonly from: string
  readonly correlation: string
  readonly cause: string
  readonly flow?: string
  readonly traceparent?: string
  /** Instant of `performance.now()` after which nobody waits for the answer any more. */
  readonly deadline?: number
}

/** Carries calls to services. Throws `Unavailable` when there was no answer. */
export interface Transport {
  call(route: AnyRoute, call: OutgoingCall): Promise<RawReply>
}

export interface Wiring {
  readonly transport: Transport
  /** Service name → its name in the diagrams. */
  readonly participants: ReadonlyMap<string, string>
}

interface LooseInput {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly idempotencyKey?: string
}

const textsOf = (values: Readonly<Record<string, unknown>> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  )

const queryOf = (values: LooseInput['query'] = {}): OutgoingCall['query'] =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
  )

/** As the diagrams write it: `GET /orders/:order_id`. */
export const callName = (route: AnyRoute): string => `${route.method} ${route.path}`

type Check = (body: unknown) => boolean
const checks = new WeakMap<AnyRoute, ReadonlyMap<number, Check>>()

/** By status. Fields that we do not know are allowed here: a neighbour may be newer than we are. */
function replyChecksOf(route: AnyRoute): ReadonlyMap<number, Check> {
  let made = checks.get(route)
  if (made === undefined) {
    const declared = Object.entries(route.replies as Readonly<Record<string, TSchema>>)
    made = new Map(
      declared.map(([status, schema]) => {
        const checker = Compile(lenient(schema))
        return [Number(status), (body) => status === '204' || checker.Check(body)]
      }),
    )
    checks.set(route, made)
  }
  return made
}

/** The body of a good answer; throws the problem that another is. */
function bodyOf(route: AnyRoute, reply: RawReply): unknown {
  const where = `${route.service}.${route.name}`
  const body: unknown = reply.body === undefined ? undefined : JSON.parse(reply.body)
  if (reply.status >= 400) {
    const problem = problemFrom(body as ProblemBody)
    if (reply.status < 500) throw problem
    const Kind = reply.status === 500 ? Broken : Unavailable
    throw new Kind(`${where} answered ${reply.status} ${problem.kind.code}`, {
      cause: problem,
      outcome: problem.kind.money === 'checking' ? 'unknown' : 'nothing',
    })
  }
  if (replyChecksOf(route).get(reply.status)?.(body) !== true)
    throw new Error(`${where} answered ${reply.status} with a body that its contract does not have`)
  return body
}

function measure(
  ctx: Context,
  route: AnyRoute,
  answer: { readonly status: number | 'unavailable'; readonly startedAt: number },
): void {
  const { figures } = ctx.env
  if (figures === undefined) return
  const { status, startedAt } = answer
  const isAnswer = status !== 'unavailable' && status < 500
  const outcome = isAnswer ? (status < 400 ? 'ok' : 'refused') : 'unavailable'
  figures.clientDuration.observe(
    { caller: ctx.service, service: route.service, operation: callName(route), outcome },
    (performance.now() - startedAt) / 1_000,
  )
}

async function callRoute(
  route: AnyRoute,
  input: LooseInput,
  at: { wiring: Wiring; ctx: Context },
): Promise<unknown> {
  const { wiring, ctx } = at
  const from = ctx.participant
  const to = wiring.participants.get(route.service) ?? route.service
  const name = callName(route)
  const cause = ctx.note({ from, to, kind: 'call', name, outcome: 'ok' })
  const startedAt = performance.now()
  const answered = (status: number | 'unavailable'): void => {
    const outcome = String(status)
    ctx.note({ from: to, to: from, kind: 'reply', name, outcome, parent: cause })
    measure(ctx, route, { status, startedAt })
  }
  let reply: RawReply
  try {
    reply = await wiring.transport.call(route, {
      params: textsOf(input.params),
      query: queryOf(input.query),
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      ...(input.idempotencyKey === undefined ? {} : { idempotencyKey: input.idempotencyKey }),
      from: ctx.service,
      correlation: ctx.correlation,
      cause,
      ...(ctx.flow === undefined ? {} : { flow: ctx.flow }),
      ...(ctx.traceparent === undefined ? {} : { traceparent: ctx.traceparent }),
      ...(ctx.deadline === undefined ? {} : { deadline: ctx.deadline }),
    })
  } catch (error) {
    answered('unavailable')
    throw error
  }
  ctx.flow ??= reply.flow
  answered(reply.status)
  return bodyOf(route, reply)
}

/** Binds a client to the work at hand. */
export function bind<D extends ClientDefinition>(
  definition: D,
  wiring: Wiring,
  ctx: Context,
): ClientOf<D> {
  const methods = Object.entries(definition.routes).map(([name, route]) => [
    name,
    (input: LooseInput = {}) => callRoute(route, input, { wiring, ctx }),
  ])
  return Object.fromEntries(methods) as ClientOf<D>
}
