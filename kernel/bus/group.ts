// A consumer group's share in this process: its lanes, fed from the topics' sources. One pump collects what every idle lane can
// do and lets the lanes run. What lanes of a vanished owner are about to do is marked as begun first, in one statement.
//
// Invariant: a lane is either idle or run by exactly one of pump, retry or release. Losing the fence drops the lane at once;
// what it was doing was rolled back by the database.

import type { Batcher } from '../batch/batcher.ts'
import { openQuery } from '../db/query.ts'
import { failpoint } from '../testing/failpoint.ts'
import type { Consumer } from './consumer.ts'
import { classify } from './deliver.ts'
import type { LaneStart } from './hooks.ts'
import { Lane, type LaneDeps, type Result } from './lane.ts'
import type { Topic } from './log.ts'
import type { Claimed } from './member.ts'
import { type BusRecord, recordOf } from './record.ts'
import { carrySql, dueSql, type Mark, releaseSql } from './store.ts'
import { readRecords } from './tail/tail.ts'
import { deliverTogether, type Share } from './together.ts'

const BATCH_RECORDS = 500
/**
 * Single handlers' records of one read, and of one transaction that they share. Each may wait for the database several times while
 * the locks of those before it are held, and buyers wait for such locks: of 32 in a row they waited 60 ms, and ten save as much.
 */
const SINGLE_RECORDS = 10
/** Shared transactions of a group at a time. While they run the next ones collect; the second keeps a slow one from stopping all. */
const TOGETHER_MAX = 2
const PAUSE_MS = [100, 200, 400, 800, 1_600, 3_200, 5_000]

/** Where the lanes of one topic get their records from, in the order of offsets. */
export interface RecordSource {
  readonly topic: Topic
  /** Records after this offset; undefined when they must be read from the log itself. */
  after(part: number, position: bigint, limit: number): readonly BusRecord[] | undefined
  /** Everything after this offset is at hand. */
  windowStart(part: number): bigint
}

export interface GroupDeps extends LaneDeps {
  /** By topic id. */
  readonly sources: ReadonlyMap<number, RecordSource>
  /** Writes the marks of what is about to be handled, together with those of other groups. */
  readonly marks: Batcher<readonly Mark[], void>
  readonly now: () => number
  readonly onLost: (group: string, topic: number, part: number) => void
  /** Told what a pause follows from, for the log. */
  readonly onTrouble: (what: string, error: unknown) => void
}

interface Ready {
  readonly lane: Lane
  readonly records: readonly BusRecord[]
}

interface Shared extends Ready {
  readonly share: Share
}

export class GroupRunner {
  readonly consumer: Consumer
  readonly #deps: GroupDeps
  readonly #lanes = new Map<string, Lane>()
  readonly #running = new Set<Promise<void>>()
  readonly #active = new Set<Lane>()
  readonly #together = new Set<Promise<unknown>>()
  #scheduled = false
  #pumping: Promise<void> | undefined
  #stopping = false

  constructor(consumer: Consumer, deps: GroupDeps) {
    this.consumer = consumer
    this.#deps = deps
  }

  get lanes(): Iterable<Lane> {
    return this.#lanes.values()
  }

  /** Until the first look at the parked keys the lane must not run: it could overtake a parked event. */
  claim(start: LaneStart): void {
    const lane = new Lane(this.consumer, start, this.#deps)
    lane.pausedUntil = Number.POSITIVE_INFINITY
    this.#lanes.set(`${start.topic}:${start.part}`, lane)
  }

  lane(topic: number, part: number): Lane | undefined {
    return this.#lanes.get(`${topic}:${part}`)
  }

  /** Asks for a pump soon; wake-ups of one tick, or of the group's linger, are one pump. */
  wake(): void {
    if (this.#scheduled || this.#stopping) return
    this.#scheduled = true
    const pump = (): void => {
      this.#scheduled = false
      this.#pumping = (this.#pumping ?? Promise.resolve()).then(() => this.#pump())
    }
    const { lingerMs } = this.consumer
    if (lingerMs === undefined) setImmediate(pump)
    else setTimeout(pump, lingerMs).unref()
  }

  async #pump(): Promise<void> {
    if (this.#stopping || this.#together.size >= TOGETHER_MAX) return
    try {
      const ready = await this.#collect()
      if (ready.length === 0) return
      await failpoint('consume.polled')
      await this.#markBegun(ready)
      this.#startAll(ready)
    } catch (error) {
      // The database is away. Lanes taken for this pump are given back and try again after a pause.
      this.#told('pump', error)
      for (const lane of this.#lanes.values())
        if (lane.busy && !this.#active.has(lane)) this.#start(lane, async () => 'unavailable')
    }
  }

  get #limit(): number {
    const { batch, forward } = this.consumer
    return (batch ?? forward) === undefined ? SINGLE_RECORDS : BATCH_RECORDS
  }

  /** What may share a transaction does; the others go on by themselves. */
  #startAll(ready: readonly Ready[]): void {
    const limit = this.#limit
    let portion: Shared[] = []
    let count = 0
    const send = (): void => {
      if (portion.length === 1 && count === 1) this.#startAlone(portion)
      else if (portion.length > 0) this.#startTogether(portion)
      portion = []
      count = 0
    }
    for (const one of ready) {
      const share = one.lane.shareOf(one.records)
      if (share === undefined) this.#startAlone([one])
      else {
        if (count + share.records.length > limit) send()
        portion.push({ ...one, share })
        count += share.records.length
      }
    }
    send()
  }

  #startAlone(ready: readonly Ready[]): void {
    for (const { lane, records } of ready) this.#start(lane, () => lane.run(records))
  }

  #startTogether(portion: readonly Shared[]): void {
    const since = performance.now()
    const shares = portion.map(({ share }) => share)
    const delivery = deliverTogether(this.consumer, shares, this.#deps.writer).then((done) => {
      if (done.kind === 'done')
        for (const { lane, records, share } of portion) lane.shared(share, records)
      if (done.kind !== 'apart') this.#tell(shares, done.kind, since)
      if (done.kind === 'done') this.#deps.hooks.onAppended(done.events)
      return done
    })
    this.#together.add(delivery)
    void delivery.finally(() => this.#together.delete(delivery))
    for (const { lane, records } of portion)
      this.#start(lane, async () => {
        const done = await delivery
        if (done.kind === 'apart') return lane.run(records, done.failed)
        return done.kind === 'done' ? 'ok' : done.kind
      })
  }

  #tell(shares: readonly Share[], outcome: 'done' | 'unavailable', since: number): void {
    const all = shares.flatMap((share) => share.records)
    const ms = (performance.now() - since) / all.length
    const { group } = this.consumer
    for (const { event } of all)
      this.#deps.hooks.onHandled({ group, event, outcome, attempt: 1, ms })
  }

  #start(lane: Lane, work: () => Promise<Result>): void {
    this.#active.add(lane)
    const running = work()
      .catch((error) => {
        this.#told('lane', error)
        return 'unavailable' as const
      })
      .then((result) => this.#ended(lane, result))
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async #ended(lane: Lane, result: Result): Promise<void> {
    this.#active.delete(lane)
    lane.busy = false
    if (result === 'fenced') this.#drop(lane)
    else if (lane.stopping && !this.#stopping) await this.#giveBack([lane])
    else if (result === 'unavailable') this.#pause(lane)
    else {
      if (lane.owesRetry) this.retryParked(lane)
      this.wake()
    }
  }

  /** What is away says so elsewhere, once; anything else that stops a lane would be seen nowhere. */
  #told(what: string, error: unknown): void {
    if (classify(error).kind === 'failed') this.#deps.onTrouble(what, error)
  }

  #pause(lane: Lane): void {
    const ms = PAUSE_MS[Math.min(lane.pauses, PAUSE_MS.length - 1)] as number
    lane.busy = false
    lane.pauses += 1
    lane.position = lane.cursor
    lane.pausedUntil = this.#deps.now() + ms
    // The timer counts from the turn's begin, which may be a while ago: told by the clock, the pause would last until the next tick.
    setTimeout(() => {
      lane.pausedUntil = 0
      this.wake()
    }, ms).unref()
  }

  #drop(lane: Lane): void {
    const { topic, part } = lane.hold
    if (this.#lanes.get(`${topic}:${part}`) === lane) this.#lanes.delete(`${topic}:${part}`)
    this.#deps.onLost(this.consumer.group, topic, part)
  }

  /** What each idle lane can do now; the lanes are taken (busy) until run or given back. */
  async #collect(): Promise<Ready[]> {
    const limit = this.#limit
    const behind = new Map<number, Lane[]>()
    const ready: Ready[] = []
    const unread: Lane[] = []
    for (const lane of this.#lanes.values()) {
      if (lane.busy || lane.stopping || lane.pausedUntil > this.#deps.now()) continue
      const source = this.#deps.sources.get(lane.hold.topic)
      const records = source?.after(lane.hold.part, lane.position, limit)
      if (source === undefined) unread.push(lane)
      else if (records === undefined)
        behind.set(lane.hold.topic, [...(behind.get(lane.hold.topic) ?? []), lane])
      else this.#take(lane, records, ready)
    }
    // Of a topic that is not read here: somebody else may, and the other lanes go on.
    await this.letGo(unread)
    for (const [topicId, lanes] of behind) await this.#catchUp(topicId, { lanes, limit }, ready)
    return ready
  }

  async #catchUp(
    topicId: number,
    read: { lanes: Lane[]; limit: number },
    ready: Ready[],
  ): Promise<void> {
    const source = this.#deps.sources.get(topicId) as RecordSource
    const starts = new Map(read.lanes.map((lane) => [lane, source.windowStart(lane.hold.part)]))
    for (const lane of read.lanes) lane.busy = true
    const from = read.lanes.map((lane) => ({ part: lane.hold.part, after: lane.position }))
    const found = await readRecords(
      this.consumer.pool,
      { topic: source.topic, from },
      { limit: read.limit },
    )
    for (const lane of read.lanes) {
      lane.busy = false
      const records = found.filter((r) => r.part === lane.hold.part)
      // Nothing there although the window started later: all of it was gaps, so the lane stands where the window started.
      if (records.length === 0) lane.position = starts.get(lane) as bigint
      this.#take(lane, records, ready)
      this.wake()
    }
    await this.#giveBackIdle(read.lanes)
  }

  #take(lane: Lane, records: readonly BusRecord[], ready: Ready[]): void {
    const last = records.at(-1)
    if (last === undefined) {
      lane.caughtUp()
      return
    }
    if (records.some((r) => lane.wants(r.event))) {
      lane.busy = true
      ready.push({ lane, records })
    } else {
      lane.position = last.off
      this.wake()
    }
  }

  async #markBegun(ready: readonly Ready[]): Promise<void> {
    if (this.consumer.forward !== undefined) return
    const wary = ready.filter(({ lane }) => lane.wary)
    if (wary.length === 0) return
    const to = (records: readonly BusRecord[]): bigint => (records.at(-1) as BusRecord).off
    await this.#deps.marks.submit(
      wary.map(({ lane, records }) => ({ ...lane.hold, to: to(records) })),
    )
  }

  /** Carries positions that ran ahead of the cursor over foreign events. Called every few seconds. */
  async carry(): Promise<void> {
    const ahead = [...this.#lanes.values()].filter((l) => !l.busy && l.position > l.cursor)
    if (ahead.length === 0) return
    for (const lane of ahead) {
      lane.busy = true
      this.#active.add(lane)
    }
    try {
      const moves = ahead.map((l) => ({ ...l.hold, from: l.cursor, to: l.position }))
      await openQuery(this.consumer.pool, carrySql(this.consumer.group, moves))
      for (const lane of ahead) lane.cursor = lane.position
    } finally {
      for (const lane of ahead) {
        lane.busy = false
        this.#active.delete(lane)
      }
      this.wake()
      await this.#giveBackIdle(ahead)
    }
  }

  /** Retries the due first record of each parked key of this lane, until none is due. */
  retryParked(lane: Lane): void {
    if (lane.stopping || lane.pausedUntil > this.#deps.now()) return
    // A lane with a backlog is never seen idle: it owes the retry when it ends its present read.
    lane.owesRetry = lane.busy
    if (lane.busy) return
    lane.busy = true
    this.#start(lane, async () => {
      for (;;) {
        const [row] = await openQuery(this.consumer.pool, dueSql(lane.hold))
        if (row === undefined || lane.stopping) return 'ok'
        const topic = this.#deps.sources.get(lane.hold.topic)?.topic as Topic
        const result = await lane.retry(recordOf(row, topic.name), row.attempts)
        if (result !== 'ok') return result
      }
    })
  }

  /** Lets go what is beyond the share of these topics, for another member to take: idle lanes now, busy ones after the record at hand. */
  async release({ topics, share }: Pick<Claimed, 'topics' | 'share'>): Promise<void> {
    const lanes = [...this.#lanes.values()].filter(
      ({ hold, stopping }) => !stopping && topics.includes(hold.topic),
    )
    const idleFirst = [...lanes.filter((l) => !l.busy), ...lanes.filter((l) => l.busy)]
    await this.letGo(idleFirst.slice(0, Math.max(lanes.length - share, 0)))
  }

  /** Lets these lanes go. */
  async letGo(lanes: readonly Lane[]): Promise<void> {
    for (const lane of lanes) lane.stopping = true
    await this.#giveBack(lanes.filter((lane) => !lane.busy))
  }

  /** Of lanes that were only read for or carried: those that were told to stop meanwhile, for nothing ends for them that would do it. */
  async #giveBackIdle(lanes: readonly Lane[]): Promise<void> {
    if (!this.#stopping) await this.#giveBack(lanes.filter((l) => l.stopping && !l.busy))
  }

  /** Forgets a lane whose partition is another's now. What it is doing is rolled back by the database. */
  forget(lane: Lane): void {
    lane.stopping = true
    if (!lane.busy) this.#drop(lane)
  }

  /** What could not be given back in order is let go of without its position, or it would be nobody's. */
  async #giveBack(lanes: readonly Lane[]): Promise<void> {
    if (lanes.length === 0) return
    for (const lane of lanes) lane.stopping = true
    const moves = lanes.map((l) => {
      return { ...l.hold, from: l.cursor, to: l.position, suspect: l.attemptTo }
    })
    const returned = await openQuery(
      this.consumer.pool,
      releaseSql(this.consumer.group, moves),
    ).catch(() => [])
    const done = new Set(returned.map((row) => `${row.topic}:${row.part}`))
    for (const lane of lanes) {
      const place = `${lane.hold.topic}:${lane.hold.part}`
      if (!done.has(place)) this.#drop(lane)
      else if (this.#lanes.get(place) === lane) this.#lanes.delete(place)
    }
  }

  abandon(): void {
    this.#stopping = true
    for (const lane of this.#lanes.values()) lane.stopping = true
  }

  /** Finishes what is at hand and gives all partitions back. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const lane of this.#lanes.values()) lane.stopping = true
    await this.#pumping
    await Promise.allSettled([...this.#running])
    await this.#giveBack([...this.#lanes.values()])
  }
}
