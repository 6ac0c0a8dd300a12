// Notifications: one POST per event to the shop's address, without a signature, again after growing delays until HTTP 200 or
// until 24 h are over. The notification is written in the same commit as the state it tells of, so a killed provider still
// sends it after its restart; a kill between the receiver's 200 and the note of it sends it twice, never not at all.

import { DAY, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { Agent, request } from 'undici'
import type { Announcement } from './engine/desk.ts'
import type { Mint } from './engine/mint.ts'
import { notFound } from './errors.ts'
import type { Books, Change, DeliveryProgress, DeliveryRecord, JsonObject } from './store.ts'

export const WEBHOOK_MODES = [
  ...(['normal', 'duplicate', 'delay', 'lost', 'reordered', 'forged'] as const),
]

export interface WebhookBehaviour {
  readonly mode: (typeof WEBHOOK_MODES)[number]
  /** Of `duplicate`: how often each notification is sent in all. */
  readonly copies: number
  /** Of `delay`. */
  readonly delayMs: number
  /** For how many events it holds; then `normal` again. */
  readonly times: number
}

export const NORMAL: WebhookBehaviour = {
  mode: 'normal',
  copies: 1,
  delayMs: 0,
  times: Number.MAX_SAFE_INTEGER,
}

/** The provider's own delays are not published; these grow as its documentation describes. */
export const REDELIVERY_DELAYS_MS: readonly number[] = [
  ...[10 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, 60 * MINUTE],
]
const GIVE_UP_AFTER_MS = DAY
const REORDER_WAIT_MS = 5 * SECOND
const CONCURRENT_MAX = 32

export interface NotificationParts {
  readonly books: Books
  readonly mint: Mint
  readonly redeliveryDelaysMs: readonly number[]
  readonly timeoutMs: number
  now(): number
  commit(changes: readonly Change[]): void
}

export class Notifications {
  readonly #parts: NotificationParts
  readonly #agent = new Agent({ connections: CONCURRENT_MAX })
  readonly #closing = new AbortController()
  readonly #queue: string[] = []
  readonly #queued = new Set<string>()
  /** Asked for again while they are on their way. */
  readonly #again = new Set<string>()
  /** Payments with a notification under way: their next one waits, so that order holds unless it is asked to break. */
  readonly #busy = new Set<string>()
  readonly #pending = new Set<string>()
  /** Held back for reordering: payment → delivery, and the later delivery → the one it lets go. */
  readonly #held = new Map<string, string>()
  readonly #releases = new Map<string, string>()
  #waiters: { ready: () => boolean; resolve: () => void }[] = []
  #active = 0
  #url: string | undefined
  #behaviour = NORMAL

  constructor(parts: NotificationParts) {
    this.#parts = parts
    for (const delivery of parts.books.deliveries.values()) this.observe(delivery)
  }

  get pendingCount(): number {
    return this.#pending.size
  }

  set url(url: string | undefined) {
    this.#url = url
    this.#pump()
  }

  set behaviour(behaviour: WebhookBehaviour) {
    this.#behaviour = behaviour
  }

  /** Makes the notification of an event, as the present behaviour has it. */
  announce(announcement: Announcement): Change[] {
    const { mode, copies, delayMs } = this.#behaviour
    this.#useBehaviour()
    const first = this.#delivery(announcement, 'true')
    if (announcement.lost === true || mode === 'lost')
      return [['delivery', { ...first, state: 'lost' }]]
    if (mode === 'delay') return [['delivery', { ...first, dueAt: first.dueAt + delayMs }]]
    if (mode === 'reordered') return [['delivery', this.#reorder(first)]]
    const extra = mode === 'duplicate' ? copies - 1 : 0
    const more = Array.from({ length: extra }, () => this.#delivery(announcement, 'copy'))
    return [first, ...more].map((delivery) => ['delivery', delivery])
  }

  /** While forgeries are set, every new unpaid payment is answered with the lie that it has been paid. */
  forgeFor(paymentId: string, object: JsonObject): Change[] {
    if (this.#behaviour.mode !== 'forged' || object.status !== 'pending') return []
    this.#useBehaviour()
    return this.forge('payment.succeeded', {
      ...object,
      status: 'succeeded',
      paid: true,
      id: paymentId,
    })
  }

  /** A notification that the provider never sent. Tried once, as a forger would. */
  forge(event: string, object: JsonObject): Change[] {
    const forged = this.#delivery({ event, object, paymentId: String(object.id) }, 'forged')
    return [['delivery', forged]]
  }

  /** Sends a notification once more, whatever became of it. */
  redeliver(id: string): void {
    const delivery = this.#parts.books.deliveries.get(id)
    if (delivery === undefined) throw notFound('notification_id', 'No such notification')
    if (this.#queued.has(id) && !this.#queue.includes(id)) this.#again.add(id)
    const { attempts } = delivery
    this.#parts.commit([['progress', { id, attempts, state: 'pending', dueAt: this.#parts.now() }]])
  }

  /** Keeps count of what is still to be delivered; called for every committed change. */
  observe(progress: DeliveryProgress): void {
    if (progress.state === 'pending') this.#pending.add(progress.id)
    else this.#pending.delete(progress.id)
  }

  /** A delivery's time has come. */
  due(id: string): void {
    const delivery = this.#parts.books.deliveries.get(id)
    if (delivery?.state !== 'pending' || delivery.dueAt > this.#parts.now()) return
    if (this.#queued.has(id)) return
    this.#queued.add(id)
    this.#queue.push(id)
    this.#pump()
  }

  /** Resolves when nothing is being sent at this moment. */
  quiet(): Promise<void> {
    return this.#until(
      () => this.#active === 0 && (this.#url === undefined || this.#queued.size === 0),
    )
  }

  /** Resolves with true when everything was delivered, with false when the time is over first. */
  async idle(timeoutMs: number): Promise<boolean> {
    for (const id of this.#held.values()) this.#release(id)
    this.#held.clear()
    const delivered = (): boolean => this.#url === undefined || this.#pending.size === 0
    const timer = AbortSignal.timeout(timeoutMs)
    await this.#until(() => delivered() || timer.aborted, timer)
    return delivered()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#until(() => this.#active === 0)
    await this.#agent.destroy()
  }

  #useBehaviour(): void {
    const left = this.#behaviour.times - 1
    this.#behaviour = left > 0 ? { ...this.#behaviour, times: left } : NORMAL
  }

  #delivery(announcement: Announcement, kind: DeliveryRecord['kind']): DeliveryRecord {
    const { event, object, paymentId } = announcement
    const at = this.#parts.now()
    return {
      id: this.#parts.mint.id(at),
      ...{ event, paymentId, kind, createdAt: at, dueAt: at, attempts: 0, state: 'pending' },
      body: JSON.stringify({ type: 'notification', event, object }),
    }
  }

  /** Swaps neighbours: holds this one back, or lets the one held back go once this one was tried. */
  #reorder(delivery: DeliveryRecord): DeliveryRecord {
    const earlier = this.#held.get(delivery.paymentId)
    if (earlier === undefined) {
      this.#held.set(delivery.paymentId, delivery.id)
      return { ...delivery, dueAt: delivery.dueAt + REORDER_WAIT_MS }
    }
    this.#held.delete(delivery.paymentId)
    this.#releases.set(delivery.id, earlier)
    return delivery
  }

  #release(id: string): void {
    const delivery = this.#parts.books.deliveries.get(id)
    if (delivery?.state !== 'pending') return
    const { attempts } = delivery
    this.#parts.commit([['progress', { id, attempts, state: 'pending', dueAt: this.#parts.now() }]])
  }

  #pump(): void {
    const url = this.#url
    if (url === undefined || this.#closing.signal.aborted) return
    for (let i = 0; i < this.#queue.length && this.#active < CONCURRENT_MAX; ) {
      const delivery = this.#parts.books.deliveries.get(this.#queue[i]!)!
      if (delivery.kind === 'true' && this.#busy.has(delivery.paymentId)) {
        i += 1
        continue
      }
      this.#queue.splice(i, 1)
      this.#active += 1
      if (delivery.kind === 'true') this.#busy.add(delivery.paymentId)
      void this.#send(url, delivery)
    }
  }

  async #send(url: string, delivery: DeliveryRecord): Promise<void> {
    const result = await this.#post(url, delivery)
    this.#active -= 1
    this.#queued.delete(delivery.id)
    if (delivery.kind === 'true') this.#busy.delete(delivery.paymentId)
    // An attempt cut short by closing has no known result; after the restart it is made again.
    if (!this.#closing.signal.aborted) {
      this.#parts.commit([['progress', this.#after(delivery, result)]])
      const earlier = this.#releases.get(delivery.id)
      this.#releases.delete(delivery.id)
      if (earlier !== undefined) this.#release(earlier)
      this.#pump()
    }
    this.#wake()
  }

  async #post(url: string, delivery: DeliveryRecord): Promise<string> {
    const timeout = AbortSignal.timeout(this.#parts.timeoutMs)
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'yookassa-sandbox' },
        body: delivery.body,
        dispatcher: this.#agent,
        signal: AbortSignal.any([this.#closing.signal, timeout]),
      })
      await answer.body.dump()
      return String(answer.statusCode)
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    }
  }

  #after(delivery: DeliveryRecord, lastResult: string): DeliveryProgress {
    const { id, createdAt, kind } = delivery
    const attempts = delivery.attempts + 1
    const now = this.#parts.now()
    if (this.#again.delete(id)) return { id, attempts, lastResult, dueAt: now, state: 'pending' }
    const delays = this.#parts.redeliveryDelaysMs
    const dueAt = now + (delays[Math.min(attempts, delays.length) - 1] ?? MINUTE)
    if (lastResult === '200') return { id, attempts, lastResult, dueAt: now, state: 'delivered' }
    const over = kind === 'forged' || dueAt > createdAt + GIVE_UP_AFTER_MS
    return { id, attempts, lastResult, dueAt, state: over ? 'given_up' : 'pending' }
  }

  #until(ready: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ ready, resolve })
      signal?.addEventListener('abort', () => this.#wake(), { once: true })
      this.#wake()
    })
  }

  #wake(): void {
    const done = this.#waiters.filter((waiter) => waiter.ready())
    this.#waiters = this.#waiters.filter((waiter) => !done.includes(waiter))
    for (const waiter of done) waiter.resolve()
  }
}
