// Up to which offset of a topic a process knows everything, so that it may hand its own events to its readers without reading
// them back from the log. Offsets of a topic are drawn without gaps, and within a partition in the order of their commits: when
// every offset below an event's own is accounted for, nothing of its partition can be missing before it.
//
// Invariant: nothing leaves here before all that was drawn earlier is known. An offset of another process, or one that was rolled
// back, leaves a gap; what was committed after it waits, and is read from the log instead. A crash loses only memory.

import type { BusRecord } from '../record.ts'

/** With more than this beyond a gap, reading is cheaper than remembering. */
const MAX_BEYOND = 2_000

export class Frontier {
  #upTo: bigint
  /** Known beyond the first gap; undefined: the readers have it already. */
  readonly #beyond = new Map<bigint, BusRecord | undefined>()

  /** `upTo`: every offset up to here is in the readers' hands, or was rolled back. */
  constructor(upTo: bigint) {
    this.#upTo = upTo
  }

  get upTo(): bigint {
    return this.#upTo
  }

  /** Something is known behind something that is not. */
  get gapped(): boolean {
    return this.#beyond.size > 0
  }

  /** An event of this process was committed. Answers what may be handed to the readers now, in the order of offsets. */
  committed(record: BusRecord): readonly BusRecord[] {
    if (record.off > this.#upTo) this.#beyond.set(record.off, record)
    return this.#advance()
  }

  /** These were read from the log and are in the readers' hands. */
  read(records: readonly BusRecord[]): readonly BusRecord[] {
    for (const { off } of records) if (off > this.#upTo) this.#beyond.set(off, undefined)
    return this.#advance()
  }

  /** Every offset up to here is known now, whatever became of it. */
  reached(upTo: bigint): readonly BusRecord[] {
    if (upTo > this.#upTo) this.#upTo = upTo
    for (const off of this.#beyond.keys()) if (off <= this.#upTo) this.#beyond.delete(off)
    return this.#advance()
  }

  #advance(): readonly BusRecord[] {
    const whole: BusRecord[] = []
    for (let next = this.#upTo + 1n; this.#beyond.has(next); next += 1n) {
      const record = this.#beyond.get(next)
      if (record !== undefined) whole.push(record)
      this.#beyond.delete(next)
      this.#upTo = next
    }
    // The oldest go first: they are the likeliest to have been read by now.
    for (const off of this.#beyond.keys()) {
      if (this.#beyond.size <= MAX_BEYOND) break
      this.#beyond.delete(off)
    }
    return whole
  }
}
