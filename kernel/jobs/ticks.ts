// Repeating jobs. A tick is a multiple of `everySeconds` on the database's clock; whoever moves its row first runs it, so
// each tick is run by one process, and never while the previous one still runs. Ticks missed while nobody ran are not made
// up for: a sweep reads what is due, not how often it was called.
//
// A row lease instead of pg-boss's schedules: those begin at one minute, and a queued job a second leaves 86,400 rows a day
// to delete. A process killed in a tick is replaced when its lease of 5 s has passed, one whose tick does not end when it has been
// renewed for ten minutes: a sweep claims its rows, so two at once are no harm. A clock that was ahead for a while and was
// corrected leaves ticks and leases behind that lie in the future; they hold nobody up.

import type { Logger } from '../observability/log.ts'
import { MINUTE, SECOND } from '../pure/time.ts'

const LEASE_SECONDS = 5
const RENEWED_MS = 10 * MINUTE

const REGISTER = `insert into kernel.ticks (name, every_seconds) values ($1, $2)
  on conflict (name) do update set every_seconds = excluded.every_seconds`

// `owner = me` lets a living owner go on without waiting for its own lease; `skip locked` keeps two claimers from deadlocking.
const CLAIM = `with clock as (select clock_timestamp() as now),
  due as (
    select name, to_timestamp(floor(extract(epoch from now) / every_seconds) * every_seconds) as at
      from kernel.ticks, clock
     where name = any($1) and not name = any($2)
       and (lease_until < now or lease_until > now + 2 * $4 * interval '1 s' or owner = $3)
       and (tick_at < to_timestamp(floor(extract(epoch from now) / every_seconds) * every_seconds)
            or tick_at > now + $4 * interval '1 s')
       for update of ticks skip locked),
  begun as (
    update kernel.ticks t set tick_at = due.at, owner = $3, lease_until = clock.now + $4 * interval '1 s'
      from due, clock where t.name = due.name returning t.name),
  renewed as (
    update kernel.ticks t set lease_until = clock.now + $4 * interval '1 s'
      from clock where t.name = any($5) and t.owner = $3)
  select (1000 - mod((extract(epoch from now) * 1000)::bigint, 1000))::int as "waitMs", array(select name from begun) as names
    from clock`

const RELEASE = `update kernel.ticks set lease_until = '-infinity' where owner = $1`

export interface TicksOptions {
  readonly execute: (text: string, values: readonly unknown[]) => Promise<{ rows: unknown[] }>
  /** Who we are; unique for each start of a process. */
  readonly instance: string
  readonly log: Logger
  /** For how long the lease of a tick that does not end is renewed. */
  readonly renewedMs?: number
}

interface Run {
  readonly since: number
  readonly done: Promise<void>
}

export class Ticks {
  readonly #options: TicksOptions
  readonly #runs = new Map<string, () => Promise<void>>()
  readonly #running = new Map<string, Run>()
  readonly #overdue = new Set<string>()
  readonly #passedOver = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #stopped = false

  constructor(options: TicksOptions) {
    this.#options = options
  }

  /** Takes part in the ticks of this job from now on. */
  async add(name: string, everySeconds: number, run: () => Promise<void>): Promise<void> {
    await this.#options.execute(REGISTER, [name, everySeconds])
    this.#runs.set(name, run)
    if (this.#looking === undefined && this.#timer === undefined) this.#look()
  }

  /** Begins no more ticks and waits for those begun; the caller bounds the wait. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#looking
    await Promise.all([...this.#running.values()].map(({ done }) => done))
    if (this.#runs.size > 0)
      await this.#options.execute(RELEASE, [this.#options.instance]).catch(() => undefined)
  }

  #look(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#stopped || this.#looking !== undefined) return
    this.#looking = this.#claim()
      .catch((error: unknown) => {
        this.#options.log.warn({ error: String(error) }, 'ticks cannot be claimed')
        return SECOND
      })
      .then((waitMs) => {
        this.#looking = undefined
        if (!this.#stopped) this.#timer = setTimeout(() => this.#look(), waitMs)
      })
  }

  /** Begins what is due; answers the milliseconds to the database's next full second. */
  async #claim(): Promise<number> {
    const { execute, instance } = this.#options
    const known = [...this.#runs.keys()]
    const running = [...this.#running.keys()]
    for (const name of running) this.#passedOver.add(name)
    const renewed = running.filter((name) => !this.#isOverdue(name))
    const { rows } = await execute(CLAIM, [known, running, instance, LEASE_SECONDS, renewed])
    const [claimed] = rows as [{ waitMs: number; names: string[] }]
    for (const name of claimed.names) this.#begin(name)
    return claimed.waitMs + 1
  }

  /** Whether a tick has run for so long that others need not wait for it any more. Said once. */
  #isOverdue(name: string): boolean {
    const { renewedMs = RENEWED_MS, log } = this.#options
    const since = this.#running.get(name)?.since ?? Number.POSITIVE_INFINITY
    if (performance.now() - since < renewedMs) return false
    if (!this.#overdue.has(name))
      log.error({ job: name, renewedMs }, 'tick does not end; other processes may begin the next')
    this.#overdue.add(name)
    return true
  }

  #begin(name: string): void {
    const run = this.#runs.get(name)
    if (run === undefined) return
    const done = run()
      .catch((error: unknown) => {
        this.#options.log.warn(
          { job: name, error: String(error) },
          'tick failed; the next one follows',
        )
      })
      .finally(() => {
        this.#running.delete(name)
        this.#overdue.delete(name)
        // A tick may have become due while this one ran: looked for now, not a second later.
        if (this.#passedOver.delete(name)) this.#look()
      })
    this.#running.set(name, { since: performance.now(), done })
  }
}
