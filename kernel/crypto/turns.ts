// Turns for work that is heavy: a few at once, some behind them, and who comes then is refused at once. The pool of threads takes
// any number and answers each in its time, so that a flood of passwords would keep waiting whoever looks up a name or reads a file.

import { bulkhead, isBulkheadRejectedError } from 'cockatiel'
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
  const policy = bulkhead(atOnce, waitingMax)
  return <T>(work: () => Promise<T>): Promise<T> =>
    policy.execute(work).catch((error: unknown) => {
      if (!isBulkheadRejectedError(error)) throw error
      throw new Problem(kernelProblems.unavailable, { retryAfterSeconds, cause: error })
    })
}
