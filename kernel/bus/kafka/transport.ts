// Delivers events over Kafka. The log in PostgreSQL stays the outbox: requests commit to it alone, so lost brokers fail no
// request; relays carry it over, and drain what grew when the brokers are back. Groups read from Kafka and settle each record in
// their own transaction, as with the log transport, whose lanes, retries, parking and dead letters they share.

import { openQuery } from '../../db/query.ts'
import { sql } from '../../db/sql.ts'
import type { Envelope } from '../../pure/envelope.ts'
import type { Consumer, Transport } from '../consumer.ts'
import { LogTransport, type LogTransportOptions } from '../log-transport.ts'
import { refreshParked } from '../parking.ts'
import type { KafkaSettings } from './client.ts'
import { KafkaGroup } from './group.ts'
import { mirrorDeadLetters } from './mirror.ts'
import { Relay } from './relay.ts'
import { enterSql, epochsSql } from './store.ts'

const TICK_MS = 1_000
const CARRY_TICKS = 5
const QUIET_MS = 5_000

export interface KafkaTransportOptions extends LogTransportOptions {
  readonly kafka: KafkaSettings
  /** Topics that are published from this database and so are carried over by this process, or by another of the same. */
  readonly relays: readonly string[]
}

export class KafkaTransport implements Transport {
  readonly #options: KafkaTransportOptions
  readonly #log: LogTransport
  readonly #identity: string
  readonly #relay: Relay
  readonly #groups = new Map<string, KafkaGroup>()
  readonly #said = new Map<string, number>()
  #ticks = 0
  #ticking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  private constructor(options: KafkaTransportOptions, log: LogTransport, identity: string) {
    this.#options = options
    this.#log = log
    this.#identity = identity
    this.#relay = new Relay({
      settings: options.kafka,
      writer: options.writer,
      log: identity,
      onTrouble: (what, error) => this.#trouble(what, error),
    })
  }

  /** Does not need the brokers to be there. */
  static async open(options: KafkaTransportOptions): Promise<KafkaTransport> {
    const [row] = await openQuery(options.pool, sql<{ log: string }>`select log from bus.identity`)
    if (row === undefined) throw new Error('bus.identity is empty')
    const log = await LogTransport.open(options)
    const transport = new KafkaTransport(options, log, row.log)
    for (const topic of options.relays)
      await log.subscribe(transport.#relay.consumerOf(topic, options.pool))
    transport.#timer = setInterval(() => transport.#tick(), options.tickMs ?? TICK_MS)
    transport.#timer.unref()
    return transport
  }

  /** Lost brokers trouble every lane and group at once; a line of each kind now and then says it as well. */
  #trouble(what: string, error: unknown): void {
    const [kind] = what.split(' ') as [string]
    const now = performance.now()
    if (this.#stopped || now - (this.#said.get(kind) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return
    this.#said.set(kind, now)
    this.#options.onTrouble?.(`kafka ${what}`, error)
  }

  async subscribe(consumer: Consumer): Promise<void> {
    const { writer, pool, kafka } = this.#options
    const topics = consumer.topics.map((name) => writer.topic(name))
    for (const topic of topics)
      await openQuery(pool, enterSql(consumer.group, topic.id, topic.partitions))
    const group = new KafkaGroup({
      consumer,
      topics,
      settings: kafka,
      pool,
      member: this.#log.memberId,
      log: this.#identity,
      relay: this.#relay,
      runnerOf: (sources, onLost) => this.#log.runnerOf(consumer, sources, onLost),
      onTrouble: (what, error) => this.#trouble(`${what} of ${consumer.group}`, error),
    })
    this.#groups.set(consumer.group, group)
    void group.start()
  }

  /** Throws why this process is no good reader. Lost brokers are no such reason: what it is asked, it can answer. */
  check(): void {
    this.#log.check()
  }

  /** Tells the relays that these events were committed by this process. */
  committed(events: readonly Envelope[]): void {
    this.#log.committed(events)
  }

  #tick(): void {
    this.#ticking ??= this.#runTick()
      .catch((error) => this.#trouble('tick', error))
      .finally(() => {
        this.#ticking = undefined
      })
  }

  async #runTick(): Promise<void> {
    this.#ticks += 1
    const groups = [...this.#groups.values()]
    if (groups.length === 0) return
    const names = [...this.#groups.keys()]
    const epochs = new Map<string, Map<string, bigint>>(names.map((name) => [name, new Map()]))
    for (const { grp, topic, part, epoch } of await openQuery(this.#options.pool, epochsSql(names)))
      epochs.get(grp)?.set(`${topic}:${part}`, epoch)
    for (const [name, group] of this.#groups) {
      group.check(epochs.get(name) ?? new Map())
      group.tick()
    }
    await refreshParked(
      this.#options.pool,
      groups.map((group) => group.runner),
    )
    for (const { runner } of groups) {
      if (this.#ticks % CARRY_TICKS === 0) await runner.carry()
      runner.wake()
    }
    await mirrorDeadLetters(this.#options.pool, {
      groups: names,
      settings: this.#options.kafka,
      send: (messages) => this.#relay.send(messages),
    })
  }

  /** Dies without giving anything back, as a killed process does. For tests of what the others do then. */
  async abandon(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#ticking
    await Promise.all([...this.#groups.values()].map((group) => group.abandon()))
    await this.#log.abandon()
    await this.#relay.stop()
  }

  /** The groups first: what their handlers publish still goes out, or is left to the next relay. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#ticking
    await Promise.all([...this.#groups.values()].map((group) => group.stop()))
    await this.#log.stop()
    await this.#relay.stop()
  }
}
