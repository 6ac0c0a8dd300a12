// Turns for work that is heavy: a few at once, some behind them, and who comes then is refused at once. The pool of threads takes
// any number and answers each in its time, so that a flood of passwords would keep waiting whoever looks up a name or reads a file.

import { Problem } from '../pure/problem.ts'
import { kernelProblems } from '../service/problems.ts'

export interface TurnsOptions {
  readonly atOnce: number
  readonly waitingMax: number
  /** When who is refused may come back. */
  readonly retryAfterSeconds: number
}

/** Makes a runner of work. It throws `kernel.unavailable` when too many wait. */
export function turns({ atOnce, waitingMax, retryAfterSeconds }: TurnsOptions) {
  const waiting: (() => void)[] = []
  let running = 0
  const enter = async (): Promise<void> => {
    if (running < atOnce) {
      running += 1
      return
    }
    if (waiting.length >= waitingMax)
      throw new Problem(kernelProblems.unavailable, { retryAfterSeconds })
    // Whoever leaves hands its turn over.
    await new Promise<void>((go) => waiting.push(go))
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
  return async <T>(work: () => Promise<T>): Promise<T> => {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
