// Carries interactions off the hot path. Contexts hand them over at their end; after 100 ms, or when 500 wait, they leave in one
// batch. Where their reader runs in the same process they may wait for longer, because it takes them along (`lend`) in a
// transaction that it makes anyway: a transaction of their own was three an order. Recording never blocks or fails a request: when
// the sink is down a bounded number waits and the rest is counted as lost, which makes a verdict over a run of that time
// `inconclusive` rather than wrong. A crash loses the calls and steps that waited, at most those of `lingerMs`, and the batch that
// was being written; publishes and consumes come from the log and are never lost.

import type { Interaction } from '../pure/interaction.ts'
import type { Recorder } from '../service/context.ts'

const LINGER_MS = 100
const BATCH = 500
const MAX_WAITING = 20_000
/** No transaction takes so long; one that has not ended by then has failed. */
const LOAN_MS = 2_000

export type Sink = (interactions: readonly Interaction[]) => Promise<void>

/** What somebody else writes. Until `kept` it still waits here, so a loan that failed is written again: repeats must not matter. */
export interface Loan {
  readonly interactions: readonly Interaction[]
  kept(): void
}

export interface BufferedRecorder extends Recorder {
  /** Sends what waits; resolves when the sink, or who was lent it, has it. */
  flush(): Promise<void>
  /** What waits, for who has a transaction to write it in; undefined when there is nothing, or it is on its way already. */
  lend(): Loan | undefined
  /** Interactions dropped because the sink was down for too long. */
  readonly lost: number
  /** Whether any of them happened in that time. */
  hasLost(fromMs: number, toMs: number): boolean
  stop(): Promise<void>
}

export interface RecorderOptions {
  readonly sink: Sink
  /** Share of flows to record, 0..1. Decided by the flow's key, so that a flow is recorded whole or not at all. */
  readonly rate: number
  /** How long what was recorded may wait, 100 ms unless said. */
  readonly lingerMs?: number
  /** How many leave together, 500 unless said. */
  readonly batch?: number
}

/** A number in 0..1 that is the same for the same flow in every process. */
export function shareOf(flow: string): number {
  let hash = 2_166_136_261
  for (let i = 0; i < flow.length; i++) hash = Math.imul(hash ^ flow.charCodeAt(i), 16_777_619)
  return (hash >>> 0) / 4_294_967_296
}

/** Whether a flow is recorded where a share of them is. */
export const isRecorded = (flow: string, rate: number): boolean => rate >= 1 || shareOf(flow) < rate

interface Gap {
  readonly fromMs: number
  readonly toMs: number
}

/** Losses that lie so near each other are of one outage. */
const ONE_GAP_MS = 60_000

/** What waits, in the order of recording. Its head is lent or being sent by one at a time. */
class Buffer implements BufferedRecorder {
  readonly #options: Required<RecorderOptions>
  #waiting: Interaction[] = []
  #lost = 0
  #gaps: Gap[] = []
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  #loan: Promise<void> | undefined

  constructor(options: RecorderOptions) {
    this.#options = { lingerMs: LINGER_MS, batch: BATCH, ...options }
  }

  get lost(): number {
    return this.#lost
  }

  hasLost(fromMs: number, toMs: number): boolean {
    return this.#gaps.some((gap) => gap.fromMs <= toMs && gap.toMs >= fromMs)
  }

  record(interactions: readonly Interaction[]): void {
    const { rate, batch } = this.#options
    for (const interaction of interactions)
      if (isRecorded(interaction.flow, rate)) this.#waiting.push(interaction)
    if (this.#waiting.length >= batch) void this.flush()
    else this.#schedule()
  }

  flush(): Promise<void> {
    this.#unschedule()
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
      this.#schedule()
    })
    return this.#sending
  }

  lend(): Loan | undefined {
    if (this.#waiting.length === 0 || this.#sending !== undefined || this.#loan !== undefined)
      return undefined
    this.#unschedule()
    const interactions = this.#waiting.slice(0, this.#options.batch)
    const { promise, resolve } = Promise.withResolvers<void>()
    const end = (keptNow: number): void => {
      if (this.#loan !== promise) return
      clearTimeout(overdue)
      this.#waiting = this.#waiting.slice(keptNow)
      this.#loan = undefined
      this.#schedule()
      resolve()
    }
    const overdue = setTimeout(() => end(0), LOAN_MS)
    overdue.unref()
    this.#loan = promise
    return { interactions, kept: () => end(interactions.length) }
  }

  async stop(): Promise<void> {
    await this.flush()
    this.#unschedule()
  }

  async #send(): Promise<void> {
    await this.#loan
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#options.batch)
      try {
        await this.#options.sink(batch)
        this.#waiting = this.#waiting.slice(batch.length)
      } catch {
        this.#dropOldest(this.#waiting.length - MAX_WAITING)
        return
      }
    }
  }

  #dropOldest(surplus: number): void {
    if (surplus <= 0) return
    const times = this.#waiting.slice(0, surplus).map(({ at }) => at)
    const earliest = times.reduce((a, b) => Math.min(a, b))
    const latest = times.reduce((a, b) => Math.max(a, b))
    const last = this.#gaps.at(-1)
    const isNear = last !== undefined && earliest <= last.toMs + ONE_GAP_MS
    if (isNear) this.#gaps.pop()
    this.#gaps.push({
      fromMs: isNear ? Math.min(last.fromMs, earliest) : earliest,
      toMs: isNear ? Math.max(last.toMs, latest) : latest,
    })
    this.#waiting = this.#waiting.slice(surplus)
    this.#lost += surplus
  }

  #schedule(): void {
    if (this.#waiting.length === 0 || this.#loan !== undefined) return
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.lingerMs)
    this.#timer.unref()
  }

  #unschedule(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

/** Opens the recorder of a process. */
export const openRecorder = (options: RecorderOptions): BufferedRecorder => new Buffer(options)
