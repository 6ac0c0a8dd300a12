// The live end of one topic, held once a process and shared by all its consumer groups. What this process wrote it takes without
// reading (frontier.ts says when it may); what others wrote is read, by all groups together. Reading was what an event cost most.
//
// Invariant: per partition the window holds every record after `from`, in offset order. A group whose cursor is before
// `from` reads the log itself until it has caught up. A crash loses only memory.

import type pg from 'pg'
import { isLockTimeout } from '../../db/errors.ts'
import { rawSql, type Sql, sql } from '../../db/sql.ts'
import { inTransaction, type Transaction } from '../../db/transaction.ts'
import { classify } from '../deliver.ts'
import { SEGMENT_OFFSETS, type Topic } from '../log.ts'
import { type BusRecord, RECORD_COLUMNS, type RecordRow, recordOf } from '../record.ts'
import { Frontier } from './frontier.ts'

const WINDOW_RECORDS = 512
const READ_LIMIT = 500
/** Near a segment's ends rows of both may be in flight, so the parent is read instead of the live segment by name. */
const EDGE = 0.1
/** How long a gap before an own event is taken for another connection's answer that is on its way. */
const HURRY_MS = 5
/** A gap that lasts for longer belongs to nobody who would tell us. */
const STUCK_MS = 50

interface Window {
  from: bigint
  head: bigint
  /** How far the topic was, at least, when this partition was last read to its end. */
  whole: bigint
  records: BusRecord[]
}

export interface ReadOptions {
  /** Records a partition. */
  readonly limit: number
  /** The live segment by name, where that is safe; absent: the whole topic. */
  readonly segment?: string
}

function readSql(topic: Topic, parts: number[], { limit, segment }: ReadOptions): Sql<RecordRow> {
  const table = segment ?? 'bus.log'
  return {
    ...rawSql<RecordRow>(
      `select ${RECORD_COLUMNS} from unnest($1::smallint[], $2::bigint[]) c(part, after)
       cross join lateral (select * from ${table} l where ${segment === undefined ? `l.topic = ${topic.id} and` : ''}
         l.part = c.part and l.off > c.after order by l.off limit $3) l order by l.off`,
      [parts, [], limit],
    ),
    name: `read_${table}_${topic.id}`,
  }
}

/** Where to read on in each partition. */
export interface Positions {
  readonly topic: Topic
  readonly from: readonly { readonly part: number; readonly after: bigint }[]
}

/** Reads records after the given offsets, at most `limit` a partition. */
export async function readRecords(
  pool: pg.Pool,
  { topic, from }: Positions,
  options: ReadOptions,
): Promise<BusRecord[]> {
  const statement = readSql(
    topic,
    from.map((f) => f.part),
    options,
  )
  const { rows } = await pool.query({
    text: statement.text,
    name: statement.name,
    values: [statement.values[0], from.map((f) => f.after), options.limit],
  })
  return (rows as RecordRow[]).map((row) => recordOf(row, topic.name))
}

const headsSql = ({ id, partitions }: Topic): Sql<{ head: bigint }> => sql`
  select coalesce((select l.off from bus.log l where l.topic = ${id} and l.part = p.part order by l.off desc limit 1), 0) as head
    from generate_series(0, ${partitions}::int - 1) p(part) order by p.part`

/**
 * Waits until nothing is on its way into the topic; what is read after that holds every offset up to the answer. Not for long:
 * meanwhile nothing can be appended, and whoever does not know how far all is known reads, which is only dearer.
 */
async function barrier(tx: Transaction, { id }: Topic): Promise<bigint> {
  tx.write(sql`set local lock_timeout = '200ms'`)
  const { reached } = await tx.one(
    sql<{ reached: bigint }>`select bus.barrier(${id}::smallint) as reached`,
  )
  return reached
}

export interface TailSource {
  readonly pool: pg.Pool
  readonly topic: Topic
  /** Called when there is something new. */
  readonly onRecords: () => void
  /** Told why nothing can be read, once for each reason; what is away says so elsewhere. */
  readonly onTrouble: (error: unknown) => void
}

export class TopicTail {
  readonly topic: Topic
  readonly #pool: pg.Pool
  readonly #onRecords: () => void
  readonly #onTrouble: (error: unknown) => void
  readonly #windows: Window[]
  readonly #frontier: Frontier
  #dirty = new Set<number>()
  #told: string | undefined
  #reading: Promise<void> | undefined
  #hurry: NodeJS.Timeout | undefined
  /** Since when the same gap stands before what we know. */
  #stuck: { readonly upTo: bigint; readonly since: number } | undefined

  private constructor(source: TailSource, heads: bigint[], reached: bigint) {
    this.#pool = source.pool
    this.topic = source.topic
    this.#onRecords = source.onRecords
    this.#onTrouble = source.onTrouble
    this.#frontier = new Frontier(reached)
    const whole = heads.reduce((max, head) => (head > max ? head : max), 0n)
    this.#windows = heads.map((head) => ({ from: head, head, whole, records: [] }))
  }

  /** Opens at the present end of the topic. */
  static async open(source: TailSource): Promise<TopicTail> {
    const { pool, topic } = source
    const present = (withBarrier: boolean) =>
      inTransaction(pool, async (tx) => {
        const reached = withBarrier ? await barrier(tx, topic) : 0n
        const heads = await tx.many(headsSql(topic))
        return { reached, heads: heads.map((row) => row.head) }
      })
    const { reached, heads } = await present(true).catch((error) => {
      if (!isLockTimeout(error)) throw error
      return present(false)
    })
    return new TopicTail(source, heads, reached)
  }

  /** Something was appended to these partitions (all, when absent). Reads soon; one read at a time. */
  wake(parts?: Iterable<number>): void {
    for (const part of parts ?? this.#windows.keys()) this.#dirty.add(part)
    if (this.#reading !== undefined) return
    this.#reading = this.#read().then((ok) => {
      this.#reading = undefined
      if (ok && this.#dirty.size > 0) this.wake([])
    })
  }

  /** An event of this process was committed: its readers get it at once, or when what was drawn before it is known. */
  committed(record: BusRecord): void {
    this.#take(this.#frontier.committed(record))
    if (!this.#frontier.gapped) return
    if (this.stuckMs > STUCK_MS) this.wake()
    else this.#waitForOthers()
  }

  /** Milliseconds for which the same gap has kept back what we know; 0 without one. */
  get stuckMs(): number {
    const now = performance.now()
    const { gapped, upTo } = this.#frontier
    if (!gapped) this.#stuck = undefined
    else if (this.#stuck?.upTo !== upTo) this.#stuck = { upTo, since: now }
    return this.#stuck === undefined ? 0 : now - this.#stuck.since
  }

  #waitForOthers(): void {
    this.#hurry ??= setTimeout(() => {
      this.#hurry = undefined
      if (this.stuckMs >= HURRY_MS) this.wake()
      else if (this.#frontier.gapped) this.#waitForOthers()
    }, HURRY_MS).unref()
  }

  /** Finds out what became of the offsets that nobody told us of: read by now, or rolled back. */
  async rebase(): Promise<void> {
    const reached = await inTransaction(this.#pool, (tx) => barrier(tx, this.topic))
    this.wake()
    await this.settled()
    if (this.#dirty.size === 0) this.#take(this.#frontier.reached(reached))
  }

  /** Resolves when nothing known is left to be read. */
  async settled(): Promise<void> {
    while (this.#reading !== undefined) await this.#reading
  }

  head(part: number): bigint {
    return this.#windows[part]?.head ?? 0n
  }

  /** The highest offset read so far, over all partitions. */
  get furthest(): bigint {
    return this.#windows.reduce((max, w) => (w.head > max ? w.head : max), 0n)
  }

  /** Everything after this offset is in the window. */
  windowStart(part: number): bigint {
    return this.#windows[part]?.from ?? 0n
  }

  /** Records after `cursor`, or undefined when the window does not reach back that far. */
  after(part: number, cursor: bigint, limit: number): readonly BusRecord[] | undefined {
    const window = this.#windows[part]
    if (window === undefined || cursor < window.from) return undefined
    // Every pump asks for every lane, and nearly all have kept up or nearly so: looked for from the front, each of them walked
    // through its whole window, which is full after some thousand events.
    if (cursor >= window.head) return []
    let start = window.records.length
    while (start > 0 && (window.records[start - 1] as BusRecord).off > cursor) start -= 1
    return window.records.slice(start, start + limit)
  }

  /** Answers whether it read all; after an outage the floor poll wakes us again. */
  async #read(): Promise<boolean> {
    while (this.#dirty.size > 0) {
      const parts = [...this.#dirty]
      this.#dirty = new Set()
      try {
        const { furthest } = this
        const from = parts.map((part) => ({ part, after: this.head(part) }))
        const found = await readRecords(
          this.#pool,
          { topic: this.topic, from },
          { limit: READ_LIMIT, ...this.#segment(parts) },
        )
        this.#told = undefined
        this.#taken(found)
        for (const part of parts)
          if (!this.#dirty.has(part)) (this.#windows[part] as Window).whole = furthest
      } catch (error) {
        for (const part of parts) this.#dirty.add(part)
        this.#tell(error)
        return false
      }
    }
    return true
  }

  #tell(error: unknown): void {
    const delivery = classify(error)
    if (delivery.kind !== 'failed' || delivery.failure.message === this.#told) return
    this.#told = delivery.failure.message
    this.#onTrouble(error)
  }

  #taken(found: readonly BusRecord[]): void {
    const counts = new Map<number, number>()
    for (const { part } of found) counts.set(part, (counts.get(part) ?? 0) + 1)
    for (const [part, count] of counts) if (count >= READ_LIMIT) this.#dirty.add(part)
    this.#take(found)
    this.#take(this.#frontier.read(found))
  }

  /** Adds to the windows what they do not have yet: a read may have been under way while our own event arrived. */
  #take(records: readonly BusRecord[]): void {
    const touched = new Set<Window>()
    for (const record of records) {
      const window = this.#windows[record.part] as Window
      if (record.off <= window.head) continue
      window.records.push(record)
      window.head = record.off
      touched.add(window)
    }
    for (const window of touched) {
      const surplus = window.records.length - WINDOW_RECORDS
      if (surplus > 0) {
        window.from = (window.records[surplus - 1] as BusRecord).off
        window.records.splice(0, surplus)
      }
    }
    if (touched.size > 0) this.#onRecords()
  }

  /** A partition that lags behind the others may have records in a segment that the topic has left. */
  #segment(parts: readonly number[]): { segment?: string } {
    const segment = Number(this.furthest / BigInt(SEGMENT_OFFSETS))
    const start = segment * SEGMENT_OFFSETS
    const entered = segment === 0 ? 0 : start + EDGE * SEGMENT_OFFSETS
    const safe =
      Number(this.furthest) < start + (1 - EDGE) * SEGMENT_OFFSETS &&
      parts.every((part) => Number((this.#windows[part] as Window).whole) >= entered)
    return safe ? { segment: `bus.log_${this.topic.id}_${segment}` } : {}
  }
}
