// Carries interactions off the hot path. Contexts hand them over at their end; every 100 ms, or when 500 wait, they leave in
// one batch. Recording never blocks or fails a request: when the sink is down a bounded number waits and the rest is counted
// as lost, which makes a verdict `inconclusive` rather than wrong. A crash loses at most the last 100 ms of calls and steps;
// publishes and consumes come from the log and are never lost.

import type { Interaction } from '../pure/interaction.ts'
import type { Recorder } from '../service/context.ts'

const FLUSH_MS = 100
const FLUSH_COUNT = 500
const MAX_WAITING = 20_000

export type Sink = (interactions: readonly Interaction[]) => Promise<void>

export interface BufferedRecorder extends Recorder {
  /** Sends what waits; resolves when the sink has it. */
  flush(): Promise<void>
  /** Interactions dropped because the sink was down for too long. */
  readonly lost: number
  stop(): Promise<void>
}

export interface RecorderOptions {
  readonly sink: Sink
  /** Share of flows to record, 0..1. Decided by the flow's key, so that a flow is recorded whole or not at all. */
  readonly rate: number
}

/** A number in 0..1 that is the same for the same flow in every process. */
export function shareOf(flow: string): number {
  let hash = 2_166_136_261
  for (let i = 0; i < flow.length; i++) hash = Math.imul(hash ^ flow.charCodeAt(i), 16_777_619)
  return (hash >>> 0) / 4_294_967_296
}

/** Opens the recorder of a process. */
export function openRecorder({ sink, rate }: RecorderOptions): BufferedRecorder {
  let waiting: Interaction[] = []
  let lost = 0
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined

  const send = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, FLUSH_COUNT)
      try {
        await sink(batch)
        waiting = waiting.slice(batch.length)
      } catch {
        const surplus = waiting.length - MAX_WAITING
        if (surplus > 0) {
          waiting = waiting.slice(surplus)
          lost += surplus
        }
        return
      }
    }
  }
  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    sending ??= send().finally(() => {
      sending = undefined
      if (waiting.length > 0) schedule()
    })
    return sending
  }
  const schedule = (): void => {
    timer ??= setTimeout(() => void flush(), FLUSH_MS)
    timer.unref()
  }
  return {
    record(interactions) {
      for (const interaction of interactions)
        if (rate >= 1 || shareOf(interaction.flow) < rate) waiting.push(interaction)
      if (waiting.length === 0) return
      if (waiting.length >= FLUSH_COUNT) void flush()
      else schedule()
    },
    flush,
    get lost() {
      return lost
    },
    async stop() {
      await flush()
      clearTimeout(timer)
      timer = undefined
    },
  }
}
