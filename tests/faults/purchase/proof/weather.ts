// Bad luck and bad will around the platform, drawn purchase by purchase: what becomes of the provider's notifications, of its
// first answers, of the register's callbacks and of the mail server's yes; and notifications that nobody sent.

import { randomUUID } from 'node:crypto'
import type { Chance } from '../../log/random.ts'
import type { Shop } from '../shop.ts'

const COPIES = 3
const DELAY_MAX_MS = 3_000
/** A payment whose notification is lost is found by the look 5 s after it was asked for; the one after that comes at 5 min. */
const FOUND_WITHIN_MS = 4_000
/** Between two answers that are lost: a look at the provider would meet the next one's fault, and the one after comes at 5 min. */
const BETWEEN_FAULTS_MS = 8_000

export interface Counts {
  duplicated: number
  delayed: number
  reordered: number
  lost: number
  forged: number
  unanswered: number
}

export class Weather {
  readonly counts: Counts = {
    ...{ duplicated: 0, delayed: 0, reordered: 0, lost: 0, forged: 0, unanswered: 0 },
  }
  readonly #shop: Shop
  readonly #chance: Chance
  /** The first draws of a notification's fate: each twentieth once, so that a small round meets every kind. */
  readonly #first: number[]
  #faultAfter = 0

  constructor(shop: Shop, chance: Chance) {
    this.#shop = shop
    this.#chance = chance
    const keyed = Array.from({ length: 20 }, (_, i) => ({ draw: 5 * i, key: chance.next() }))
    this.#first = keyed.sort((a, b) => a.key - b.key).map(({ draw }) => draw)
  }

  /** Before a payment is asked for. */
  beforeStart(): void {
    const { sandbox } = this.#shop
    const now = performance.now()
    if (!this.#chance.happens(0.05) || now < this.#faultAfter) return
    this.#faultAfter = now + BETWEEN_FAULTS_MS
    const kind = this.#chance.pick(['error_after', 'reset_after', 'error_before'] as const)
    sandbox.control.addFault({ operation: 'payments.create', kind })
    this.counts.unanswered += 1
  }

  /** The payer pays, and the news of it fares as it may. `askedAt`: when the payment was begun. */
  pay(atProvider: string, askedAt: number): void {
    const { sandbox, register, mailbox } = this.#shop
    sandbox.control.setWebhooks({ ...this.#notification(askedAt), times: 1 })
    sandbox.control.pay(atProvider)
    if (this.#chance.happens(0.2))
      register.control.setCallbacks({
        mode: this.#chance.pick(['duplicate', 'delay', 'lost'] as const),
        ...{ copies: COPIES, delayMs: 500, times: 1 },
      })
    if (this.#chance.happens(0.02))
      mailbox.control.addFault({ kind: this.#chance.pick(['lose_answer', 'greylist'] as const) })
  }

  #notification(askedAt: number) {
    const draw = this.#first.pop() ?? this.#chance.below(100)
    if (draw < 20) {
      this.counts.duplicated += 1
      return { mode: 'duplicate', copies: COPIES } as const
    }
    if (draw < 35) {
      this.counts.delayed += 1
      return { mode: 'delay', delayMs: this.#chance.below(DELAY_MAX_MS) } as const
    }
    if (draw < 45) {
      this.counts.reordered += 1
      return { mode: 'reordered' } as const
    }
    if (draw < 55 && performance.now() - askedAt < FOUND_WITHIN_MS) {
      this.counts.lost += 1
      return { mode: 'lost' } as const
    }
    // Too late to be lost and found in time: one of the next is.
    if (draw < 55 && this.counts.lost === 0) this.#first.push(draw)
    return { mode: 'normal' } as const
  }

  /** Somebody claims that this payment, or one of nobody, has been paid or given back. A platform that is away hears nothing. */
  async forge(atProvider: string): Promise<void> {
    if (!this.#chance.happens(0.15)) return
    const id = this.#chance.happens(0.5) ? atProvider : randomUUID()
    const event = this.#chance.pick(['payment.succeeded', 'payment.canceled'] as const)
    const status = event === 'payment.succeeded' ? 'succeeded' : 'canceled'
    const object = { id, status, paid: true, amount: { value: '1.00', currency: 'RUB' } }
    const { url } = this.#shop
    if (url === undefined) return
    const answer = await fetch(`${url}/webhooks/yookassa`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'notification', event, object }),
    }).catch(() => undefined)
    if (answer === undefined) return
    await answer.arrayBuffer().catch(() => undefined)
    this.counts.forged += 1
  }
}
