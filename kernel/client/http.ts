// The transport between processes. One pool a service, kept alive for less time than the callee keeps connections; one
// deadline over all tries; only what may safely be repeated is: reads, and calls under an idempotency key. A breaker stops
// hammering a callee that does not answer. No answer is never a refusal: it is `Unavailable`, its outcome unknown once sent.

import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  wrap,
} from 'cockatiel'
import { Pool } from 'undici'
import type { AnyRoute } from '../pure/contract.ts'
import { Unavailable } from '../pure/failure.ts'
import type { RawReply } from '../service/mount.ts'
import type { OutgoingCall, Transport } from './bind.ts'

export interface HttpTransportOptions {
  /** Service name → base URL, such as `http://orders:8080`. */
  readonly urls: ReadonlyMap<string, string>
  /** A token that says which service we are. */
  readonly token: () => Promise<string>
  readonly deadlineMs?: number
  readonly connections?: number
  /** Failures in a row that open the breaker. */
  readonly breakAfter?: number
  readonly halfOpenAfterMs?: number
}

export interface HttpTransport extends Transport {
  close(): Promise<void>
}

const DEADLINE_MS = 5_000
/** Less than the server's keep-alive, so that it is never the server who closes first. */
const KEEP_ALIVE_MS = 10_000
const RETRIES = 2

/** The callee did not take the work on, or may have lost its answer. */
const PASSING = new Set([502, 503, 504])

/** An answer that says "not now", on its way through retry and breaker. */
class NotNow extends Error {
  readonly reply: RawReply
  constructor(reply: RawReply) {
    super(`answered ${reply.status}`)
    this.reply = reply
  }
}

interface Callee {
  readonly pool: Pool
  readonly breaker: CircuitBreakerPolicy
}

function pathOf(route: AnyRoute, call: OutgoingCall): string {
  const path = route.path.replaceAll(/:([a-z_]+)/gi, (_all: string, name: string) =>
    encodeURIComponent(call.params[name] ?? ''),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(call.query))
    for (const one of typeof value === 'string' ? [value] : value) query.append(name, one)
  return query.size === 0 ? path : `${path}?${query}`
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

const singleHeaders = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  )

interface Sending {
  readonly pool: Pool
  readonly route: AnyRoute
  readonly call: OutgoingCall
  readonly token: string
  readonly signal: AbortSignal
}

async function sendOnce({ pool, route, call, token, signal }: Sending): Promise<RawReply> {
  const response = await pool.request({
    method: route.method,
    path: pathOf(route, call),
    headers: headersOf(call, token),
    body: call.body ?? null,
    signal,
  })
  const body = await response.body.text()
  const flow = response.headers['x-flow']
  const reply: RawReply = {
    status: response.statusCode,
    headers: singleHeaders(response.headers),
    ...(body === '' ? {} : { body }),
    ...(typeof flow === 'string' ? { flow } : {}),
  }
  if (PASSING.has(reply.status)) throw new NotNow(reply)
  return reply
}

const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

const isNotSent = (error: unknown): boolean =>
  error instanceof BrokenCircuitError ||
  NOT_SENT.has(String((error as { code?: unknown } | null)?.code ?? ''))

const isTimeout = (error: unknown): boolean => (error as Error | null)?.name === 'TimeoutError'

/** Opens the transport to services by URL. */
export function openHttpTransport(options: HttpTransportOptions): HttpTransport {
  const callees = new Map<string, Callee>()
  for (const [service, url] of options.urls)
    callees.set(service, {
      pool: new Pool(url, {
        connections: options.connections ?? 32,
        keepAliveTimeout: KEEP_ALIVE_MS,
        keepAliveMaxTimeout: KEEP_ALIVE_MS,
        connectTimeout: 2_000,
      }),
      breaker: circuitBreaker(
        handleWhen((error) => !(error instanceof NotNow)),
        {
          halfOpenAfter: options.halfOpenAfterMs ?? 1_000,
          breaker: new ConsecutiveBreaker(options.breakAfter ?? 5),
        },
      ),
    })
  const repeat = retry(
    handleWhen((error) => !(error instanceof BrokenCircuitError) && !isTimeout(error)),
    { maxAttempts: RETRIES, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 500 }) },
  )
  return {
    async call(route, call) {
      const callee = callees.get(route.service)
      if (callee === undefined) throw new Unavailable(`no address of ${route.service} is known`)
      const { pool, breaker } = callee
      const signal = AbortSignal.timeout(options.deadlineMs ?? DEADLINE_MS)
      const mayRepeat = route.method === 'GET' || call.idempotencyKey !== undefined
      const policy = mayRepeat ? wrap(repeat, breaker) : breaker
      try {
        const token = await options.token()
        return await policy.execute(() => sendOnce({ pool, route, call, token, signal }), signal)
      } catch (error) {
        if (error instanceof NotNow) return error.reply
        throw new Unavailable(`${route.service}.${route.name} did not answer`, {
          cause: error,
          outcome: route.method === 'GET' || isNotSent(error) ? 'nothing' : 'unknown',
        })
      }
    },
    async close() {
      await Promise.all([...callees.values()].map(({ pool }) => pool.close()))
    },
  }
}
