// The provider at work: its books, its clock, and what falls due in it. All decisions are made and committed in one
// synchronous step, so that no request sees a half-made change and no two decide about the same money.

import type { Clock } from '@rialto/kernel/pure/time.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { Agenda, type Reminder } from '../../engine/agenda.ts'
import { Notifications } from '../notifications.ts'
import { expirePayment } from '../payments.ts'
import { settleDue } from '../refunds.ts'
import { type Change, type JsonObject, openStore, type Store } from '../store.ts'
import type { ChargePlan, Decision, Desk, RefundPlan } from './desk.ts'
import { type Mint, openMint } from './mint.ts'

export interface ProviderOptions {
  readonly clock: Clock
  readonly shopId: string
  readonly seed: string
  readonly journal: string | undefined
  readonly redeliveryDelaysMs: readonly number[]
  readonly notificationTimeoutMs: number
  pageUrl(paymentId: string): string
}

type Due = 'payment' | 'refund' | 'delivery'

const REFUND_AT_ONCE: RefundPlan = { status: 'succeeded', reason: '', settleAfterMs: 0 }

export class Provider {
  readonly desk: Desk
  readonly notifications: Notifications
  /** Outcomes of the next charges of saved methods; without one a charge succeeds. */
  readonly chargePlans: ChargePlan[] = []
  refundPlan = REFUND_AT_ONCE
  readonly #store: Store
  readonly #mint: Mint
  readonly #clock: Clock
  readonly #agenda = new Agenda<Due>()
  #timer: NodeJS.Timeout | undefined
  #timerAt: number | undefined
  #settling = false
  #closed = false

  constructor(options: ProviderOptions) {
    this.#clock = options.clock
    this.#store = openStore(options.journal)
    this.#mint = openMint(options.seed, this.#store.issuedBefore)
    const { books } = this.#store
    const now = (): number => this.now()
    this.notifications = new Notifications({
      ...{ books, now, mint: this.#mint },
      redeliveryDelaysMs: options.redeliveryDelaysMs,
      timeoutMs: options.notificationTimeoutMs,
      commit: (changes) => this.commit(changes),
    })
    this.desk = {
      ...{ books, now, mint: this.#mint, shopId: options.shopId },
      pageUrl: options.pageUrl,
      announce: (announcement) => this.notifications.announce(announcement),
      forgeFor: (paymentId, object) => this.notifications.forgeFor(paymentId, object),
      nextCharge: () => this.chargePlans.shift() ?? { outcome: 'ok', reason: '' },
      nextRefund: () => this.refundPlan,
    }
    for (const payment of books.payments.values()) this.#remember(['payment', payment])
    for (const refund of books.refunds.values()) this.#remember(['refund', refund])
    for (const delivery of books.deliveries.values()) this.#remember(['delivery', delivery])
  }

  now(): number {
    return this.#clock.now() + this.#store.books.clockOffsetMs
  }

  /** Takes a decision and makes it true; `also` adds what must be true exactly then. */
  perform(decide: () => Decision, also?: (answer: JsonObject) => readonly Change[]): JsonObject {
    this.settle()
    const { changes, answer } = decide()
    this.commit(also === undefined ? changes : [...changes, ...also(answer)])
    return answer
  }

  commit(changes: readonly Change[]): void {
    if (this.#closed) throw new Error('the sandbox is closed')
    this.#store.commit(changes, this.#mint.issued)
    for (const change of changes) this.#remember(change)
    this.settle()
  }

  /** Does everything that is due by now. Cheap when nothing is. */
  settle(): void {
    if (this.#settling || this.#closed) return
    this.#settling = true
    try {
      for (;;) {
        const reminder = this.#agenda.takeDue(this.now())
        if (reminder === undefined) break
        this.#attend(reminder)
      }
    } finally {
      this.#settling = false
    }
    this.#arm()
  }

  /** Moves the clock forward, stopping at everything that falls due on the way, in its order and at its time. */
  async advance(ms: number): Promise<void> {
    const target = this.now() + ms
    for (;;) {
      this.settle()
      await this.notifications.quiet()
      const next = this.#agenda.nextAt
      if (next === undefined || next > target || this.#closed) break
      this.#moveClockTo(next)
    }
    this.#moveClockTo(target)
    this.settle()
    await this.notifications.quiet()
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.notifications.close()
    this.#closed = true
    this.#store.close()
  }

  #moveClockTo(instant: number): void {
    const step = instant - this.now()
    if (step > 0) this.commit([['clock_offset', this.#store.books.clockOffsetMs + step]])
  }

  #attend({ kind, id }: Reminder<Due>): void {
    const { payments, refunds } = this.#store.books
    if (kind === 'delivery') {
      this.notifications.due(id)
      return
    }
    const decision =
      kind === 'payment'
        ? expirePayment(this.desk, payments.get(id)!)
        : settleDue(this.desk, refunds.get(id)!)
    if (decision !== undefined) this.commit(decision.changes)
  }

  #remember(change: Change): void {
    const [kind, record] = change
    if (kind === 'payment') {
      const at = record.status === 'pending' ? record.windowEndsAt : record.holdEndsAt
      if (at !== undefined) this.#agenda.add({ at, kind, id: record.id })
    } else if (kind === 'refund') {
      if (record.settlesAt !== undefined)
        this.#agenda.add({ at: record.settlesAt, kind, id: record.id })
    } else if (kind === 'delivery' || kind === 'progress') {
      this.notifications.observe(record)
      if (record.state === 'pending')
        this.#agenda.add({ at: record.dueAt, kind: 'delivery', id: record.id })
    }
  }

  #arm(): void {
    const at = this.#agenda.nextAt
    if (at === this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = at
    if (at === undefined) return
    const delayMs = Math.min(Math.max(at - this.now(), 1), MINUTE)
    this.#timer = setTimeout(() => {
      this.#timerAt = undefined
      this.settle()
    }, delayMs)
    // The timer alone must not keep a process alive that has nothing else to do.
    this.#timer.unref()
  }
}
