// A clock that stands still until a test moves it, in either direction.

import type { Clock } from '../pure/time.ts'

export interface TestClock extends Clock {
  set(ms: number): void
  advance(ms: number): void
}

/** Starts at noon of 2026-01-15 UTC unless told otherwise. */
export function testClock(startMs: number = Date.UTC(2026, 0, 15, 12)): TestClock {
  let ms = startMs
  return {
    now: () => ms,
    set: (to) => {
      ms = to
    },
    advance: (by) => {
      ms += by
    },
  }
}
