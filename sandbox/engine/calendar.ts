// A stand-in's time: what is due is done when its time has come, whether time passes by itself or is moved forward by a test.

import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { Agenda, type Reminder } from './agenda.ts'

export interface CalendarOptions<Kind extends string> {
  now(): number
  /** Does what is due. It may remember more, and settle, which waits its turn. */
  attend(reminder: Reminder<Kind>): void
  /** Has the clock moved forward by so many milliseconds. */
  moveClock(byMs: number): void
  /** Resolves when nothing is on its way out. */
  quiet(): Promise<void>
}

export class Calendar<Kind extends string> {
  readonly #options: CalendarOptions<Kind>
  readonly #agenda = new Agenda<Kind>()
  #timer: NodeJS.Timeout | undefined
  #timerAt: number | undefined
  #isSettling = false
  #isClosed = false

  constructor(options: CalendarOptions<Kind>) {
    this.#options = options
  }

  remember(reminder: Reminder<Kind>): void {
    this.#agenda.add(reminder)
  }

  /** Does everything that is due by now. Cheap when nothing is. */
  settle(): void {
    if (this.#isSettling || this.#isClosed) return
    this.#isSettling = true
    try {
      for (;;) {
        const reminder = this.#agenda.takeDue(this.#options.now())
        if (reminder === undefined) break
        this.#options.attend(reminder)
      }
    } finally {
      this.#isSettling = false
    }
    this.#arm()
  }

  /** Moves the clock forward, stopping at everything that falls due on the way, in its order and at its time. */
  async advance(ms: number): Promise<void> {
    const { now, quiet } = this.#options
    const target = now() + ms
    for (;;) {
      this.settle()
      await quiet()
      const next = this.#agenda.nextAt
      if (next === undefined || next > target || this.#isClosed) break
      this.#moveTo(next)
    }
    this.#moveTo(target)
    this.settle()
    await quiet()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#isClosed = true
  }

  #moveTo(instant: number): void {
    const step = instant - this.#options.now()
    if (step <= 0) return
    // A timer that was set before would wait for what has passed by now.
    this.#timerAt = undefined
    this.#options.moveClock(step)
  }

  #arm(): void {
    const at = this.#agenda.nextAt
    if (at === this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = at
    if (at === undefined) return
    const delayMs = Math.min(Math.max(at - this.#options.now(), 1), MINUTE)
    this.#timer = setTimeout(() => {
      this.#timerAt = undefined
      this.settle()
    }, delayMs)
    // The timer alone must not keep a process alive that has nothing else to do.
    this.#timer.unref()
  }
}
