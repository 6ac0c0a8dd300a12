// Jobs that failed for good. They keep their data and last error until an operator decides, for up to a year.

import type { PgBoss } from 'pg-boss'

export const DEAD = 'dead'

export interface DeadJob {
  /** Id among the dead; the argument of redrive and discard. */
  readonly id: string
  readonly job: string
  readonly data: unknown
  readonly attempts: number
  readonly error: unknown
  /** Milliseconds since the epoch at which the job was first enqueued. */
  readonly enqueuedAt: number
}

export interface DeadLetters {
  list(): Promise<DeadJob[]>
  /** Puts them back into their queues with all their attempts; answers how many. */
  redrive(ids: readonly string[]): Promise<number>
  discard(ids: readonly string[]): Promise<void>
}

export const openDeadLetters = (boss: PgBoss): DeadLetters => ({
  async list() {
    const jobs = await boss.findJobs(DEAD)
    return jobs.map((dead) => ({
      id: dead.id,
      job: dead.sourceName ?? '',
      data: dead.data,
      attempts: (dead.sourceRetryCount ?? 0) + 1,
      error: dead.sourceOutput,
      enqueuedAt: (dead.sourceCreatedOn ?? dead.createdOn).getTime(),
    }))
  },
  redrive: (ids) => boss.redrive(DEAD, { ids: [...ids] }),
  async discard(ids) {
    await boss.deleteJob(DEAD, [...ids])
  },
})
