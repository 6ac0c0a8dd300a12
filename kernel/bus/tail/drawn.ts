// The offsets that this process drew for its own events, by event id. An append answers them before its COMMIT does, so an entry
// says nothing about whether the event is in the log: that is said by who committed it. Kept for a while only; what is no longer
// known is read from the log like everybody else's.

import type { Envelope } from '../../pure/envelope.ts'

const KEPT = 10_000

export class DrawnOffsets {
  readonly #byEvent = new Map<string, bigint>()
  readonly #highest = new Map<string, bigint>()

  /** Notes what an append answered: an offset an event, in their order; null where the append did not say. */
  note(events: readonly Envelope[], offsets: readonly bigint[] | null): void {
    offsets?.forEach((offset, i) => {
      const { id, topic } = events[i] as Envelope
      this.#byEvent.set(id, offset)
      if (offset > this.highest(topic)) this.#highest.set(topic, offset)
    })
    for (const id of this.#byEvent.keys()) {
      if (this.#byEvent.size <= KEPT) return
      this.#byEvent.delete(id)
    }
  }

  of(eventId: string): bigint | undefined {
    return this.#byEvent.get(eventId)
  }

  /** The highest offset drawn here in a topic. */
  highest(topic: string): bigint {
    return this.#highest.get(topic) ?? 0n
  }
}
