// What is due when in a stand-in, in one heap. An entry is a reminder only; whoever is woken looks at the record again, so that
// an entry made stale by a later change does no harm and need not be removed.

export interface Reminder<Kind extends string> {
  readonly at: number
  readonly kind: Kind
  readonly id: string
}

export class Agenda<Kind extends string> {
  #heap: Reminder<Kind>[] = []

  get nextAt(): number | undefined {
    return this.#heap[0]?.at
  }

  add(reminder: Reminder<Kind>): void {
    const heap = this.#heap
    let child = heap.push(reminder) - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (heap[parent]!.at <= reminder.at) break
      heap[child] = heap[parent]!
      child = parent
    }
    heap[child] = reminder
  }

  /** Takes the earliest reminder that is due. */
  takeDue(now: number): Reminder<Kind> | undefined {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined || first.at > now) return undefined
    const last = heap.pop()!
    if (heap.length > 0) this.#sink(last)
    return first
  }

  #sink(reminder: Reminder<Kind>): void {
    const heap = this.#heap
    let parent = 0
    for (;;) {
      let child = parent * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1
      if (heap[child]!.at >= reminder.at) break
      heap[parent] = heap[child]!
      parent = child
    }
    heap[parent] = reminder
  }
}
