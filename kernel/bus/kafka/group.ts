// A consumer group over Kafka, as this process has it. Kafka assigns partitions; the row in bus.cursors decides who may write.
// A new owner waits until the old one has finished what it had at hand, but not for ever: then it takes the partition, and
// what the old one still tries is rolled back. Where to read from is in the same row, so a crash needs nothing of us.

import type pg from 'pg'
import { openQuery } from '../../db/query.ts'
import { failpoint } from '../../testing/failpoint.ts'
import type { Consumer } from '../consumer.ts'
import type { GroupRunner, RecordSource } from '../group.ts'
import type { Topic } from '../log.ts'
import { refreshParked } from '../parking.ts'
import { deadTopicName, describe, type KafkaSettings } from './client.ts'
import { type Assigned, Membership } from './membership.ts'
import { PartitionQueue } from './queue.ts'
import { Reader } from './reader.ts'
import type { Relay } from './relay.ts'
import { changeLogSql, claimSql, progressSql } from './store.ts'
import { headersOf } from './wire.ts'

const DRAIN_MS = 5_000
const WAIT_MS = 100
const PAUSES_MS = [100, 200, 400, 800, 1_500]

export interface KafkaGroupOptions {
  readonly consumer: Consumer
  readonly topics: readonly Topic[]
  readonly settings: KafkaSettings
  readonly pool: pg.Pool
  readonly member: number
  /** Identity of this database's own log. */
  readonly log: string
  readonly relay: Relay
  readonly runnerOf: (
    sources: ReadonlyMap<number, RecordSource>,
    onLost: (group: string, topic: number, part: number) => void,
  ) => GroupRunner
  readonly onTrouble: (what: string, error: unknown) => void
}

interface Place {
  readonly topic: Topic
  readonly part: number
  readonly since: number
}

const nameOf = (topic: number, part: number): string => `${topic}:${part}`

export class KafkaGroup {
  readonly runner: GroupRunner
  readonly #options: KafkaGroupOptions
  readonly #reader: Reader
  readonly #membership: Membership
  #assigned = new Map<string, Place>()
  /** Kafka's offset up to which each partition was noted as done. */
  readonly #noted = new WeakMap<PartitionQueue, bigint>()
  #turn: Promise<void> = Promise.resolve()
  #waiting: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: KafkaGroupOptions) {
    this.#options = options
    const { consumer, settings, onTrouble, topics } = options
    this.#reader = new Reader({
      settings,
      group: consumer.group,
      onRecords: () => this.runner.wake(),
      onTrouble,
    })
    this.#membership = new Membership({
      settings,
      group: consumer.group,
      topics: consumer.topics,
      onAssigned: (assigned) => this.#onAssigned(assigned),
      onTrouble,
    })
    const sources = new Map(topics.map((topic) => [topic.id, this.#sourceOf(topic)]))
    this.runner = options.runnerOf(sources, (_, topic, part) => {
      this.#reader.remove(topic, part)
      this.#soon(() => this.#claim())
    })
  }

  #sourceOf(topic: Topic): RecordSource {
    return {
      topic,
      windowStart: () => 0n,
      after: (part, position, limit) => {
        const found = this.#reader.queue(topic.id, part)?.after(position, limit) ?? []
        this.#reader.nudge()
        return found
      },
    }
  }

  /** Goes on trying until the brokers are there; nothing is missed meanwhile. */
  async start(): Promise<void> {
    for (let tries = 0; !this.#stopped; tries += 1) {
      try {
        await this.#options.relay.ensure(this.#options.consumer.topics)
        break
      } catch (error) {
        this.#options.onTrouble('topics', describe(error))
        await new Promise((resolve) => {
          setTimeout(resolve, PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]).unref()
        })
      }
    }
    if (this.#stopped) return
    this.#reader.start()
    this.#membership.start()
  }

  #onAssigned(assigned: readonly Assigned[]): void {
    const now = performance.now()
    const next = new Map<string, Place>()
    for (const { topic: name, part } of assigned) {
      const topic = this.#options.topics.find((t) => t.name === name)
      if (topic === undefined) continue
      const place = nameOf(topic.id, part)
      next.set(place, { topic, part, since: this.#assigned.get(place)?.since ?? now })
    }
    this.#assigned = next
    this.#soon(async () => {
      await this.#note()
      await this.#release()
      await this.#claim()
    })
  }

  /** One thing at a time about who has what. */
  #soon(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(async () => {
      if (this.#stopped) return
      try {
        await work()
      } catch (error) {
        this.#options.onTrouble('claim', error)
      }
    })
  }

  /** Gives back what is not ours any more: the idle lanes at once, busy ones after the record at hand. */
  async #release(): Promise<void> {
    const surplus = [...this.runner.lanes].filter(
      ({ hold, stopping }) => !stopping && !this.#assigned.has(nameOf(hold.topic, hold.part)),
    )
    if (surplus.length === 0) return
    await this.runner.letGo(surplus)
    for (const { hold } of surplus) this.#reader.remove(hold.topic, hold.part)
  }

  /** Takes what is assigned to us and not read here. */
  async #claim(): Promise<void> {
    const { consumer, member, pool, settings } = this.#options
    const missing = [...this.#assigned.values()].filter(
      ({ topic, part }) => this.runner.lane(topic.id, part) === undefined,
    )
    if (missing.length === 0) return
    await failpoint('lease.acquired')
    const drainMs = settings.drainMs ?? DRAIN_MS
    const now = performance.now()
    for (const force of [false, true]) {
      const places = missing
        .filter(({ since }) => now - since > drainMs === force)
        .map(({ topic, part }) => ({ topic: topic.id, part }))
      if (places.length === 0) continue
      const claims = await openQuery(
        pool,
        claimSql({ group: consumer.group, member, places }, force),
      )
      for (const claim of claims) {
        const { topic } = this.#assigned.get(nameOf(claim.topic, claim.part)) ?? {}
        if (topic === undefined) continue
        const { part, cursor, epoch, attempt_to: attemptTo, orphaned } = claim
        this.runner.claim({ topic: topic.id, part, cursor, epoch, attemptTo, orphaned })
        const from = claim.kafka_off ?? 0n
        const log = claim.log ?? this.#options.log
        this.#reader.put(new PartitionQueue({ topic, part, from, log }))
      }
    }
    await refreshParked(pool, [this.runner])
    this.#awaitOthers()
  }

  /** Comes back soon while something assigned is still held by another, or by a lane of ours on its way out. */
  #awaitOthers(): void {
    const open = [...this.#assigned.values()].some(({ topic, part }) => {
      const lane = this.runner.lane(topic.id, part)
      return lane === undefined || lane.stopping
    })
    if (!open || this.#waiting !== undefined) return
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined
      this.#soon(() => this.#claim())
    }, WAIT_MS)
    this.#waiting.unref()
  }

  /** Compares with who owns what by the database: another member, or an operator who set the group back. */
  check(epochs: ReadonlyMap<string, bigint>): void {
    for (const lane of this.runner.lanes) {
      const epoch = epochs.get(nameOf(lane.hold.topic, lane.hold.part))
      if (epoch !== undefined && epoch > lane.hold.epoch) this.runner.forget(lane)
    }
  }

  /** What is due from time to time: how far we are, and the records that no lane can handle. */
  tick(): void {
    this.#soon(async () => {
      await this.#note()
      for (const queue of this.#reader.queues) await this.#clear(queue)
      await this.#claim()
    })
  }

  async #note(): Promise<void> {
    const { consumer, pool } = this.#options
    const done = [...this.#reader.queues].flatMap((queue) => {
      const lane = this.runner.lane(queue.topic.id, queue.part)
      const at = queue.doneTo
      if (lane === undefined || at <= (this.#noted.get(queue) ?? 0n)) return []
      return [{ queue, at, topic: queue.topic.id, part: queue.part, epoch: lane.hold.epoch }]
    })
    if (done.length === 0) return
    await openQuery(pool, progressSql(consumer.group, done))
    for (const { queue, at } of done) this.#noted.set(queue, at)
    const progress = done.map(({ queue, at }) => ({
      topic: queue.topic.name,
      part: queue.part,
      offset: at,
    }))
    // During a rebalance Kafka refuses it; the next tick says it again, with more.
    this.#membership.commit(progress).catch((error) => {
      for (const { queue } of done) this.#noted.delete(queue)
      this.#options.onTrouble('commit', describe(error))
    })
  }

  async #clear(queue: PartitionQueue): Promise<void> {
    const { consumer, pool, relay, settings, log } = this.#options
    const { bad, otherLog, topic, part } = queue
    if (bad !== undefined) {
      const { key, value, headers } = bad.raw
      const kept = new Map(headersOf({ rialto_group: consumer.group, rialto_error: bad.reason }))
      for (const [name, text] of headers) if (name !== null && text !== null) kept.set(name, text)
      const message = { topic: deadTopicName(settings, topic.name), partition: part, headers: kept }
      await relay.send([
        { ...message, ...(key === null ? {} : { key }), ...(value === null ? {} : { value }) },
      ])
      this.#options.onTrouble(
        'record',
        new Error(`${topic.name}/${part}@${bad.at} is unreadable and was set aside: ${bad.reason}`),
      )
      queue.passBad(bad)
      this.runner.wake()
    }
    const lane = this.runner.lane(topic.id, part)
    if (otherLog === undefined || lane === undefined || lane.busy) return
    const place = { group: consumer.group, topic: topic.id, part, epoch: lane.hold.epoch }
    this.#options.onTrouble(
      'log',
      new Error(
        `${topic.name}/${part} goes on with log ${otherLog} after ${queue.log} (ours ${log})`,
      ),
    )
    await openQuery(pool, changeLogSql(place, { log: otherLog, from: queue.doneTo }))
    this.runner.forget(lane)
  }

  async abandon(): Promise<void> {
    this.#end()
    this.runner.abandon()
    await Promise.all([this.#membership.abandon(), this.#reader.stop()])
  }

  /** Finishes what is at hand, notes how far it came, leaves. */
  async stop(): Promise<void> {
    await this.#turn
    this.#end()
    const queues = [...this.#reader.queues]
    const holds = new Map(
      [...this.runner.lanes].map(({ hold }) => [nameOf(hold.topic, hold.part), hold]),
    )
    await this.runner.stop()
    await this.#turn
    const done = queues.flatMap((queue) => {
      const hold = holds.get(nameOf(queue.topic.id, queue.part))
      return hold === undefined ? [] : [{ ...hold, at: queue.doneTo }]
    })
    await openQuery(this.#options.pool, progressSql(this.#options.consumer.group, done)).catch(
      () => undefined,
    )
    await Promise.all([this.#membership.stop(), this.#reader.stop()])
  }

  #end(): void {
    this.#stopped = true
    clearTimeout(this.#waiting)
  }
}
