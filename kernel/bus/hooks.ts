// What a lane is given to begin with, and what it tells the world about its work: figures, wake-ups of other readers.

import type { Envelope } from '../pure/envelope.ts'
import type { Delivery } from './deliver.ts'

/** A partition as it was claimed. */
export interface LaneStart {
  readonly topic: number
  readonly part: number
  readonly cursor: bigint
  readonly epoch: bigint
  readonly attemptTo: bigint
  /** Who had it before is gone without giving it back. */
  readonly orphaned: boolean
}

/** One try of one event. */
export interface Handled {
  readonly group: string
  readonly event: Envelope
  readonly outcome: Delivery['kind']
  readonly attempt: number
  /** Milliseconds it took; of a batch, each event's share. */
  readonly ms: number
}

/** What a lane tells the world; all optional work of observers. */
export interface LaneHooks {
  readonly onAppended: (events: readonly Envelope[]) => void
  readonly onHandled: (handled: Handled) => void
  /** Milliseconds to wait before the next try, after so many. */
  readonly delayMs: (tries: number) => number
}
