// One partition as one group reads it. A lane handles its records strictly one after the other; several lanes run at once.
// The cursor in the database is `cursor`; `position` runs ahead over events of foreign types and is carried later.

import { statement } from '../db/query.ts'
import type { Sql } from '../db/sql.ts'
import type { Envelope } from '../pure/envelope.ts'
import { failpoint } from '../testing/failpoint.ts'
import type { Consumer } from './consumer.ts'
import {
  classify,
  type Delivery,
  deliver,
  deliverBatch,
  type Failure,
  MAX_TRIES,
} from './deliver.ts'
import type { LaneHooks, LaneStart } from './hooks.ts'
import type { LogWriter } from './log.ts'
import { CRASH_LOOP, deadOf, singly, WAITING } from './parking.ts'
import type { BusRecord } from './record.ts'
import {
  advanceSql,
  crashAttemptSql,
  crashForgivenSql,
  finishParkedSql,
  finishSql,
  forwardedSql,
  type Hold,
  inboxSql,
  type Parking,
  parkedFailedSql,
  parkedTriesSql,
  parkSql,
  unparkSql,
} from './store.ts'
import type { Failed, Share } from './together.ts'

export type Result = 'ok' | 'fenced' | 'unavailable'

export interface LaneDeps {
  readonly writer: LogWriter
  readonly hooks: LaneHooks
  /** Runs work while no other lane of this process does work through it. */
  readonly alone: (work: () => Promise<Result>) => Promise<Result>
}

export class Lane {
  readonly hold: Hold
  cursor: bigint
  position: bigint
  /** Up to here a dead predecessor had begun: handled one by one, an attempt each. */
  readonly attemptTo: bigint
  /**
   * What this lane is about to handle is marked first: among it may be what took its last owner away. Until it has handled something
   * and found nothing behind it: what the owner had in hand began at the cursor. A killer that a shorter read leaves for later
   * takes one more process, and is then what the next one begins with.
   */
  wary: boolean
  busy = false
  /** Takes no further record: the process stops, or the partition goes to another member. */
  stopping = false
  /** A parked record became due while the lane was busy. */
  owesRetry = false
  /** Nothing is tried before this instant (milliseconds), while something we depend on is down. */
  pausedUntil = 0
  pauses = 0
  parkedKeys = new Set<string>()
  /** Counts parkings, so that a slow query about parked keys does not overwrite a newer truth. */
  parkings = 0
  readonly #consumer: Consumer
  readonly #writer: LogWriter
  readonly #hooks: LaneHooks
  readonly #alone: LaneDeps['alone']
  /** The record whose try after a crash was counted, and which try it is. */
  #counted: { readonly off: bigint; readonly attempt: number } | undefined

  readonly #start: bigint
  /** The record whose first try was in a shared transaction, and how it failed. */
  #failed: Failed | undefined

  constructor(consumer: Consumer, start: LaneStart, deps: LaneDeps) {
    this.#consumer = consumer
    this.#writer = deps.writer
    this.#hooks = deps.hooks
    this.#alone = deps.alone
    this.hold = { group: consumer.group, topic: start.topic, part: start.part, epoch: start.epoch }
    this.#start = start.cursor
    this.cursor = start.cursor
    this.position = start.cursor
    this.attemptTo = start.attemptTo
    this.wary = start.orphaned
  }

  /** Nothing is left to be read. */
  caughtUp(): void {
    if (this.cursor > this.#start) this.wary = false
  }

  wants(event: Envelope): boolean {
    const { batch, forward, handlers } = this.#consumer
    if (forward !== undefined) return true
    const hearer = batch ?? handlers.get(event.type)
    if (hearer === undefined) return false
    if (batch !== undefined && batch.types !== 'all' && !batch.types.has(event.type)) return false
    try {
      return hearer.when?.(event) ?? true
    } catch {
      // It cannot be read: its handler shall say so, where an event that fails is put aside and the next one goes on.
      return true
    }
  }

  /** Handles the records of one read. Where the lane is wary, their end was marked as begun before. */
  async run(records: readonly BusRecord[], failed?: Failed): Promise<Result> {
    const { forward } = this.#consumer
    this.#failed = failed
    if (forward !== undefined) return this.#forward(records, forward)
    const wanted = records.filter((r) => this.wants(r.event))
    const result =
      this.#consumer.batch !== undefined && this.cursor >= this.attemptTo
        ? await this.#runBatches(wanted)
        : await this.#runSingly(wanted)
    const last = records.at(-1)
    if (result === 'ok' && last !== undefined && !this.stopping && last.off > this.position)
      this.position = last.off
    return result
  }

  /** What of these records may share a transaction with other partitions'; undefined: this lane goes on by itself, as one that waits for something must. */
  shareOf(records: readonly BusRecord[]): Share | undefined {
    if (this.#consumer.forward !== undefined || this.cursor < this.attemptTo) return undefined
    if (this.pauses > 0) return undefined
    const wanted = records.filter((r) => this.wants(r.event))
    if (wanted.some((r) => this.parkedKeys.has(r.event.key))) return undefined
    return { hold: this.hold, cursor: this.cursor, records: wanted }
  }

  /** The share was handled, and with it all records of its read. */
  shared({ records }: Share, read: readonly BusRecord[]): void {
    this.#moved(records.at(-1) as BusRecord)
    const last = read.at(-1) as BusRecord
    if (!this.stopping && last.off > this.position) this.position = last.off
  }

  /** Hands records on. Whoever was fenced off meanwhile has handed them on twice, which the receivers know by their offsets. */
  async #forward(
    records: readonly BusRecord[],
    forward: NonNullable<Consumer['forward']>,
  ): Promise<Result> {
    const last = records.at(-1)
    if (last === undefined || this.stopping) return 'ok'
    await forward(records)
    const moved = await this.#note(
      forwardedSql(this.hold, { expected: this.cursor, next: last.off }),
    )
    if (moved === 'ok') this.#moved(last)
    return moved
  }

  async #runSingly(records: readonly BusRecord[]): Promise<Result> {
    for (const record of records) {
      if (this.stopping) return 'ok'
      const result = this.parkedKeys.has(record.event.key)
        ? await this.#park(record, WAITING)
        : await this.#one(record)
      if (result !== 'ok') return result
    }
    return 'ok'
  }

  #one(record: BusRecord): Promise<Result> {
    if (record.off > this.attemptTo) return this.#try(record, 1)
    return this.#alone(() => this.#trySuspect(record))
  }

  /**
   * A record that was begun when a process died. The suspects of all lanes are tried one at a time, each try counted before:
   * beside others, an event that kills the process would take those to the dead letters that never had the time to succeed.
   */
  async #trySuspect(record: BusRecord): Promise<Result> {
    if (this.stopping) return 'ok'
    const { pool } = this.#consumer
    if (this.#counted?.off !== record.off) {
      const row = await pool.query(statement(crashAttemptSql(this.hold, record.off)))
      if (row.rowCount === 0) return 'fenced'
      this.#counted = { off: record.off, attempt: 1 + Number(row.rows[0].crash_attempts) }
    }
    const { attempt } = this.#counted
    if (attempt > MAX_TRIES) return this.#park(record, deadOf(attempt - 1, CRASH_LOOP))
    const result = await this.#try(record, attempt)
    if (result === 'unavailable')
      await pool.query(statement(crashForgivenSql(this.hold, record.off))).then(
        () => {
          this.#counted = undefined
        },
        // The database is what is unavailable: the count stands, and this lane remembers it.
        () => undefined,
      )
    return result
  }

  async #try(record: BusRecord, attempt: number): Promise<Result> {
    const since = performance.now()
    const delivery: Delivery =
      this.#failed?.id === record.event.id
        ? { kind: 'failed', failure: this.#failed.failure }
        : await this.#deliver(record, attempt)
    this.#tell([record], delivery, { attempt, since })
    switch (delivery.kind) {
      case 'done':
        this.#moved(record)
        this.#hooks.onAppended(delivery.events)
        return 'ok'
      case 'repeat':
        return this.#pass(record)
      case 'failed':
        return this.#park(record, this.#next(delivery.failure, attempt))
      default:
        return delivery.kind
    }
  }

  /** Handles one record in a transaction that also moves the cursor to it. */
  #deliver(record: BusRecord, attempt: number): Promise<Delivery> {
    const move = { expected: this.cursor, next: record.off }
    const isBatch = this.#consumer.batch !== undefined
    const consumer = isBatch ? singly(this.#consumer, record) : this.#consumer
    return deliver(consumer, { event: record.event, attempt }, (events) => {
      const append = this.#writer.appendArgument(events)
      const done = { event: record.event, attempt, append }
      return [this.#writer.noting(events, finishSql(this.hold, move, done))]
    })
  }

  #deliverBatch(records: readonly BusRecord[]): Promise<Delivery> {
    const events = records.map((r) => r.event)
    const move = { expected: this.cursor, next: (records.at(-1) as BusRecord).off }
    return deliverBatch(this.#consumer, events, {
      fresh: async (tx) => {
        const ids = events.map((e) => e.id)
        const rows = await tx.many(inboxSql(this.hold.group, ids))
        return new Set(rows.map((row) => row.event_id))
      },
      settle: (out) => [
        this.#writer.noting(out, advanceSql(this.hold, move, this.#writer.appendArgument(out))),
      ],
    })
  }

  /** Records of a parked key are parked behind it; what stands between them goes in batches. */
  async #runBatches(records: readonly BusRecord[]): Promise<Result> {
    let rest = records
    while (rest.length > 0 && !this.stopping) {
      const held = rest.findIndex((r) => this.parkedKeys.has(r.event.key))
      const taken = held < 0 ? rest.length : Math.max(held, 1)
      const result =
        held === 0
          ? await this.#park(rest[0] as BusRecord, WAITING)
          : await this.#runBatch(rest.slice(0, taken))
      if (result !== 'ok') return result
      rest = rest.slice(taken)
    }
    return 'ok'
  }

  /** A batch that fails is halved until the failing record stands alone; that one is parked and the rest goes on. */
  async #runBatch(records: readonly BusRecord[]): Promise<Result> {
    const since = performance.now()
    const last = records.at(-1) as BusRecord
    // One alone need not ask first whether it is new: the inbox says so when it ends, in the flight of the commit.
    const delivery =
      records.length === 1 ? await this.#deliver(last, 1) : await this.#deliverBatch(records)
    if (delivery.kind === 'done') {
      this.#moved(last)
      this.#hooks.onAppended(delivery.events)
      this.#tell(records, delivery, { attempt: 1, since })
      return 'ok'
    }
    if (delivery.kind === 'repeat') return this.#pass(last)
    if (delivery.kind !== 'failed') {
      this.#tell(records, delivery, { attempt: 1, since })
      return delivery.kind
    }
    if (records.length === 1) {
      this.#tell(records, delivery, { attempt: 1, since })
      return this.#park(last, this.#next(delivery.failure, 1))
    }
    const half = Math.ceil(records.length / 2)
    const first = await this.#runBatch(records.slice(0, half))
    return first === 'ok' ? this.#runBatches(records.slice(half)) : first
  }

  /** Moves the cursor over a record without handling it. */
  async #pass(record: BusRecord): Promise<Result> {
    const move = { expected: this.cursor, next: record.off }
    return this.#settle(async () => {
      await this.#consumer.pool.query(statement(advanceSql(this.hold, move, null)))
      this.#moved(record)
      return 'ok'
    })
  }

  #tell(
    records: readonly BusRecord[],
    delivery: Delivery,
    of: { attempt: number; since: number },
  ): void {
    const ms = (performance.now() - of.since) / records.length
    const { group } = this.hold
    for (const { event } of records)
      this.#hooks.onHandled({ group, event, outcome: delivery.kind, attempt: of.attempt, ms })
  }

  #moved(record: BusRecord): void {
    this.cursor = record.off
    this.position = record.off
    this.pauses = 0
  }

  #next(failure: Failure, attempts: number): Omit<Parking, 'onDeath'> {
    const dead = failure.terminal || attempts >= MAX_TRIES
    const nextInMs = failure.afterMs ?? this.#hooks.delayMs(attempts)
    return { attempts, nextInMs, dead, failure }
  }

  async #park(record: BusRecord, parking: Omit<Parking, 'onDeath'>): Promise<Result> {
    const { batch, handlers } = this.#consumer
    const onDeath = (batch ?? handlers.get(record.event.type))?.onDeath ?? 'skip'
    return this.#settle(async () => {
      await failpoint(parking.dead ? 'dlq.written' : 'retry.scheduled')
      const move = { expected: this.cursor, record }
      const row = await this.#consumer.pool.query(
        statement(parkSql(this.hold, move, { ...parking, onDeath })),
      )
      if (row.rowCount === 0) return 'fenced'
      this.#moved(record)
      this.parkings += 1
      if (!(parking.dead && onDeath === 'skip')) this.parkedKeys.add(record.event.key)
      return 'ok'
    })
  }

  /** Tries a parked record again, the first of its key. The try is counted before, so that a crash is one. */
  async retry(record: BusRecord, tries: number): Promise<Result> {
    const attempt = tries + 1
    const { hold } = this
    const { off } = record
    if (attempt > MAX_TRIES)
      return this.#note(
        parkedFailedSql(hold, off, { ...deadOf(tries, CRASH_LOOP), onDeath: 'block' }),
      )
    const nextInMs = this.#hooks.delayMs(attempt)
    const begun = await this.#note(parkedTriesSql(hold, off, { attempts: attempt, nextInMs }))
    if (begun !== 'ok') return begun
    const done = (events: readonly Envelope[]) => {
      const append = this.#writer.appendArgument(events)
      const settled = { event: record.event, attempt, append }
      return [this.#writer.noting(events, finishParkedSql(hold, off, settled))]
    }
    const consumer =
      this.#consumer.batch === undefined ? this.#consumer : singly(this.#consumer, record)
    const since = performance.now()
    const delivery = await deliver(consumer, { event: record.event, attempt }, done)
    this.#tell([record], delivery, { attempt, since })
    if (delivery.kind === 'done') {
      this.#hooks.onAppended(delivery.events)
      return 'ok'
    }
    switch (delivery.kind) {
      case 'repeat':
        return this.#note(unparkSql(hold.group, record))
      case 'failed': {
        const parking = this.#next(delivery.failure, attempt)
        return this.#note(parkedFailedSql(hold, off, { ...parking, onDeath: 'block' }))
      }
      case 'unavailable':
        await this.#note(parkedTriesSql(hold, off, { attempts: tries, nextInMs: 0 }))
        return 'unavailable'
      default:
        return delivery.kind
    }
  }

  /** Notes something about a parked record. When it is not there any more, neither is what we knew of this partition. */
  #note(noted: Sql): Promise<Result> {
    return this.#settle(async () => {
      const { rowCount } = await this.#consumer.pool.query(statement(noted))
      return rowCount === 0 ? 'fenced' : 'ok'
    })
  }

  async #settle(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      const { kind } = classify(error)
      return kind === 'fenced' ? 'fenced' : 'unavailable'
    }
  }
}
