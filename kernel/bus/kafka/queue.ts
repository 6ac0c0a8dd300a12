// Records of one partition between Kafka and the lane that handles them, in the order of the publisher's log.
//
// Invariant: what a lane is given has rising log offsets. A relay that was taken over may write stragglers behind the records of
// its successor; each of those was there before, so passing over an offset that is not above the last one loses nothing.

import type { Topic } from '../log.ts'
import type { BusRecord } from '../record.ts'
import type { RawRecord } from './wire.ts'

/** A queue that holds so much is not read into. */
const FULL_RECORDS = 1_000
const FULL_BYTES = 1_000_000

interface Good {
  readonly at: bigint
  readonly bytes: number
  readonly log: string
  readonly record: BusRecord
}

/** A record that nobody here can read: it goes to the dead letters' topic and is passed over. */
export interface Bad {
  readonly at: bigint
  readonly raw: RawRecord
  readonly reason: string
}

type Item = Good | Bad
const isBad = (item: Item): item is Bad => 'raw' in item

export interface QueueStart {
  readonly topic: Topic
  readonly part: number
  /** Kafka's offset to read from. */
  readonly from: bigint
  /** The log whose offsets the group's cursor counts in. */
  readonly log: string
}

export class PartitionQueue {
  readonly topic: Topic
  readonly part: number
  readonly log: string
  /** Kafka's offset to fetch next. */
  fetchAt: bigint
  #items: Item[] = []
  #bytes = 0
  #last: { readonly log: string; readonly off: bigint } | undefined

  constructor(start: QueueStart) {
    this.topic = start.topic
    this.part = start.part
    this.log = start.log
    this.fetchAt = start.from
  }

  get isFull(): boolean {
    return this.#items.length >= FULL_RECORDS || this.#bytes >= FULL_BYTES
  }

  /** Kafka's offset before which nothing is left to do. */
  get doneTo(): bigint {
    return this.#items[0]?.at ?? this.fetchAt
  }

  push({ at, bytes }: { at: bigint; bytes: number }, log: string, record: BusRecord): void {
    if (this.#last?.log === log && record.off <= this.#last.off) return
    this.#last = { log, off: record.off }
    this.#items.push({ at, bytes, log, record })
    this.#bytes += bytes
  }

  pushBad(bad: Bad): void {
    this.#items.push(bad)
  }

  /** Records after this log offset, of the present log; forgets those up to it. */
  after(position: bigint, limit: number): readonly BusRecord[] {
    const kept = this.#items.findIndex(
      (item) => isBad(item) || item.log !== this.log || item.record.off > position,
    )
    for (const item of this.#items.splice(0, kept < 0 ? this.#items.length : kept))
      if (!isBad(item)) this.#bytes -= item.bytes
    const found: BusRecord[] = []
    for (const item of this.#items) {
      if (isBad(item) || item.log !== this.log || found.length >= limit) break
      found.push(item.record)
    }
    return found
  }

  /** The unreadable record that stands first, if one does. */
  get bad(): Bad | undefined {
    const [first] = this.#items
    return first !== undefined && isBad(first) ? first : undefined
  }

  passBad(bad: Bad): void {
    if (this.#items[0] === bad) this.#items.shift()
  }

  /** The log of the record that stands first, when it is not the present one. */
  get otherLog(): string | undefined {
    const [first] = this.#items
    return first === undefined || isBad(first) || first.log === this.log ? undefined : first.log
  }
}
