// From a service's jobs to pg-boss and back: each run gets a context of its own that continues the flow of the commit that
// enqueued it.

import type { ServicePool } from '../db/pool.ts'
import type { Transaction } from '../db/transaction.ts'
import type { Jobs, RunJob } from '../jobs/jobs.ts'
import { described } from '../observability/log.ts'
import { isOutage, Terminal } from '../pure/failure.ts'
import { Context, type Environment, serviceCaller } from '../service/context.ts'
import type { JobQueue, Service } from '../service/service.ts'
import type { Tx } from '../service/tx.ts'
import { unitOf, type Writing } from '../service/unit.ts'

/** What a job's row carries besides its data. */
interface Carried {
  readonly data: unknown
  readonly flow?: string
  readonly cause?: string
  readonly correlation?: string
}

const carry = (tx: Transaction, data: unknown): Carried => {
  const { ctx } = tx as Partial<Tx>
  if (ctx === undefined) return { data }
  const { flow, cause, correlation } = ctx
  return {
    data,
    correlation,
    ...(flow === undefined ? {} : { flow }),
    ...(cause === undefined ? {} : { cause }),
  }
}

/** The queue as services see it: it remembers which flow a job belongs to. */
export function queueOf(jobs: Jobs): JobQueue {
  return {
    enqueue: (tx, job, ...[data, options]) =>
      jobs.enqueue(tx, job, carry(tx, data) as never, options),
    now: (tx, job, data) => jobs.now(tx, job, carry(tx, data) as never),
    soon: (tx, job) => jobs.soon(tx, job),
    after: (tx, job, data) =>
      jobs.after(tx, job, () => {
        const made = data()
        return made === undefined ? undefined : (carry(tx, made) as never)
      }),
  }
}

export interface WorkDeps extends Writing {
  readonly env: Environment
  readonly pool: ServicePool
  readonly parts: unknown
  readonly clients: (ctx: Context) => Record<string, unknown>
}

const outcomeOf = (error: unknown): string => {
  if (isOutage(error)) return 'paused'
  return error instanceof Terminal ? 'dead' : 'failed'
}

/** Runs a service's jobs. */
export function runnerOf(service: Service, deps: WorkDeps): RunJob {
  return async (job, raw, running) => {
    const { data, flow, cause, correlation } = (raw ?? { data: undefined }) as Carried
    const ctx = new Context(deps.env, {
      service: service.name,
      participant: service.participant,
      caller: serviceCaller(service.name),
      ...(flow === undefined ? {} : { flow }),
      ...(cause === undefined ? {} : { cause }),
      ...(correlation === undefined ? {} : { correlation }),
    })
    const run = job.run as unknown as (a: object) => Promise<void>
    const startedAt = performance.now()
    let outcome = 'ok'
    try {
      await run({
        data,
        parts: deps.parts,
        clients: deps.clients(ctx),
        clientsFor: deps.clients,
        unit: unitOf(deps, ctx),
        ctx,
        now: ctx.now(),
        attempt: running.attempt,
        done: running.done,
      })
    } catch (error) {
      outcome = outcomeOf(error)
      // With its order and trace, which the queue's own line does not know.
      if (outcome !== 'paused')
        ctx.log.warn(
          { job: job.name, attempt: running.attempt, error: described(error) },
          'job not done',
        )
      throw error
    } finally {
      ctx.end()
      const seconds = (performance.now() - startedAt) / 1_000
      deps.env.figures?.jobDuration.observe({ job: job.name, outcome }, seconds)
    }
  }
}
