// Durable "run now". The job is a row of our commit whose start lies 5 s ahead; after COMMIT this process runs it at once and
// keeps pushing that start ahead while it runs. If the process dies the start comes, and another process takes the job.
//
// Invariant: a run is never lost. Two runs can overlap only if this process stalls for 5 s without dying, so a job claims
// the row it works on by a conditional update and does nothing when the claim fails.

import type { Transaction } from '../db/transaction.ts'
import type { Logger } from '../observability/log.ts'
import { isOutage, Retryable } from '../pure/failure.ts'
import { SECOND } from '../pure/time.ts'
import {
  END_IMMEDIATE,
  endJob,
  HAND_OVER,
  IMMEDIATE_LEASE_SECONDS,
  RENEW_IMMEDIATE,
} from './rows.ts'

const RENEW_EVERY_MS = 1_000
/** Beyond this many runs at once the queue takes over: its batches are the back-pressure. */
const MAX_AT_ONCE = 256
const MAX_DELAY_SECONDS = 60

/** What a run knows of its job. */
export interface Running {
  /** 1 for the first try. */
  readonly attempt: number
  /** Ends the job in this transaction, so that its result and its end are one commit. */
  done(tx: Transaction): void
}

export interface ImmediateJob {
  readonly name: string
  readonly id: string
  readonly run: (running: Running) => Promise<void>
}

export interface ImmediateOptions {
  readonly execute: (text: string, values: readonly unknown[]) => Promise<unknown>
  readonly log: Logger
}

/** Seconds until the next attempt: what the failure asks for, else 1, 2, 4 … 60. */
export const delaySeconds = (error: unknown, attempt: number): number =>
  error instanceof Retryable && error.afterMs !== undefined
    ? Math.max(1, Math.ceil(error.afterMs / SECOND))
    : Math.min(MAX_DELAY_SECONDS, 2 ** (attempt - 1))

/** What is kept of a failure beside its job. */
export const failureOf = (error: unknown): { name: string; message: string } =>
  error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'unknown', message: String(error) }

/** 1 when the failure shall not spend an attempt. */
export const extraTries = (error: unknown): number => (isOutage(error) ? 1 : 0)

export class ImmediateRuns {
  readonly #options: ImmediateOptions
  readonly #running = new Map<string, Promise<void>>()
  #renewal: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: ImmediateOptions) {
    this.#options = options
  }

  /** Runs the job in this process, unless it is stopping or has its hands full; the queue has it in any case. */
  start(job: ImmediateJob): void {
    if (this.#stopped || this.#running.size >= MAX_AT_ONCE) return
    this.#renewal ??= setInterval(() => this.#renew(), RENEW_EVERY_MS)
    const done = this.#run(job)
      .catch((error: unknown) => {
        this.#options.log.warn(
          { job: job.name, id: job.id, error: String(error) },
          'job left to the queue',
        )
      })
      .finally(() => {
        this.#running.delete(job.id)
        if (this.#running.size === 0) this.#rest()
      })
    this.#running.set(job.id, done)
  }

  /** Starts no more and waits for those that run; the caller bounds the wait. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running.values())
  }

  /** Gives up on what still runs: without renewal the queue takes it in 5 s. */
  abandon(): void {
    this.#stopped = true
    this.#rest()
  }

  async #run({ name, id, run }: ImmediateJob): Promise<void> {
    const { execute, log } = this.#options
    let ended = false
    const running: Running = {
      attempt: 1,
      done(tx) {
        tx.write(endJob(name, id))
        tx.onCommit(() => {
          ended = true
        })
      },
    }
    try {
      await run(running)
    } catch (error) {
      log.warn({ job: name, id, error: String(error) }, 'job failed; the queue tries it again')
      if (ended) return
      const output = JSON.stringify(failureOf(error))
      await execute(HAND_OVER, [
        name,
        id,
        delaySeconds(error, running.attempt),
        output,
        extraTries(error),
      ])
      return
    }
    if (!ended) await execute(END_IMMEDIATE, [name, id])
  }

  #renew(): void {
    const ids = [...this.#running.keys()]
    this.#options
      .execute(RENEW_IMMEDIATE, [ids, IMMEDIATE_LEASE_SECONDS])
      .catch((error: unknown) => {
        this.#options.log.warn({ error: String(error) }, 'immediate jobs not renewed')
      })
  }

  #rest(): void {
    clearInterval(this.#renewal)
    this.#renewal = undefined
  }
}
