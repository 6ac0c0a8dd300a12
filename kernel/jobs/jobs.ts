// Work that outlives its request: jobs in PostgreSQL, by pg-boss, in its schema `pgboss`. A job is enqueued in the commit that
// made it necessary and rolled back with it; nothing here uses NOTIFY, which would serialise all commits on one lock.
//
// Every job runs at least once. A killed worker falls silent, and after 10 s without a heartbeat another process takes its
// job (an immediate run: after 5 s), so runs can repeat: a job claims its row by a conditional update before it acts.
// What fails for good lies in the queue `dead` until somebody redrives or discards it.

import { type Db, PgBoss } from 'pg-boss'
import { givingUp, SILENCE_MS } from '../db/pool.ts'
import type { Transaction } from '../db/transaction.ts'
import type { Logger } from '../observability/log.ts'
import { Terminal } from '../pure/failure.ts'
import type { Ids } from '../pure/ids.ts'
import type { JobDefinition, JobQueue } from '../service/service.ts'
import { ClaimedRuns } from './claimed.ts'
import { DEAD, type DeadLetters, openDeadLetters } from './dead.ts'
import { delaySeconds, extraTries, failureOf, ImmediateRuns, type Running } from './immediate.ts'
import { BEFORE_RETRY, endJob, GRANTS, IMMEDIATE_LEASE_SECONDS, prepared } from './rows.ts'
import { Ticks } from './ticks.ts'
import { Wakes } from './wakes.ts'

const QUEUE = {
  // Queued: at most one waiting job a key. Jobs without a key use their id as key.
  policy: 'short',
  heartbeatSeconds: 10,
  expireInSeconds: 300,
  // A killed worker's job is tried at once; a failed one says itself how long to wait.
  retryDelay: 0,
  deleteAfterSeconds: 60,
  deadLetter: DEAD,
} as const
const DEFAULT_RETRIES = 8
// A batch ends with its slowest job, and the next is fetched then; what must not wait for others is run by `now`.
const BATCH = {
  batchSize: 20,
  pollingIntervalSeconds: 0.5,
  burstWhenBatchFull: true,
  perJobResults: true,
} as const
const STOP_MS = 10_000
/** The queue's own upkeep has no bound at the server. */
const BOSS_SILENCE_MS = 3 * SILENCE_MS

type EnqueueOptions = NonNullable<Parameters<JobQueue['enqueue']>[3]>

export interface JobsOptions {
  /** Database of the services that enqueue; its user must own or may create the schema `pgboss`. */
  readonly url: string
  readonly env: { readonly ids: Ids; readonly log: Logger }
  /** Name of this process in leases; unique for each start. */
  readonly instance: string
  /** Milliseconds of silence after which a connection is given up. */
  readonly silenceMs?: number
}

type AnyJob = JobDefinition<never>
/** Makes context and parts for one run and calls the job. */
export type RunJob = (job: AnyJob, data: unknown, running: Running) => Promise<void>

export interface Jobs extends JobQueue {
  /** Creates the queues and starts to work on them. Before the first `enqueue` of any of them. */
  work(jobs: readonly AnyJob[], run: RunJob): Promise<void>
  readonly dead: DeadLetters
  /** Takes no more work, waits for what runs, gives the rest to others. */
  stop(options?: { readonly timeoutMs?: number }): Promise<void>
}

class OpenJobs implements Jobs {
  readonly #boss: PgBoss
  readonly #env: JobsOptions['env']
  readonly #db: Db
  readonly #immediate: ImmediateRuns
  readonly #ticks: Ticks
  readonly #wakes: Wakes
  readonly #claimed: ClaimedRuns
  readonly #known = new Map<string, { job: AnyJob; run: RunJob }>()
  readonly dead: DeadLetters

  constructor(boss: PgBoss, options: JobsOptions) {
    const { ids, log } = options.env
    this.#boss = boss
    this.#env = { ids, log }
    this.#db = boss.getDb()
    const execute = (text: string, values: readonly unknown[]) =>
      this.#db.executeSql(text, [...values])
    this.#immediate = new ImmediateRuns({ execute, log })
    this.#ticks = new Ticks({ execute, instance: options.instance, log })
    this.#wakes = new Wakes(log)
    this.#claimed = new ClaimedRuns(log)
    this.dead = openDeadLetters(boss)
  }

  async work(jobs: readonly AnyJob[], run: RunJob): Promise<void> {
    for (const job of jobs) {
      if (this.#known.has(job.name)) throw new Error(`job ${job.name} is worked on already`)
      this.#known.set(job.name, { job, run })
      if (job.isClaimed) continue
      if (job.everySeconds === undefined) await this.#workQueue(job, run)
      else await this.#ticks.add(job.name, job.everySeconds, () => run(job, undefined, noRow))
    }
  }

  async enqueue<Data>(
    tx: Transaction,
    job: JobDefinition<Data>,
    ...[data, options]: [data: Data, options?: EnqueueOptions]
  ): Promise<void> {
    await this.#send(tx, { ...options, name: job.name, data, id: this.#env.ids.uuid() })
  }

  async now<Data>(tx: Transaction, job: JobDefinition<Data>, data: Data): Promise<void> {
    const id = this.#env.ids.uuid()
    const { name } = job
    await this.#send(tx, { name, data, id, startAfterSeconds: IMMEDIATE_LEASE_SECONDS })
    tx.onCommit(() => {
      const known = this.#known.get(name)
      if (known === undefined) return
      this.#immediate.start({ name, id, run: (running) => known.run(known.job, data, running) })
    })
  }

  soon(tx: Transaction, { name }: JobDefinition<undefined>): void {
    tx.onCommit(() => {
      const known = this.#known.get(name)
      if (known !== undefined) this.#wakes.wake(name, () => known.run(known.job, undefined, noRow))
    })
  }

  after<Data>(tx: Transaction, { name }: JobDefinition<Data>, data: () => Data | undefined): void {
    tx.onCommit(() => {
      const known = this.#known.get(name)
      const given = data()
      if (known !== undefined && given !== undefined)
        this.#claimed.start(name, () => known.run(known.job, given, noRow))
    })
  }

  async stop({ timeoutMs = STOP_MS }: { timeoutMs?: number } = {}): Promise<void> {
    const bound = new AbortController()
    const late = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      bound.signal.addEventListener('abort', () => clearTimeout(timer))
    })
    const all = [this.#immediate, this.#ticks, this.#wakes, this.#claimed]
    const finished = Promise.all(all.map((runs) => runs.stop()))
    const closed = this.#boss.stop({ graceful: true, close: false, timeout: timeoutMs })
    await Promise.race([finished, late])
    bound.abort()
    this.#immediate.abandon()
    await closed
    await this.#boss.stop({ close: true })
  }

  // Sent without waiting for the answer: the row belongs to the commit, and a failure surfaces there.
  async #send(
    tx: Transaction,
    job: EnqueueOptions & { name: string; data: unknown; id: string },
  ): Promise<void> {
    const db: Db = {
      executeSql(text, values) {
        tx.write(prepared(text, values ?? []))
        return Promise.resolve({ rows: [{ id: job.id }] })
      },
    }
    await this.#boss.send(job.name, job.data as object, {
      db,
      id: job.id,
      singletonKey: job.key ?? job.id,
      ...(job.startAfterSeconds === undefined ? {} : { startAfter: job.startAfterSeconds }),
    })
  }

  async #workQueue(job: AnyJob, run: RunJob): Promise<void> {
    const settings = { ...QUEUE, retryLimit: job.retries ?? DEFAULT_RETRIES }
    await this.#boss.createQueue(job.name, settings)
    // A queue that exists keeps its old settings otherwise; its policy cannot change.
    const { policy: _policy, ...changeable } = settings
    await this.#boss.updateQueue(job.name, changeable)
    await this.#boss.work(job.name, BATCH, (batch: Fetched[]) =>
      Promise.all(batch.map((one) => this.#runFetched(job, run, one))),
    )
  }

  async #runFetched(job: AnyJob, run: RunJob, { id, data, retryCount }: Fetched) {
    const running: Running = {
      attempt: retryCount + 1,
      done: (tx) => tx.write(endJob(job.name, id)),
    }
    try {
      await run(job, data, running)
      return { id, status: 'completed' as const }
    } catch (error) {
      const output = failureOf(error)
      if (error instanceof Terminal) return { id, status: 'deadletter' as const, output }
      this.#env.log.warn(
        { job: job.name, id, attempt: running.attempt, error: String(error) },
        'job failed',
      )
      const delay = delaySeconds(error, running.attempt)
      await this.#db.executeSql(BEFORE_RETRY, [job.name, id, delay, extraTries(error)])
      return { id, status: 'failed' as const, output }
    }
  }
}

interface Fetched {
  readonly id: string
  readonly data: object
  readonly retryCount: number
}

// There is no row of the queue to end.
const noRow: Running = { attempt: 1, done: () => undefined }

/** Connects, creates or migrates pg-boss's schema, and lets the services' roles enqueue. */
export async function openJobs(options: JobsOptions): Promise<Jobs> {
  const { log } = options.env
  const boss = new PgBoss({
    connectionString: options.url,
    application_name: 'rialto jobs',
    schema: 'pgboss',
    max: 4,
    ...givingUp(options.silenceMs ?? BOSS_SILENCE_MS),
    schedule: false,
    // Both bound how long a killed worker's job waits: heartbeats are looked at once in the longer of them.
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
    maintenanceIntervalSeconds: 60,
  })
  boss.on('error', (error) => log.warn({ error: error.message }, 'jobs: error'))
  boss.on('warning', (warning) => log.warn({ data: warning.data }, `jobs: ${warning.message}`))
  await boss.start()
  try {
    await boss.getDb().executeSql(GRANTS)
    await boss.createQueue(DEAD, { retentionSeconds: 364 * 24 * 3600 })
    return new OpenJobs(boss, options)
  } catch (error) {
    await boss.stop({ graceful: false })
    throw error
  }
}
