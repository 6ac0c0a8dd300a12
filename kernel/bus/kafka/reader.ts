// Fetches the partitions that this process has been given in one group, each into a queue of its own. A partition whose queue
// is full is left out of the next fetch, so that one slow partition holds back neither the others nor the memory. Where to begin
// is said by the database; a crash loses only memory.

import { Consumer } from '@platformatic/kafka'
import { clientOptions, describe, discard, type KafkaSettings, topicName } from './client.ts'
import type { PartitionQueue } from './queue.ts'
import { fromWire } from './wire.ts'

/** More than a relay puts into one batch: the brokers answer a smaller room only where it is the first to be read. */
const PARTITION_BYTES = 1_024 * 1_024
const WAIT_MS = 500
/** While some partitions are full, the others must not keep the fetch waiting until those have room. */
const WAIT_BESIDE_FULL_MS = 50
const PAUSE_MS = 250
const PAUSES_MS = [100, 200, 400, 800, 1_500]
const IS_CONTROL = 0b10_0000
const OFFSET_OUT_OF_RANGE = 1

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>
type FetchResponsePartition = FetchResponse['responses'][number]['partitions'][number]

export interface ReaderOptions {
  readonly settings: KafkaSettings
  readonly group: string
  readonly onRecords: () => void
  readonly onTrouble: (what: string, error: unknown) => void
}

interface Asked {
  readonly queue: PartitionQueue
  readonly from: bigint
}

export class Reader {
  readonly #options: ReaderOptions
  readonly #queues = new Map<string, PartitionQueue>()
  readonly #busy = new Map<number, Promise<void>>()
  #client: Consumer | undefined
  #topics: string[] = []
  #wake: (() => void) | undefined
  #troubles = 0
  #stopped = false
  #looping: Promise<void> | undefined

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  start(): void {
    this.#looping ??= this.#loop()
  }

  put(queue: PartitionQueue): void {
    this.#queues.set(`${queue.topic.id}:${queue.part}`, queue)
    this.nudge()
  }

  remove(topic: number, part: number): void {
    this.#queues.delete(`${topic}:${part}`)
  }

  queue(topic: number, part: number): PartitionQueue | undefined {
    return this.#queues.get(`${topic}:${part}`)
  }

  get queues(): Iterable<PartitionQueue> {
    return this.#queues.values()
  }

  /** There may be more to fetch than before: a new partition, or room in a queue. */
  nudge(): void {
    this.#wake?.()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.nudge()
    await this.#close()
    await this.#looping
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#round()
      } catch (error) {
        if (this.#stopped) return
        this.#options.onTrouble('fetch', describe(error))
        await this.#close()
        await this.#rest(PAUSES_MS[Math.min(this.#troubles, PAUSES_MS.length - 1)] as number)
        this.#troubles += 1
      }
    }
  }

  /** Starts a fetch at each broker that has none running, and waits until one has ended. */
  async #round(): Promise<void> {
    const all = [...this.#queues.values()]
    const roomy = all.filter((queue) => !queue.isFull)
    if (roomy.length === 0) return this.#rest(PAUSE_MS)
    const client = this.#open(all)
    const { topics } = await client.metadata({ topics: this.#topics })
    const byNode = new Map<number, Asked[]>()
    for (const queue of roomy) {
      const topic = topics.get(topicName(this.#options.settings, queue.topic.name))
      const leader = topic?.partitions[queue.part]?.leader
      if (topic === undefined || leader === undefined || leader < 0)
        throw new Error(`nobody leads partition ${queue.part} of ${queue.topic.name}`)
      if (this.#busy.has(leader)) continue
      byNode.set(leader, [...(byNode.get(leader) ?? []), { queue, from: queue.fetchAt }])
    }
    const idOf = (queue: PartitionQueue): string =>
      topics.get(topicName(this.#options.settings, queue.topic.name))?.id ?? ''
    const maxWaitTime = roomy.length === all.length ? WAIT_MS : WAIT_BESIDE_FULL_MS
    for (const [node, asked] of byNode) {
      const fetching = this.#fetch(client, { node, asked, idOf, maxWaitTime })
      this.#busy.set(
        node,
        fetching.finally(() => this.#busy.delete(node)),
      )
    }
    await Promise.race(this.#busy.values())
  }

  #open(queues: readonly PartitionQueue[]): Consumer {
    const names = new Set(queues.map((q) => topicName(this.#options.settings, q.topic.name)))
    const { settings, group } = this.#options
    if (this.#client === undefined) {
      const name = `${settings.prefix}${group}`
      this.#client = new Consumer({ ...clientOptions(settings, `${group}-reader`), groupId: name })
      this.#client.on('error', () => undefined)
    }
    this.#topics = [...names]
    for (const topic of names) if (!this.#client.topics.has(topic)) this.#client.topics.track(topic)
    return this.#client
  }

  async #close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await discard(client)
    await Promise.allSettled(this.#busy.values())
  }

  async #fetch(
    client: Consumer,
    at: {
      node: number
      asked: readonly Asked[]
      idOf: (queue: PartitionQueue) => string
      maxWaitTime: number
    },
  ): Promise<void> {
    const topics = new Map<string, Asked[]>()
    for (const one of at.asked) {
      const id = at.idOf(one.queue)
      topics.set(id, [...(topics.get(id) ?? []), one])
    }
    const response = await fetchFrom(client, { ...at, topics })
    this.#troubles = 0
    let news = false
    for (const { topicId, partitions } of response.responses)
      for (const partition of partitions) {
        const asked = topics.get(topicId)?.find((a) => a.queue.part === partition.partitionIndex)
        if (asked !== undefined) news = this.#take(asked, partition) || news
      }
    if (news) this.#options.onRecords()
  }

  /** Answers whether there was anything. What was taken away and given back meanwhile has a queue of its own. */
  #take({ queue, from }: Asked, partition: FetchResponsePartition): boolean {
    if (this.queue(queue.topic.id, queue.part) !== queue || queue.fetchAt !== from) return false
    if (partition.errorCode === OFFSET_OUT_OF_RANGE) {
      // Kafka has dropped what was old, or lost what was new. From its beginning on nothing is missed; repeats are passed over.
      queue.fetchAt = partition.logStartOffset < 0n ? 0n : partition.logStartOffset
      return false
    }
    if (partition.errorCode !== 0) throw new Error(`the broker answered ${partition.errorCode}`)
    for (const batch of partition.records ?? []) {
      if ((batch.attributes & IS_CONTROL) === 0)
        for (const raw of batch.records) {
          const at = batch.firstOffset + BigInt(raw.offsetDelta)
          if (at >= from) this.#push(queue, at, raw)
        }
      queue.fetchAt = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
    }
    return queue.fetchAt !== from
  }

  #push(queue: PartitionQueue, at: bigint, raw: Parameters<typeof fromWire>[0]): void {
    const { topic, part } = queue
    try {
      const { log, off, event } = fromWire(raw, topic.name)
      const bytes = raw.value?.length ?? 0
      queue.push({ at, bytes }, log, { topic: topic.id, part, off, event })
    } catch (error) {
      queue.pushBad({ at, raw, reason: error instanceof Error ? error.message : String(error) })
    }
  }

  #rest(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      const limit = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(limit)
        resolve()
      }
    })
  }
}

/** One fetch. A partition out of range fails the whole answer in the client; the others' records stand in it all the same. */
async function fetchFrom(
  client: Consumer,
  at: { node: number; maxWaitTime: number; topics: ReadonlyMap<string, readonly Asked[]> },
): Promise<FetchResponse> {
  try {
    return await client.fetch({
      node: at.node,
      maxWaitTime: at.maxWaitTime,
      topics: [...at.topics].map(([topicId, asked]) => ({
        topicId,
        partitions: asked.map(({ queue, from }) => ({
          partition: queue.part,
          fetchOffset: from,
          partitionMaxBytes: PARTITION_BYTES,
          currentLeaderEpoch: -1,
          lastFetchedEpoch: -1,
        })),
      })),
    })
  } catch (error) {
    const { response } = error as { response?: FetchResponse }
    const codes = (response?.responses ?? []).flatMap((r) => r.partitions.map((p) => p.errorCode))
    if (response === undefined || response.errorCode !== 0) throw error
    if (codes.some((code) => code !== 0 && code !== OFFSET_OUT_OF_RANGE)) throw error
    return response
  }
}
