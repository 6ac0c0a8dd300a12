// The cache of one process: the entries used last, each for its time. It knows of its own process's changes only, so where others
// write to the same database an entry may live no longer than they may be late. It ends with the process.

import type { Clock } from '../pure/time.ts'
import type { CacheMake, CacheStore, Reading, Stand } from './cache.ts'

const ENTRIES_MAX = 5_000

interface Entry {
  readonly text: string
  readonly untilMs: number
}

export interface InProcessOptions {
  readonly clock: Clock
  /** No entry lives longer; absent: this process alone writes to the database. */
  readonly ttlMaxMs?: number | undefined
  readonly entriesMax?: number
}

class InProcessStore implements CacheStore {
  readonly #options: InProcessOptions
  /** The one longest unused comes first. */
  readonly #entries = new Map<string, Entry>()
  /** Of the whole space: a drop of another key costs a reader at most what it would have kept. */
  #drops = 0

  constructor(options: InProcessOptions) {
    this.#options = options
  }

  async read(key: string): Promise<Reading> {
    const stand: Stand = this.#drops
    const entry = this.#entries.get(key)
    if (entry === undefined) return { text: undefined, stand }
    this.#entries.delete(key)
    if (entry.untilMs <= this.#options.clock.now()) return { text: undefined, stand }
    this.#entries.set(key, entry)
    return { text: entry.text, stand }
  }

  async write(key: string, text: string, how: { stand: Stand; ttlMs: number }): Promise<void> {
    if (how.stand !== this.#drops) return
    const { clock, ttlMaxMs = Number.POSITIVE_INFINITY, entriesMax = ENTRIES_MAX } = this.#options
    this.#entries.delete(key)
    const oldest = this.#entries.size >= entriesMax ? this.#entries.keys().next().value : undefined
    if (oldest !== undefined) this.#entries.delete(oldest)
    this.#entries.set(key, { text, untilMs: clock.now() + Math.min(how.ttlMs, ttlMaxMs) })
  }

  drop(keys: readonly string[]): void {
    this.#drops += 1
    for (const key of keys) this.#entries.delete(key)
  }
}

/** Keeps entries in this process. Its hints have nobody to reach: who tells knows already. */
export const inProcessMake = (options: InProcessOptions): CacheMake => ({
  store: () => new InProcessStore(options),
  tell: () => undefined,
  hear: () => () => undefined,
})
