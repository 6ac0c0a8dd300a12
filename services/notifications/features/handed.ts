// Messages between the commit that made them and their sending. That commit claimed them for this process as well, so that handing
// them over here saves a transaction. It is memory only: what a dead process held becomes due when its claim has run out.

import type { MessageRow } from '../store.ts'

/** A message and the instant (milliseconds) after which its sending might outlast its claim. */
export interface Claimed {
  readonly message: MessageRow
  readonly beginBy: number
}

/** More are left to be claimed when somebody can send them. */
const ROOM = 100

export class Handed {
  #waiting: Claimed[] = []
  #changed = Promise.withResolvers<void>()

  /** How many more may be claimed in advance. */
  get room(): number {
    return Math.max(0, ROOM - this.#waiting.length)
  }

  put(claimed: readonly Claimed[]): void {
    this.#waiting.push(...claimed)
    this.touch()
  }

  /** The next one that may still be begun. What waited for too long is nobody's until its claim has run out. */
  take(now: number): MessageRow | undefined {
    for (;;) {
      const next = this.#waiting.shift()
      if (next === undefined || next.beginBy >= now) return next?.message
    }
  }

  /** Resolves at the next `put` or `touch`. */
  changed(): Promise<void> {
    return this.#changed.promise
  }

  /** Has those look again who wait for a change. */
  touch(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
