// Many callers, few transactions: items submitted one by one are run together. By itself there is no timer: a
// free lane sends at once what there is, and while it is busy the next batch collects, so that the
// batch sizes itself by the load (a 2 ms window was measured to add its latency and nothing else).
// An item alone on an idle batcher waits for nothing, unless nobody waits for it either (`lingerMs`).
// Invariant: every item gets its own outcome exactly once, and a batch keeps the order of arrival.
// A batch that fails is halved until the item that poisons it is alone and gets the error; `run`
// must therefore be one transaction, undone as a whole when it throws. A crash loses what was not
// committed, and no caller was told otherwise.

import { Unavailable } from '../pure/failure.ts'

/** What one `run` was, for metrics. */
export interface BatchReport {
  readonly items: number
  readonly durationMs: number
  readonly failed: boolean
}

export interface BatcherOptions<Item, Outcome> {
  /** Batches running at the same time: 1 where most items meet in one row, else 2. */
  readonly lanes: number
  readonly maxItems?: number
  /**
   * Items waiting beyond which further ones are refused as `Unavailable`: a queue that only grows
   * helps nobody.
   */
  readonly maxWaiting?: number
  /** How long a free lane waits for more: only where nobody waits for the outcomes. Not at all unless said. */
  readonly lingerMs?: number
  /** Outcomes in the order of the items. A business refusal is an outcome, not a throw. */
  readonly run: (items: readonly Item[]) => Promise<readonly Outcome[]>
  readonly onBatch?: (report: BatchReport) => void
}

export interface Batcher<Item, Outcome> {
  submit(item: Item): Promise<Outcome>
  /** Resolves when everything submitted so far has its outcome. */
  drain(): Promise<void>
  /** Items not yet in a batch. */
  readonly waiting: number
}

interface Entry<Item, Outcome> {
  readonly item: Item
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/** The batch may have been committed, so nothing of it may be run again. */
class WrongOutcomes extends Error {}

class Lanes<Item, Outcome> implements Batcher<Item, Outcome> {
  readonly #options: BatcherOptions<Item, Outcome>
  readonly #maxItems: number
  readonly #open = new Set<Promise<Outcome>>()
  #queue: Entry<Item, Outcome>[] = []
  #busy = 0
  #scheduled = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: BatcherOptions<Item, Outcome>) {
    this.#options = options
    this.#maxItems = options.maxItems ?? 500
  }

  get waiting(): number {
    return this.#queue.length
  }

  submit(item: Item): Promise<Outcome> {
    if (this.waiting >= (this.#options.maxWaiting ?? 10_000))
      return Promise.reject(new Unavailable(`${this.waiting} items are waiting for a batch`))
    const promise = new Promise<Outcome>((resolve, reject) => {
      this.#queue.push({ item, resolve, reject })
    })
    this.#open.add(promise)
    const close = (): void => {
      this.#open.delete(promise)
    }
    promise.then(close, close)
    this.#schedule()
    return promise
  }

  async drain(): Promise<void> {
    await Promise.allSettled([...this.#open])
  }

  /** A full batch waits for nothing. */
  #schedule(): void {
    const { lanes, lingerMs } = this.#options
    if (this.#busy >= lanes) return
    const isFull = this.waiting >= this.#maxItems
    if (this.#scheduled && !(isFull && this.#timer !== undefined)) return
    this.#scheduled = true
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (lingerMs === undefined || isFull) queueMicrotask(() => this.#start())
    else this.#timer = setTimeout(() => this.#start(), lingerMs)
  }

  /** One microtask after the first item: what one tick submits travels together, even when idle. */
  #start(): void {
    this.#scheduled = false
    this.#timer = undefined
    let wanted = Math.ceil(this.waiting / this.#maxItems)
    for (; wanted > 0 && this.#busy < this.#options.lanes; wanted--) {
      this.#busy += 1
      void this.#work()
    }
  }

  /** One lane: batch after batch until nothing waits; a batch that is not full may wait for more. */
  async #work(): Promise<void> {
    const least = this.#options.lingerMs === undefined ? 1 : this.#maxItems
    do {
      const entries = this.#queue.slice(0, this.#maxItems)
      this.#queue = this.#queue.slice(this.#maxItems)
      await this.#settle(entries)
    } while (this.waiting >= least)
    this.#busy -= 1
    if (this.waiting > 0) this.#schedule()
  }

  /** Runs the entries, halving on failure; one half after the other, so that order holds. */
  async #settle(entries: readonly Entry<Item, Outcome>[]): Promise<void> {
    try {
      await this.#attempt(entries)
    } catch (error) {
      const shared = error instanceof Unavailable || error instanceof WrongOutcomes
      if (shared || entries.length === 1) {
        for (const entry of entries) entry.reject(error)
        return
      }
      const middle = entries.length >> 1
      await this.#settle(entries.slice(0, middle))
      await this.#settle(entries.slice(middle))
    }
  }

  async #attempt(entries: readonly Entry<Item, Outcome>[]): Promise<void> {
    const startedAt = performance.now()
    let failed = true
    try {
      const outcomes = await this.#options.run(entries.map((entry) => entry.item))
      if (outcomes.length !== entries.length)
        throw new WrongOutcomes(`a batch of ${entries.length} answered ${outcomes.length} outcomes`)
      failed = false
      entries.forEach((entry, i) => {
        entry.resolve(outcomes[i] as Outcome)
      })
    } finally {
      this.#report({ items: entries.length, durationMs: performance.now() - startedAt, failed })
    }
  }

  /** A hook that throws must not make a committed batch look failed: it would be run again. */
  #report(report: BatchReport): void {
    try {
      this.#options.onBatch?.(report)
    } catch {
      // The figures of one batch are lost; its outcomes are not.
    }
  }
}

/** Starts a batcher. */
export const batcher = <Item, Outcome>(
  options: BatcherOptions<Item, Outcome>,
): Batcher<Item, Outcome> => new Lanes(options)
