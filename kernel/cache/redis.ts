// The connection to Redis that a process has, for its cache, its counts and its hints. Nothing here is ever waited for in vain: a
// command has a short deadline, and the first that is not answered takes Redis out of use for everybody until it answers again,
// asked from behind and not by requests. Nothing is queued for later. On the way back in, first what must be true for readers is
// done (a drop that got lost), then they are let in. The driver is loaded only where there is a Redis.

import type { createClient, RedisClientOptions } from '@redis/client'
import type { Logger } from '../observability/log.ts'
import { Unavailable } from '../pure/failure.ts'

export type RedisClient = ReturnType<typeof createClient>

const DEADLINE_MS = 200
const RETRY_MS = 250
/** A connection that has brought nothing for so long is given up for a new one: its other end may have vanished without a word. */
const STALE_MS = 10_000
const START_WAIT_MS = 1_000
const RECONNECT_MS = { first: 50, most: 1_000 } as const

export interface RedisOptions {
  /** `redis://user:password@host:port/number`, or `rediss://` for TLS. */
  readonly url: string
  /** Stands before every key and channel, for several platforms on one server. */
  readonly prefix: string
  readonly log: Logger
  /** Told of each command that was not carried out, and why. */
  readonly onFailed?: (why: 'away' | 'late' | 'refused') => void
  /** Told when it comes into use and goes out of it. */
  readonly onTurn?: (isHere: boolean) => void
  readonly deadlineMs?: number
}

/** What must be done before Redis is used again. */
export interface Duty {
  readonly isDone: boolean
  work(client: RedisClient): Promise<unknown>
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const optionsOf = (url: string): RedisClientOptions => ({
  url,
  disableOfflineQueue: true,
  commandsQueueMaxLength: 10_000,
  disableClientInfo: true,
  maintNotifications: 'disabled',
  socket: {
    connectTimeout: 1_000,
    reconnectStrategy: (tries) =>
      Math.min(RECONNECT_MS.first * 2 ** Math.min(tries, 10), RECONNECT_MS.most),
  },
})

export class Redis {
  readonly #options: RedisOptions
  readonly #open: typeof createClient
  readonly #duties: Duty[] = []
  readonly #heard = new Map<string, Set<() => void>>()
  #client: RedisClient
  #madeAt = 0
  #subscribed = new Set<string>()
  #isHere = false
  #entering = false
  #isMissed = false
  #closed = false
  #lives = 0
  #server = ''
  #timer: NodeJS.Timeout
  readonly #first = Promise.withResolvers<void>()

  private constructor(options: RedisOptions, open: typeof createClient) {
    this.#options = options
    this.#open = open
    this.#client = this.#connect()
    this.#timer = setInterval(() => this.#lookAgain(), RETRY_MS).unref()
  }

  /** Waits a moment for the server, and goes on without it. */
  static async open(options: RedisOptions): Promise<Redis> {
    const { createClient } = await import('@redis/client')
    const redis = new Redis(options, createClient)
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, START_WAIT_MS)
    await Promise.race([redis.#first.promise, late.promise])
    clearTimeout(timer)
    if (!redis.#isHere) redis.#miss('not reached yet')
    return redis
  }

  get isHere(): boolean {
    return this.#isHere
  }

  /** How often this process has come to use it: what was noted in one life says nothing in the next. */
  get lives(): number {
    return this.#lives
  }

  /** Names one run of the server: one that was restarted, or another that took its place, has another name. */
  get server(): string {
    return this.#server
  }

  /** A key or channel under this platform's prefix. */
  name(...parts: readonly string[]): string {
    return [this.#options.prefix, ...parts].join(':')
  }

  /** Rejects with `Unavailable` at once where there is no Redis to use, and after the deadline where it does not answer. */
  async run<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    const { onFailed } = this.#options
    if (!this.#isHere || !this.#client.isReady) {
      onFailed?.('away')
      throw new Unavailable('redis is away')
    }
    try {
      return await this.#inTime(command(this.#client))
    } catch (error) {
      if (error instanceof TooLate) {
        onFailed?.('late')
        this.#leave(error.message)
      } else onFailed?.(this.#client.isReady ? 'refused' : 'away')
      throw new Unavailable('redis did not answer', { cause: error })
    }
  }

  /** From now on done before each return. */
  addDuty(duty: Duty): void {
    this.#duties.push(duty)
  }

  /** Takes it out of use until every duty is done. */
  owe(why: string): void {
    this.#leave(why)
  }

  tell(channel: string): void {
    this.run((client) => client.publish(this.name('hint', channel), '')).catch(() => undefined)
  }

  hear(channel: string, heard: () => void): () => void {
    const name = this.name('hint', channel)
    const hearers = this.#heard.get(name) ?? new Set()
    this.#heard.set(name, hearers.add(heard))
    if (this.#isHere) this.#subscribe().then(heard, (error: unknown) => this.#leave(wordsOf(error)))
    return () => hearers.delete(heard)
  }

  /** Throws why it is not used. */
  check(): void {
    if (!this.#isHere) throw new Error('down, going on without')
  }

  /** Finishes what is under way, if it finishes at once. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    const wasHere = this.#isHere
    this.#isHere = false
    try {
      if (wasHere) await this.#inTime(this.#client.close())
    } catch {
      // It is cut, then.
    } finally {
      if (this.#client.isOpen) this.#client.destroy()
    }
  }

  #connect(): RedisClient {
    const client = this.#open(optionsOf(this.#options.url)) as RedisClient
    this.#madeAt = performance.now()
    this.#subscribed = new Set()
    client.on('error', (error: unknown) => {
      if (client === this.#client) this.#leave(wordsOf(error))
    })
    client.on('ready', () => void this.#enter())
    // It goes on trying by itself; it rejects when it is destroyed.
    client.connect().catch(() => undefined)
    return client
  }

  #lookAgain(): void {
    if (this.#isHere || this.#entering) return
    if (this.#client.isReady) void this.#enter()
    if (performance.now() - this.#madeAt < STALE_MS) return
    const old = this.#client
    this.#client = this.#connect()
    old.destroy()
  }

  async #enter(): Promise<void> {
    if (this.#entering || this.#isHere || this.#closed) return
    this.#entering = true
    const client = this.#client
    try {
      this.#server = await this.#serverOf(client)
      await this.#subscribe()
      while (this.#duties.some((duty) => !duty.isDone))
        for (const duty of this.#duties) await this.#inTime(duty.work(client))
      if (client !== this.#client || !client.isReady) return
      this.#isHere = true
      this.#lives += 1
      this.#options.onTurn?.(true)
      if (this.#isMissed) this.#options.log.info({}, 'redis is there; it is used from now on')
      this.#isMissed = false
      this.#first.resolve()
      for (const hearers of this.#heard.values()) for (const heard of hearers) heard()
    } catch (error) {
      this.#options.log.debug({ err: error }, 'redis is not ready to be used')
    } finally {
      this.#entering = false
    }
  }

  /** Where one may not ask, all runs count as one, and what a restarted server brings back lives out its time. */
  async #serverOf(client: RedisClient): Promise<string> {
    try {
      return /^run_id:(\w+)/m.exec(await this.#inTime(client.info('server')))?.[1] ?? 'one'
    } catch (error) {
      if (error instanceof TooLate || !client.isReady) throw error
      return 'one'
    }
  }

  async #subscribe(): Promise<void> {
    const wanted = [...this.#heard.keys()].filter((name) => !this.#subscribed.has(name))
    if (wanted.length === 0) return
    const subscribed = this.#subscribed
    for (const name of wanted) subscribed.add(name)
    const hear = (_message: string, channel: string): void => {
      for (const heard of this.#heard.get(channel) ?? []) heard()
    }
    try {
      await this.#inTime(this.#client.subscribe(wanted, hear))
    } catch (error) {
      for (const name of wanted) subscribed.delete(name)
      throw error
    }
  }

  #leave(why: string): void {
    if (!this.#isHere) return
    this.#isHere = false
    this.#options.onTurn?.(false)
    // A connection that was good until now gets its time to come back.
    this.#madeAt = performance.now()
    if (!this.#closed) this.#miss(why)
  }

  #miss(why: string): void {
    this.#isMissed = true
    this.#options.log.warn({ why }, 'redis is away; going on without it')
  }

  /**
   * A timer that fires late, after this process was busy with something else, first lets in what has arrived meanwhile: it is
   * Redis that must not be late, not we.
   */
  #inTime<T>(answer: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const { deadlineMs = DEADLINE_MS } = this.#options
    const timer = setTimeout(() => {
      setImmediate(() => reject(new TooLate(`no answer within ${deadlineMs} ms`)))
    }, deadlineMs)
    answer.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
    return promise
  }
}

class TooLate extends Error {}
