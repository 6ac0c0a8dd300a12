// The transport between processes. Connections are kept alive; one deadline holds over all tries and is passed along, so that
// nobody works for a caller who has given up. What was surely not sent is tried again whatever it is; what may have been sent
// only if it can be repeated: reads, and calls under an idempotency key. A breaker stops hammering an instance that does not
// answer. No answer is never a refusal: it is `Unavailable`, its outcome unknown once sent, whatever became of later tries.

import { BrokenCircuitError, ExponentialBackoff, handleWhen, retry } from 'cockatiel'
import type { AnyRoute } from '../pure/contract.ts'
import { Unavailable } from '../pure/failure.ts'
import type { ProblemBody } from '../pure/problem.ts'
import type { RawReply } from '../service/mount.ts'
import type { OutgoingCall, Transport } from './bind.ts'
import { Callee, type CalleeOptions, isNotSent, NotNow, type Wire } from './callee.ts'

export interface HttpTransportOptions extends CalleeOptions {
  /** Service name → base URLs of its instances, such as `http://orders:8080`. */
  readonly urls: ReadonlyMap<string, readonly string[]>
  /** A token that says which of our services asks. */
  readonly token: (service: string) => Promise<string>
  readonly deadlineMs?: number
}

/** A request to a service, before it has a deadline. */
export interface Outgoing extends Omit<Wire, 'signal'> {
  /** For people. */
  readonly name: string
  /** May be sent again though it may have been worked on. */
  readonly mayRepeat: boolean
  /** Repeated, if that may be, also when the answer was "not now". */
  readonly insists: boolean
  /** Nothing but reads: no answer leaves nothing behind. */
  readonly reads: boolean
  /** Milliseconds for all tries together. */
  readonly withinMs: number
}

export interface HttpTransport extends Transport {
  /** Sends any request to one of the service's instances. Throws `Unavailable` when there was no answer. */
  send(service: string, outgoing: Outgoing): Promise<RawReply>
  /** Resolves when some instance of the service answers. */
  reach(service: string): Promise<void>
  close(): Promise<void>
}

const DEADLINE_MS = 5_000
const REACH_MS = 900
const RETRIES = 2

const isTimeout = (error: unknown): boolean => (error as Error | null)?.name === 'TimeoutError'

const backoff = new ExponentialBackoff({ initialDelay: 50, maxDelay: 500 })
const whenNotSent = retry(
  handleWhen((error) => isNotSent(error) && !(error instanceof BrokenCircuitError)),
  { maxAttempts: RETRIES, backoff },
)
const wasLost = (error: unknown): boolean =>
  !(error instanceof BrokenCircuitError) && !isTimeout(error)
const whenLost = retry(
  handleWhen((error) => wasLost(error) && !(error instanceof NotNow)),
  { maxAttempts: RETRIES, backoff },
)
const whenLostOrNotNow = retry(handleWhen(wasLost), { maxAttempts: RETRIES, backoff })

/** The callee itself said that it did nothing. A proxy between, or one that gave up half-way, cannot say so. */
function saysUntouched({ reply }: NotNow): boolean {
  try {
    return (JSON.parse(reply.body ?? '') as Partial<ProblemBody> | null)?.money === 'untouched'
  } catch {
    return false
  }
}

/** Whether a try that ended so may have been worked on. */
const mayHaveBeenDone = (error: unknown): boolean =>
  error instanceof NotNow ? !saysUntouched(error) : !isNotSent(error)

const policyOf = ({ mayRepeat, insists }: Pick<Outgoing, 'mayRepeat' | 'insists'>) => {
  if (!mayRepeat) return whenNotSent
  return insists ? whenLostOrNotNow : whenLost
}

/** A path with its parameters and query filled in. */
export function pathOf(
  template: string,
  params: Readonly<Record<string, string>>,
  query: Readonly<Record<string, unknown>>,
): string {
  const path = template.replaceAll(/:([a-z_]+)/gi, (_all: string, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one))
  return search.size === 0 ? path : `${path}?${search}`
}

const headersOf = (call: OutgoingCall, token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  'x-correlation-id': call.correlation,
  'x-cause-id': call.cause,
  ...(call.flow === undefined ? {} : { 'x-flow': call.flow }),
  ...(call.traceparent === undefined ? {} : { traceparent: call.traceparent }),
  ...(call.idempotencyKey === undefined ? {} : { 'idempotency-key': call.idempotencyKey }),
  ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
})

function outgoingOf(
  route: AnyRoute,
  call: OutgoingCall,
  at: { token: string; deadlineMs: number },
): Outgoing {
  const leftMs = call.deadline === undefined ? at.deadlineMs : call.deadline - performance.now()
  const reads = route.method === 'GET'
  return {
    name: `${route.service}.${route.name}`,
    method: route.method,
    path: pathOf(route.path, call.params, call.query),
    headers: headersOf(call, at.token),
    body: call.body ?? null,
    mayRepeat: reads || call.idempotencyKey !== undefined,
    insists: true,
    reads,
    // A timer of parts of a millisecond is refused.
    withinMs: Math.floor(Math.min(at.deadlineMs, leftMs)),
  }
}

/** Opens the transport to services by URL. */
export function openHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { token, deadlineMs = DEADLINE_MS } = options
  const callees = new Map(
    [...options.urls].map(([name, urls]) => [name, new Callee(urls, options)]),
  )
  const calleeOf = (service: string): Callee => {
    const callee = callees.get(service)
    if (callee === undefined) throw new Unavailable(`no address of ${service} is known`)
    return callee
  }
  const send: HttpTransport['send'] = async (service, outgoing) => {
    const callee = calleeOf(service)
    const { name, withinMs, mayRepeat, insists, reads, ...wire } = outgoing
    if (withinMs < 1) throw new Unavailable(`no time was left to ask ${name}`)
    const until = performance.now() + withinMs
    const signal = AbortSignal.timeout(withinMs)
    let maybeDone = false
    const sendOnce = async (): Promise<RawReply> => {
      const leftMs = Math.max(1, Math.ceil(until - performance.now()))
      const headers = { ...wire.headers, 'x-deadline-ms': String(leftMs) }
      try {
        return await callee.send({ ...wire, headers, signal })
      } catch (error) {
        maybeDone ||= !reads && mayHaveBeenDone(error)
        throw error
      }
    }
    try {
      return await policyOf({ mayRepeat, insists }).execute(sendOnce, signal)
    } catch (error) {
      // That the last try did nothing says nothing of those before it.
      if (error instanceof NotNow && !(maybeDone && saysUntouched(error))) return error.reply
      const outcome = maybeDone ? 'unknown' : 'nothing'
      throw new Unavailable(`${name} did not answer`, { cause: error, outcome })
    }
  }
  return {
    send,
    async call(route, call) {
      return send(
        route.service,
        outgoingOf(route, call, { token: await token(call.from), deadlineMs }),
      )
    },
    async reach(service) {
      const { status } = await calleeOf(service).send({
        ...{ method: 'GET', path: '/health/live', headers: {}, body: null },
        signal: AbortSignal.timeout(REACH_MS),
      })
      if (status !== 200) throw new Error(`${service} answered ${status}`)
    },
    async close() {
      await Promise.all([...callees.values()].map((callee) => callee.close()))
    },
  }
}
