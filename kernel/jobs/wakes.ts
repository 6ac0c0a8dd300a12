// Repeating jobs called early: right after the commit that made work for them, in the process that committed. There is no row
// behind a call. A process that dies loses it, and the job's next tick finds the work; so only jobs that read what there is to
// do may be called so. Any number of calls while a run is under way end in one more run, which sees all that they committed.

import type { Logger } from '../observability/log.ts'

interface Awake {
  again: boolean
  readonly done: Promise<void>
}

export class Wakes {
  readonly #log: Logger
  readonly #awake = new Map<string, Awake>()
  #stopped = false

  constructor(log: Logger) {
    this.#log = log
  }

  wake(name: string, run: () => Promise<void>): void {
    const awake = this.#awake.get(name)
    if (awake !== undefined) awake.again = true
    else if (!this.#stopped) this.#begin(name, run)
  }

  /** Begins no more runs and waits for those begun; the caller bounds the wait. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#awake.values()].map(({ done }) => done))
  }

  #begin(name: string, run: () => Promise<void>): void {
    const done = run()
      .catch((error: unknown) => {
        this.#log.warn({ job: name, error: String(error) }, 'job failed; its next tick follows')
      })
      .then(() => {
        const again = this.#awake.get(name)?.again === true
        this.#awake.delete(name)
        if (again && !this.#stopped) this.#begin(name, run)
      })
    this.#awake.set(name, { again: false, done })
  }
}
