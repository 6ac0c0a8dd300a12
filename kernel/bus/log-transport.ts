// Delivers the log in PostgreSQL to the consumer groups of this process: tails, lanes, leases, and the ticks that keep them
// honest. In one process a commit wakes the readers directly; between processes the topics' sequences are polled, every 5 ms
// while there is traffic and backing off to 250 ms, because NOTIFY in business transactions takes an instance-wide lock.

import type pg from 'pg'
import { type Batcher, batcher } from '../batch/batcher.ts'
import { openQuery } from '../db/query.ts'
import type { Envelope } from '../pure/envelope.ts'
import { failpoint } from '../testing/failpoint.ts'
import type { Consumer, Transport } from './consumer.ts'
import { backoffMs } from './deliver.ts'
import { type GroupDeps, GroupRunner, type RecordSource } from './group.ts'
import type { LaneHooks } from './hooks.ts'
import type { LogWriter, Topic } from './log.ts'
import { LEASE_MS, Member } from './member.ts'
import { refreshParked } from './parking.ts'
import { attemptSql, type Mark } from './store.ts'
import { TopicTail } from './tail/tail.ts'

const TICK_MS = 1_000
const BUSY_POLL_MS = 5
const IDLE_POLL_MS = 250
/** A drawn offset that does not show for longer than a transaction may last was rolled back: a gap. */
const GAP_MS = 12_000
/** What stands behind a gap for so long is not kept back by a COMMIT under way; and how often that is looked into. */
const STUCK_MS = 1_000
const REBASE_MS = 10_000
/** The lease is renewed by a timer of its own: a tick may wait long for a connection. */
const HEARTBEAT_TICKS = 3
const CARRY_TICKS = 5
/** How often a topic is read though its end was reached: a lower offset of another partition may commit later. */
const FLOOR_MS = 1_000
/** The same of a topic into which nobody writes. */
const REST_MS = 30_000
const MAINTAIN_TICKS = 30

export interface LogTransportOptions {
  readonly url: string
  /** Connections for reading, as the URL's own user. */
  readonly pool: pg.Pool
  readonly writer: LogWriter
  /** Name of this process, for people. */
  readonly instance: string
  readonly onHandled?: LaneHooks['onHandled']
  /** Called with errors that the next tick repairs, for the log. */
  readonly onTrouble?: (what: string, error: unknown) => void
  readonly spread?: () => number
  /** Milliseconds between looks at leases, parked events and floors. */
  readonly tickMs?: number
  /** How long this process may be silent before others take its partitions; renewed every three ticks. */
  readonly leaseMs?: number
  /** Waits before the second, third and fourth try. */
  readonly retryDelaysMs?: readonly number[]
}

export class LogTransport implements Transport {
  readonly #options: LogTransportOptions
  readonly #member: Member
  readonly #tails = new Map<number, TopicTail>()
  readonly #groups = new Map<string, GroupRunner>()
  readonly #ends = new Map<number, { value: bigint; since: number; looked: number }>()
  readonly #rebased = new Map<TopicTail, number>()
  readonly #lost = new Map<string, { group: string; topic: number; part: number }>()
  readonly #alone = oneAtATime()
  readonly #balancing = oneAtATime()
  /** The last claim was not answered. */
  #inDoubt = false
  readonly #marks: Batcher<readonly Mark[], void>
  #ticks = 0
  #ticking: Promise<void> | undefined
  #tickTimer: NodeJS.Timeout | undefined
  #beatTimer: NodeJS.Timeout | undefined
  #pollTimer: NodeJS.Timeout | undefined
  #pollMs = IDLE_POLL_MS
  #stopped = false
  #renewedAt = performance.now()

  private constructor(options: LogTransportOptions, member: Member) {
    this.#options = options
    this.#member = member
    // One event wakes every group that hears it: their marks are one statement, instead of a transaction each.
    this.#marks = batcher({
      lanes: 2,
      run: async (marks) => {
        await openQuery(options.pool, attemptSql(marks.flat()))
        return marks.map(() => undefined)
      },
    })
  }

  static async open(options: LogTransportOptions): Promise<LogTransport> {
    const { url, instance, leaseMs } = options
    const member = await Member.join({
      url,
      instance,
      ...(leaseMs === undefined ? {} : { leaseMs }),
    })
    await member.heartbeat()
    const transport = new LogTransport(options, member)
    // Before anything is handled: rows for a day that has no partition yet would stand in the way of making it. Where it cannot
    // be made the default partition has them, which is no reason not to start.
    await member.maintain([]).catch((error) => transport.#trouble('inbox', error))
    const tickMs = options.tickMs ?? TICK_MS
    transport.#tickTimer = setInterval(() => transport.#tick(), tickMs).unref()
    transport.#beatTimer = setInterval(() => transport.#beat(), HEARTBEAT_TICKS * tickMs).unref()
    transport.#poll()
    return transport
  }

  async subscribe(consumer: Consumer): Promise<void> {
    const { writer, pool } = this.#options
    const topics = consumer.topics.map((name) => writer.topic(name))
    for (const topic of topics) await this.#openTail(topic, pool)
    const runner = this.runnerOf(consumer, this.#tails, (group, topic, part) => {
      this.#lost.set(`${group}:${topic}:${part}`, { group, topic, part })
      this.#forget().catch((error) => this.#trouble('release', error))
    })
    this.#groups.set(consumer.group, runner)
    await this.#member.enter(consumer.group, topics)
    await this.#rebalance()
  }

  /** The lanes of a group, whoever gives them their partitions and records. */
  runnerOf(
    consumer: Consumer,
    sources: ReadonlyMap<number, RecordSource>,
    onLost: GroupDeps['onLost'],
  ): GroupRunner {
    const { writer, spread, onHandled, retryDelaysMs } = this.#options
    return new GroupRunner(consumer, {
      sources,
      writer,
      marks: this.#marks,
      alone: this.#alone,
      now: () => performance.now(),
      hooks: {
        onAppended: (events) => this.committed(events),
        onHandled: onHandled ?? (() => undefined),
        delayMs: (tries) => backoffMs(tries, (spread ?? (() => 0.5))(), retryDelaysMs),
      },
      onLost,
      onTrouble: (what, error) => this.#trouble(`${consumer.group}: ${what}`, error),
    })
  }

  /** By this id the database knows who owns a partition, and whether he lives. */
  get memberId(): number {
    return this.#member.id
  }

  async #openTail(topic: Topic, pool: pg.Pool): Promise<void> {
    if (this.#tails.has(topic.id)) return
    const tail = await TopicTail.open({
      pool,
      topic,
      onRecords: () => {
        for (const group of this.#groups.values())
          if (group.consumer.topics.includes(topic.name)) group.wake()
      },
      onTrouble: (error) => this.#trouble(`read ${topic.name}`, error),
    })
    this.#tails.set(topic.id, tail)
  }

  /** Lets go of lost partitions that are still noted as ours. Until that is done nobody reads them, so each tick tries again. */
  async #forget(): Promise<void> {
    if (this.#lost.size === 0) return
    await failpoint('lease.lost')
    for (const [name, { group, topic, part }] of this.#lost) {
      if (this.#groups.get(group)?.lane(topic, part) === undefined)
        await this.#member.forget(group, topic, part)
      this.#lost.delete(name)
    }
  }

  #trouble(what: string, error: unknown): void {
    if (!this.#stopped) this.#options.onTrouble?.(what, error)
  }

  /** Hands the readers what this process committed; what its offset is not known of, they read. */
  committed(events: readonly Envelope[]): void {
    const { writer } = this.#options
    for (const event of events) {
      const topic = writer.topic(event.topic)
      const part = writer.partOf(event)
      const off = writer.drawn.of(event.id)
      const tail = this.#tails.get(topic.id)
      if (off === undefined) tail?.wake([part])
      else tail?.committed({ topic: topic.id, part, off, event: asRead(event) })
    }
  }

  #poll(): void {
    if (this.#stopped) return
    this.#pollTimer = setTimeout(() => {
      this.#look()
        .catch((error) => this.#trouble('poll', error))
        .finally(() => this.#poll())
    }, this.#pollMs)
    this.#pollTimer.unref()
  }

  /**
   * Wakes the tails of topics in which somebody else wrote. Our own commits are read by the time we look, so they do not make
   * the poll busy. An offset may be drawn and not yet visible, so an end that was not reached is looked at again for a while.
   */
  async #look(): Promise<void> {
    const ends = await this.#member.ends([...this.#tails.keys()])
    const now = performance.now()
    let news = false
    for (const [id, value] of ends) {
      const tail = this.#tails.get(id) as TopicTail
      const end = this.#ends.get(id) ?? { value: -1n, since: now, looked: 0 }
      if (end.value !== value) Object.assign(end, { value, since: now })
      this.#ends.set(id, end)
      const quietMs = now - end.since
      const known = max(tail.furthest, this.#options.writer.drawn.highest(tail.topic.name))
      const behind = value > known || tail.stuckMs > BUSY_POLL_MS
      const patienceMs = behind ? (quietMs > IDLE_POLL_MS ? IDLE_POLL_MS : 0) : FLOOR_MS
      // Never quite given up: a read that failed in an outage is owed though nothing more is written.
      if (now - end.looked < (quietMs > GAP_MS ? REST_MS : patienceMs)) continue
      end.looked = now
      if (tail.stuckMs > STUCK_MS) this.#rebase(tail)
      news ||= behind && quietMs < IDLE_POLL_MS
      tail.wake()
    }
    this.#pollMs = news ? BUSY_POLL_MS : Math.min(this.#pollMs * 1.5, IDLE_POLL_MS)
  }

  /** A gap that stays was rolled back, or is another process's: found out once in a while. */
  #rebase(tail: TopicTail): void {
    const now = performance.now()
    if (now - (this.#rebased.get(tail) ?? Number.NEGATIVE_INFINITY) < REBASE_MS) return
    this.#rebased.set(tail, now)
    tail.rebase().catch((error) => this.#trouble('rebase', error))
  }

  #tick(): void {
    this.#ticking ??= this.#runTick()
      .catch((error) => this.#trouble('tick', error))
      .finally(() => {
        this.#ticking = undefined
      })
  }

  #beat(): void {
    this.#member.heartbeat().then(
      () => {
        this.#renewedAt = performance.now()
      },
      (error) => this.#trouble('lease', error),
    )
  }

  async #runTick(): Promise<void> {
    this.#ticks += 1
    await this.#forget()
    await this.#rebalance()
    await refreshParked(this.#options.pool, [...this.#groups.values()])
    for (const group of this.#groups.values()) {
      if (this.#ticks % CARRY_TICKS === 0) await group.carry()
      group.wake()
    }
    if (this.#ticks % MAINTAIN_TICKS === 0) await this.#member.maintain([...this.#tails.keys()])
  }

  #rebalance(): Promise<void> {
    return this.#balancing(() => this.#claim())
  }

  async #claim(): Promise<void> {
    // A claim whose answer was lost is in force, and nobody would ever read that partition.
    if (this.#inDoubt)
      for (const [name, group] of this.#groups)
        await this.#member.disown(
          name,
          [...group.lanes].map((lane) => lane.hold),
        )
    this.#inDoubt = true
    const claims = await this.#member.balance()
    this.#inDoubt = false
    for (const claimed of claims) {
      const group = this.#groups.get(claimed.grp)
      if (group === undefined) continue
      if (claimed.topic === null || claimed.part === null) {
        await group.release(claimed)
        continue
      }
      await failpoint('lease.acquired')
      group.claim({
        topic: claimed.topic,
        part: claimed.part,
        cursor: claimed.cursor,
        epoch: claimed.epoch,
        attemptTo: claimed.attempt_to,
        orphaned: claimed.orphaned,
      })
    }
    await refreshParked(this.#options.pool, [...this.#groups.values()])
  }

  /** Throws when the lease on what we read was not renewed in time, so that others may have taken it by now. */
  check(): void {
    const silentMs = performance.now() - this.#renewedAt
    if (silentMs > (this.#options.leaseMs ?? LEASE_MS))
      throw new Error(`the lease of its partitions was last renewed ${Math.round(silentMs)} ms ago`)
  }

  /** Dies without giving anything back, as a killed process does. For tests of what the others do then. */
  async abandon(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#tickTimer)
    clearInterval(this.#beatTimer)
    clearTimeout(this.#pollTimer)
    await this.#ticking
    for (const group of this.#groups.values()) group.abandon()
    await this.#member.vanish()
  }

  async stop(): Promise<void> {
    clearInterval(this.#tickTimer)
    clearInterval(this.#beatTimer)
    clearTimeout(this.#pollTimer)
    await this.#ticking
    this.#stopped = true
    clearTimeout(this.#pollTimer)
    await Promise.all([...this.#groups.values()].map((group) => group.stop()))
    await this.#member.leave()
  }
}

/** Runs work one after the other, in the order of asking. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const run = last.then(work)
    last = run.catch(() => undefined)
    return run
  }
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** The event as the log gives it back. */
const asRead = (event: Envelope): Envelope => ({
  ...event,
  data: JSON.parse(JSON.stringify(event.data)),
})
