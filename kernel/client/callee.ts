// A service at its addresses. Each instance has a pool and a breaker of its own. Asked in turn; one that refused, that says it
// is leaving, or whose breaker is open stands last for a moment. A request goes on to the next instance only when it was surely
// not sent to this one: then nothing can have been done twice, whatever it asks for. Instances that die in the middle of an
// answer leave an unknown outcome, and what may be repeated is decided by the caller.

import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel'
import { Pool } from 'undici'
import type { RawReply } from '../service/mount.ts'

/** Shorter than a leaving process goes on answering, so that none of our connections still idles when it closes them. */
const KEEP_ALIVE_MS = 1_000
const CONNECT_TIMEOUT_MS = 2_000
/** How long an instance that refused or is leaving is asked last. */
const REST_MS = 1_000

/** One request as it goes over the wire. */
export interface Wire {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
  /** Aborts it. */
  readonly signal: AbortSignal
}

export interface CalleeOptions {
  readonly connections?: number | undefined
  /** Failures in a row that open the breaker. */
  readonly breakAfter?: number | undefined
  readonly halfOpenAfterMs?: number | undefined
  /** Authorities of their certificates; absent: those that the system knows. */
  readonly ca?: string | undefined
}

/** The callee did not take the work on, or may have lost its answer. */
const PASSING = new Set([502, 503, 504])

/** An answer that says "not now", on its way through retry and breaker. */
export class NotNow extends Error {
  readonly reply: RawReply
  constructor(reply: RawReply) {
    super(`answered ${reply.status}`)
    this.reply = reply
  }
}

const NOT_SENT = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  'UND_ERR_CONNECT_TIMEOUT',
])

export const isNotSent = (error: unknown): boolean =>
  error instanceof BrokenCircuitError ||
  NOT_SENT.has(String((error as { code?: unknown } | null)?.code ?? ''))

/** What belongs to one connection and not to the answer. */
const OF_THE_WIRE = new Set([
  ...['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'upgrade', 'trailer'],
  ...['te', 'expect', 'host', 'date', 'proxy-connection'],
])

/** Headers as single texts, without those of the connection. */
export const passingHeaders = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || OF_THE_WIRE.has(name) ? [] : [[name, String(value)]],
    ),
  )

class Instance {
  readonly #pool: Pool
  readonly #breaker: CircuitBreakerPolicy
  #restsUntil = 0

  constructor(url: string, options: CalleeOptions) {
    this.#pool = new Pool(url, {
      connections: options.connections ?? 32,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      ...(options.ca === undefined ? {} : { connect: { ca: options.ca } }),
    })
    this.#breaker = circuitBreaker(
      handleWhen((error) => !(error instanceof NotNow)),
      {
        halfOpenAfter: options.halfOpenAfterMs ?? 1_000,
        breaker: new ConsecutiveBreaker(options.breakAfter ?? 5),
      },
    )
  }

  get rests(): boolean {
    return performance.now() < this.#restsUntil
  }

  rest(): void {
    this.#restsUntil = performance.now() + REST_MS
  }

  async send(wire: Wire): Promise<RawReply> {
    // One finds out whether it is back. The breaker would keep all others until that one is answered, however little time they have.
    if (this.#breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError()
    const reply = await this.#breaker.execute(() => this.#exchange(wire), wire.signal)
    if (PASSING.has(reply.status)) throw new NotNow(reply)
    return reply
  }

  async #exchange({ method, path, headers, body, signal }: Wire): Promise<RawReply> {
    const response = await this.#pool.request({
      ...{ method: method as 'GET', path, headers, signal },
      body: body as Buffer | string | null,
    })
    const text = await response.body.text()
    const flow = response.headers['x-flow']
    // A server says so when it is going to close.
    if (response.headers.connection === 'close') this.rest()
    return {
      status: response.statusCode,
      headers: passingHeaders(response.headers),
      ...(text === '' ? {} : { body: text }),
      ...(typeof flow === 'string' ? { flow } : {}),
    }
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

export class Callee {
  readonly #instances: readonly Instance[]
  #turn = 0

  constructor(urls: readonly string[], options: CalleeOptions) {
    this.#instances = urls.map((url) => new Instance(url, options))
  }

  /** All of them, each time beginning with the next; those at rest last. */
  #inTurn(): Instance[] {
    const at = this.#turn % this.#instances.length
    this.#turn += 1
    const turned = [...this.#instances.slice(at), ...this.#instances.slice(0, at)]
    const resting = turned.filter((one) => one.rests)
    return resting.length === 0 ? turned : [...turned.filter((one) => !one.rests), ...resting]
  }

  /** Sends it to one instance. Throws `NotNow`, or what went wrong; `isNotSent` tells whether anybody got it. */
  async send(wire: Wire): Promise<RawReply> {
    let last: unknown
    for (const instance of this.#inTurn())
      try {
        return await instance.send(wire)
      } catch (error) {
        last = error
        if (!isNotSent(error)) throw error
        instance.rest()
      }
    throw last
  }

  async close(): Promise<void> {
    await Promise.all(this.#instances.map((one) => one.close()))
  }
}
