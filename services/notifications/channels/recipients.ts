// Addresses, remembered for half a minute: the receipt follows the confirmation within seconds, the push message goes beside the
// mail, and accounts need not be asked twice. Longer would write to people who have changed their address or left.

import type { Clock } from '@rialto/kernel/pure/time.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import type { Locale } from '../templates/letter.ts'

export interface Recipient {
  readonly address: string
  readonly name: string
  readonly locale: Locale
}

const KEPT_MS = 30 * SECOND
const KEPT_MAX = 5_000

export class Recipients {
  readonly #clock: Clock
  readonly #known = new Map<string, { readonly recipient: Recipient; readonly untilMs: number }>()
  readonly #asking = new Map<string, Promise<Recipient>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The recipient as of less than half a minute ago, or as `ask` says now. */
  async find(userId: string, ask: () => Promise<Recipient>): Promise<Recipient> {
    const known = this.#known.get(userId)
    if (known !== undefined && known.untilMs > this.#clock.now()) return known.recipient
    this.#known.delete(userId)
    const asked = this.#asking.get(userId) ?? this.#learn(userId, ask)
    this.#asking.set(userId, asked)
    try {
      return await asked
    } finally {
      if (this.#asking.get(userId) === asked) this.#asking.delete(userId)
    }
  }

  async #learn(userId: string, ask: () => Promise<Recipient>): Promise<Recipient> {
    const recipient = await ask()
    const oldest = this.#known.size >= KEPT_MAX ? this.#known.keys().next().value : undefined
    if (oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(userId, { recipient, untilMs: this.#clock.now() + KEPT_MS })
    return recipient
  }
}
