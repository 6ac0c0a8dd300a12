// Callbacks: one POST of the report to the shop's address, without a signature, again after growing delays until HTTP 200. The
// callback is written in the same commit as the result it tells of, so that a killed register still sends it after its restart.

import { MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { Agent, request } from 'undici'
import type { Books, CallbackProgress, CallbackRecord, Change, JsonObject } from './store.ts'

export const CALLBACK_MODES = [...(['normal', 'duplicate', 'delay', 'lost'] as const)]

export interface CallbackBehaviour {
  readonly mode: (typeof CALLBACK_MODES)[number]
  /** Of `duplicate`: how often each callback is sent in all. */
  readonly copies: number
  /** Of `delay`. */
  readonly delayMs: number
  /** For how many documents it holds; then `normal` again. */
  readonly times: number
}

export const NORMAL: CallbackBehaviour = {
  mode: 'normal',
  copies: 1,
  delayMs: 0,
  times: Number.MAX_SAFE_INTEGER,
}

/** The service's own delays are not published. */
export const REDELIVERY_DELAYS_MS: readonly number[] = [
  ...[5 * SECOND, 30 * SECOND, 5 * MINUTE, 30 * MINUTE, 60 * MINUTE],
]

export interface CallbackParts {
  readonly books: Books
  readonly redeliveryDelaysMs: readonly number[]
  readonly timeoutMs: number
  now(): number
  id(): string
  commit(changes: readonly Change[]): void
}

export class Callbacks {
  readonly #parts: CallbackParts
  readonly #agent = new Agent({ connections: 32 })
  readonly #closing = new AbortController()
  readonly #sending = new Set<string>()
  /** Asked for again while they are on their way. */
  readonly #again = new Set<string>()
  #waiters: { ready: () => boolean; resolve: () => void }[] = []
  behaviour = NORMAL
  /** Where callbacks of documents without an address of their own go. */
  #url: string | undefined

  constructor(parts: CallbackParts) {
    this.#parts = parts
  }

  set url(url: string | undefined) {
    this.#url = url
    for (const { id, state } of this.#parts.books.callbacks.values())
      if (state === 'pending') this.due(id)
  }

  /** Makes the callbacks of a result, as the present behaviour has it. */
  announce(about: { uuid: string; url: string | undefined; body: JsonObject }): Change[] {
    const { mode, copies, delayMs, times } = this.behaviour
    this.behaviour = times > 1 ? { ...this.behaviour, times: times - 1 } : NORMAL
    const at = this.#parts.now()
    const make = (more: Partial<CallbackRecord> = {}): Change => [
      'callback',
      {
        ...{ ...about, id: this.#parts.id(), createdAt: at, dueAt: at, attempts: 0 },
        ...{ state: 'pending', kind: 'true', ...more },
      },
    ]
    if (mode === 'lost') return [make({ state: 'lost' })]
    if (mode === 'delay') return [make({ dueAt: at + delayMs })]
    const extra = mode === 'duplicate' ? copies - 1 : 0
    return [make(), ...Array.from({ length: extra }, () => make({ kind: 'copy' }))]
  }

  /** A callback that the register never sent. Tried once, as a forger would. */
  forge(body: JsonObject): Change {
    const at = this.#parts.now()
    const uuid = String(body.uuid)
    return [
      'callback',
      {
        ...{ id: this.#parts.id(), uuid, createdAt: at, dueAt: at, attempts: 0, body },
        ...{ state: 'pending', kind: 'forged' },
      },
    ]
  }

  /** Sends a callback once more, whatever became of it. */
  redeliver({ id, attempts }: CallbackRecord): void {
    if (this.#sending.has(id)) this.#again.add(id)
    this.#parts.commit([['progress', { id, attempts, state: 'pending', dueAt: this.#parts.now() }]])
  }

  /** A callback's time has come. */
  due(id: string): void {
    const callback = this.#parts.books.callbacks.get(id)
    const url = callback?.url ?? this.#url
    if (callback?.state !== 'pending' || callback.dueAt > this.#parts.now()) return
    if (url === undefined || this.#sending.has(id) || this.#closing.signal.aborted) return
    this.#sending.add(id)
    void this.#send(url, callback)
  }

  /** Resolves when nothing is being sent at this moment. */
  quiet(): Promise<void> {
    return this.#until(() => this.#sending.size === 0)
  }

  /** Resolves with true when `ready` holds, looked at after every callback; with false when the time is over first. */
  async idle(ready: () => boolean, timeoutMs: number): Promise<boolean> {
    const timer = AbortSignal.timeout(timeoutMs)
    await this.#until(() => ready() || timer.aborted, timer)
    return ready()
  }

  /** Something changed that somebody may wait for. */
  wake(): void {
    const done = this.#waiters.filter((waiter) => waiter.ready())
    this.#waiters = this.#waiters.filter((waiter) => !done.includes(waiter))
    for (const waiter of done) waiter.resolve()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.quiet()
    await this.#agent.destroy()
  }

  async #send(url: string, callback: CallbackRecord): Promise<void> {
    const result = await this.#post(url, callback)
    this.#sending.delete(callback.id)
    // An attempt cut short by closing has no known result; after the restart it is made again.
    if (!this.#closing.signal.aborted)
      this.#parts.commit([['progress', this.#after(callback, result)]])
    this.wake()
  }

  async #post(url: string, callback: CallbackRecord): Promise<string> {
    const timeout = AbortSignal.timeout(this.#parts.timeoutMs)
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'atol-sandbox' },
        body: JSON.stringify(callback.body),
        dispatcher: this.#agent,
        signal: AbortSignal.any([this.#closing.signal, timeout]),
      })
      await answer.body.dump()
      return String(answer.statusCode)
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    }
  }

  #after({ id, kind, attempts: before }: CallbackRecord, lastResult: string): CallbackProgress {
    const attempts = before + 1
    const now = this.#parts.now()
    if (this.#again.delete(id)) return { id, attempts, lastResult, dueAt: now, state: 'pending' }
    if (lastResult === '200') return { id, attempts, lastResult, dueAt: now, state: 'delivered' }
    const delayMs = this.#parts.redeliveryDelaysMs[attempts - 1]
    if (kind === 'forged' || delayMs === undefined)
      return { id, attempts, lastResult, dueAt: now, state: 'given_up' }
    return { id, attempts, lastResult, dueAt: now + delayMs, state: 'pending' }
  }

  #until(ready: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ ready, resolve })
      signal?.addEventListener('abort', () => this.wake(), { once: true })
      this.wake()
    })
  }
}
