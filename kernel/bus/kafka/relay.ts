// The way from the log into Kafka: one group on the log a topic, one lane a partition, at most one batch of it under way. A batch
// goes out when everything before it was acknowledged by all in-sync replicas, and the cursor follows the acknowledgement.
//
// Invariant: in each Kafka partition the first copies of the records stand in the order of the log, however many relays write,
// fenced off or not: each writes only from where all before was acknowledged. A crash repeats a batch; consumers know repeats.

import { type MessageToProduce, ProduceAcks, Producer } from '@platformatic/kafka'
import type pg from 'pg'
import { Unavailable } from '../../pure/failure.ts'
import type { Consumer } from '../consumer.ts'
import type { LogWriter } from '../log.ts'
import {
  clientOptions,
  describe,
  discard,
  ensureTopics,
  type KafkaSettings,
  topicName,
} from './client.ts'
import { toWire } from './wire.ts'

export interface RelayOptions {
  readonly settings: KafkaSettings
  readonly writer: LogWriter
  /** Identity of the log that is read. */
  readonly log: string
  readonly onTrouble: (what: string, error: unknown) => void
}

/** Requests under way at once, and senders whose messages share one: up to 500 records each. */
const REQUESTS = 2
const SENDERS = 8

/**
 * Of one send. A broker refuses a batch of a partition above its limit, a megabyte unless set, and what it refuses is sent again for
 * ever: seen with 480 records of the observer, 1.8 MB that had gathered while the brokers were away.
 */
const SEND_BYTES = 500_000
const RECORD_BYTES = 64

const bytesOf = ({ key, value, headers }: MessageToProduce): number => {
  let bytes = RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  if (headers instanceof Map) for (const [name, text] of headers) bytes += name.length + text.length
  return bytes
}

/** The same in the same order, in portions of at most so many bytes; what is larger alone goes alone. */
function portionsOf(messages: readonly MessageToProduce[]): MessageToProduce[][] {
  const portions: MessageToProduce[][] = []
  let room = 0
  for (const message of messages) {
    const bytes = bytesOf(message)
    if (bytes > room) {
      portions.push([])
      room = SEND_BYTES
    }
    portions.at(-1)?.push(message)
    room -= bytes
  }
  return portions
}

interface Sender {
  readonly messages: readonly MessageToProduce[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class Relay {
  readonly #options: RelayOptions
  readonly #wanted = new Set<string>()
  readonly #made = new Set<string>()
  #making: Promise<void> = Promise.resolve()
  #producer: Producer | undefined
  readonly #waiting: Sender[] = []
  #underWay = 0
  #stopped = false

  constructor(options: RelayOptions) {
    this.#options = options
  }

  /** The group that carries one topic over. */
  consumerOf(topic: string, pool: pg.Pool): Consumer {
    const { settings, log } = this.#options
    const name = topicName(settings, topic)
    this.#wanted.add(topic)
    return {
      group: `relay.${topic}`,
      pool,
      topics: [topic],
      handlers: new Map(),
      forward: async (records) => {
        await this.ensure([topic])
        await this.send(
          records.map((record) => ({
            topic: name,
            partition: record.part,
            ...toWire(record, log),
          })),
        )
      },
    }
  }

  /** Resolves when the brokers have these topics. Who asks together is answered by one look. */
  ensure(topics: readonly string[]): Promise<void> {
    const missing = (): boolean => topics.some((topic) => !this.#made.has(topic))
    if (!missing()) return Promise.resolve()
    for (const topic of topics) this.#wanted.add(topic)
    const make = async (): Promise<void> => {
      if (!missing()) return
      const names = [...this.#wanted].filter((topic) => !this.#made.has(topic))
      const left = names.map((name) => this.#options.writer.topic(name))
      await ensureTopics(this.#options.settings, left).catch(asOutage)
      for (const name of names) this.#made.add(name)
    }
    this.#making = this.#making.catch(() => undefined).then(make)
    return this.#making
  }

  /** Resolves when all in-sync replicas have the messages, each of which was sent when they had those before it. */
  async send(messages: readonly MessageToProduce[]): Promise<void> {
    for (const portion of portionsOf(messages)) await this.#sendOne(portion)
  }

  /**
   * What comes while requests are under way goes out together with the next one, so that many partitions with a little traffic each
   * cost no request each.
   */
  #sendOne(messages: readonly MessageToProduce[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ messages, resolve, reject })
      this.#pump()
    })
  }

  #pump(): void {
    if (this.#underWay >= REQUESTS || this.#waiting.length === 0) return
    const batch = this.#waiting.splice(0, SENDERS)
    this.#underWay += 1
    this.#produce(batch.flatMap(({ messages }) => messages))
      .then(
        () => {
          for (const { resolve } of batch) resolve()
        },
        (error) => {
          for (const { reject } of batch) reject(error)
        },
      )
      .finally(() => {
        this.#underWay -= 1
        this.#pump()
      })
  }

  /**
   * After a failure nobody knows which messages were written, nor which numbers the producer has used up, so it is thrown away: a
   * new one starts with numbers of its own.
   */
  async #produce(messages: MessageToProduce[]): Promise<void> {
    if (this.#stopped) throw new Unavailable('the relay is stopping')
    const producer = this.#open()
    try {
      await producer.send({ messages, acks: ProduceAcks.ALL })
    } catch (error) {
      if (this.#producer === producer) {
        this.#producer = undefined
        this.#options.onTrouble('relay', describe(error))
        await discard(producer)
      }
      asOutage(error)
    }
  }

  #open(): Producer {
    if (this.#producer === undefined) {
      this.#producer = new Producer({
        ...clientOptions(this.#options.settings, 'relay'),
        idempotent: true,
        // Retries of one request keep its numbers, so the broker writes it once. More of them only delay the news of an outage.
        retries: 2,
        maxInflights: 32,
      })
      this.#producer.on('error', () => undefined)
    }
    return this.#producer
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await discard(this.#producer)
  }
}

function asOutage(error: unknown): never {
  throw new Unavailable(`Kafka: ${describe(error)}`, { cause: error, outcome: 'unknown' })
}
