// Passes a request on to the service that answers it, and records both ways what was said. The flow is often known only from the
// answer (an order's id), so the context is ended last.

import { callName } from '@rialto/kernel/client/bind.ts'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import { Context, type Environment } from '@rialto/kernel/service/context.ts'
import type { Mounted, RawReply, RawRequest } from '@rialto/kernel/service/mount.ts'

const GATEWAY = 'APIGW'
const CLIENT = 'ClientApp'

interface Line {
  readonly from: string
  readonly to: string
  readonly name: string
}

/** Notes a call; answers its id and how to note the reply to it. */
function noteCall(ctx: Context, { from, to, name }: Line, parent?: string) {
  const id = ctx.note({
    from,
    to,
    kind: 'call',
    name,
    outcome: 'ok',
    ...(parent === undefined ? {} : { parent }),
  })
  const replied = (outcome: string): void => {
    ctx.note({ from: to, to: from, kind: 'reply', name, outcome, parent: id })
  }
  return { id, replied }
}

/** The lines of a request from the outside in. Whoever has a name of its own in the diagrams speaks past the gateway. */
function noteCalls(ctx: Context, route: AnyRoute, service: string) {
  const name = callName(route)
  if (route.caller !== undefined) {
    const direct = noteCall(ctx, { from: route.caller, to: service, name })
    return { cause: direct.id, replied: direct.replied }
  }
  const outer = noteCall(ctx, { from: CLIENT, to: GATEWAY, name })
  const inner = noteCall(ctx, { from: GATEWAY, to: service, name }, outer.id)
  const replied = (outcome: string): void => {
    inner.replied(outcome)
    outer.replied(outcome)
  }
  return { cause: inner.id, replied }
}

/** Whether a request is drawn in the record of the flow that its answer names. */
type IsDrawn = (route: AnyRoute, flow: string | undefined) => boolean

/** So many looks of each kind at one order are drawn. */
const LOOKS_DRAWN = 20
const LOOKS_REMEMBERED = 10_000

/**
 * Somebody who looks every second would make the record of an order grow without an end, and more looks say nothing more. What is not
 * drawn belongs to no flow.
 */
function firstLooks(): IsDrawn {
  const looks = new Map<string, number>()
  return (route, flow) => {
    if (flow === undefined || route.method !== 'GET') return true
    const key = `${route.name} ${flow}`
    const nth = (looks.get(key) ?? 0) + 1
    // Those looked at last are remembered.
    looks.delete(key)
    looks.set(key, nth)
    const [oldest] = looks.size > LOOKS_REMEMBERED ? looks.keys() : []
    if (oldest !== undefined) looks.delete(oldest)
    return nth <= LOOKS_DRAWN
  }
}

async function forward(
  mounted: Mounted,
  env: Environment,
  at: { route: AnyRoute; request: RawRequest; isDrawn: IsDrawn },
): Promise<RawReply> {
  const { route, request, isDrawn } = at
  const ctx = new Context(env, {
    service: 'gateway',
    participant: GATEWAY,
    caller: request.caller,
    ...(request.correlation === undefined ? {} : { correlation: request.correlation }),
  })
  const { cause, replied } = noteCalls(ctx, route, mounted.participant)
  try {
    const reply = await mounted.call(route, { ...request, correlation: ctx.correlation, cause })
    if (isDrawn(route, reply.flow)) ctx.flow = reply.flow
    replied(String(reply.status))
    return reply
  } finally {
    ctx.end()
  }
}

/** The service as the outside sees it: without its internal routes. */
export function forwarding(mounted: Mounted, env: Environment): Mounted {
  const isDrawn = firstLooks()
  return {
    name: mounted.name,
    participant: mounted.participant,
    routes: mounted.routes.filter((route) => route.access !== 'internal'),
    call: (route, request) => forward(mounted, env, { route, request, isDrawn }),
  }
}
