// The provider at work: its books, its clock, and what falls due in it. All decisions are made and committed in one
// synchronous step, so that no request sees a half-made change and no two decide about the same money.

import type { Clock } from '@rialto/kernel/pure/time.ts'
import type { Reminder } from '../../engine/agenda.ts'
import { Calendar } from '../../engine/calendar.ts'
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
  readonly #calendar: Calendar<Due>
  #closed = false

  constructor(options: ProviderOptions) {
    this.#clock = options.clock
    this.#store = openStore(options.journal)
    this.#mint = openMint(options.seed, this.#store.issuedBefore)
    const { books } = this.#store
    const now = (): number => this.now()
    this.#calendar = new Calendar<Due>({
      now,
      attend: (reminder) => this.#attend(reminder),
      moveClock: (byMs) => this.commit([['clock_offset', books.clockOffsetMs + byMs]]),
      quiet: () => this.notifications.quiet(),
    })
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

  /** Does everything that is due by now. */
  settle(): void {
    this.#calendar.settle()
  }

  advance(ms: number): Promise<void> {
    return this.#calendar.advance(ms)
  }

  async close(): Promise<void> {
    this.#calendar.close()
    await this.notifications.close()
    this.#closed = true
    this.#store.close()
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
      if (at !== undefined) this.#calendar.remember({ at, kind, id: record.id })
    } else if (kind === 'refund') {
      if (record.settlesAt !== undefined)
        this.#calendar.remember({ at: record.settlesAt, kind, id: record.id })
    } else if (kind === 'delivery' || kind === 'progress') {
      this.notifications.observe(record)
      if (record.state === 'pending')
        this.#calendar.remember({ at: record.dueAt, kind: 'delivery', id: record.id })
    }
  }
}
