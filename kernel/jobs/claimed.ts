// Runs of what a service's own row has claimed for this process: right after the commit that wrote or claimed the row, with what
// is known of it in memory. There is no row of the queue behind a run, which would cost an insert, a delete and two indexes.
//
// Invariant: the row alone is what is owed. A run that is lost (the process dies or stops, its hands are full, it fails) is
// found by the service's sweep when the row's claim is over; a run that outlives its claim may meet another, so both settle the
// row by a conditional update.

import type { Logger } from '../observability/log.ts'

/** Beyond this many runs at once the sweep takes over: its batches are the back-pressure. */
const MAX_AT_ONCE = 256

export class ClaimedRuns {
  readonly #log: Logger
  readonly #running = new Set<Promise<void>>()
  #stopped = false

  constructor(log: Logger) {
    this.#log = log
  }

  start(name: string, run: () => Promise<void>): void {
    if (this.#stopped || this.#running.size >= MAX_AT_ONCE) return
    const done = run()
      .catch((error: unknown) => {
        this.#log.warn({ job: name, error: String(error) }, 'job failed; its sweep follows')
      })
      .then(() => {
        this.#running.delete(done)
      })
    this.#running.add(done)
  }

  /** Begins no more runs and waits for those begun; the caller bounds the wait. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running)
  }
}
