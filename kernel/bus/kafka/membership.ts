// This process as a member of one Kafka consumer group. Kafka says which partitions are ours; whether we may write for one is
// said by the database. The client rejoins by itself after a rebalance; when it falls silent, it is thrown away for a new one.

import { Consumer } from '@platformatic/kafka'
import { clientOptions, describe, discard, type KafkaSettings, topicName } from './client.ts'

const SESSION_MS = 8_000
const PAUSES_MS = [100, 200, 400, 800, 1_500]

export interface Assigned {
  readonly topic: string
  readonly part: number
}

export interface Progress extends Assigned {
  readonly offset: bigint
}

export interface MembershipOptions {
  readonly settings: KafkaSettings
  readonly group: string
  /** Names as the log has them. */
  readonly topics: readonly string[]
  readonly onAssigned: (assigned: readonly Assigned[]) => void
  readonly onTrouble: (what: string, error: unknown) => void
}

export class Membership {
  readonly #options: MembershipOptions
  #client: Consumer | undefined
  #running: Promise<void> | undefined
  #stopped = false
  #halt: () => void = () => undefined

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    for (let troubles = 0; !this.#stopped; troubles += 1) {
      const client = this.#open()
      this.#client = client
      const lost = new Promise<unknown>((resolve) => {
        this.#halt = () => resolve(undefined)
        client.on('error', resolve)
        client.on('consumer:heartbeat:stalled', ({ lastError }) =>
          resolve(lastError ?? new Error('the group hears nothing of us')),
        )
      })
      try {
        // A join that never ends must not hide that the client is lost.
        if (!this.#stopped) await Promise.race([client.joinGroup({}), lost])
        troubles = 0
        const error = await lost
        if (error !== undefined) throw error
      } catch (error) {
        if (!this.#stopped) this.#options.onTrouble('group', describe(error))
      }
      this.#client = undefined
      if (this.#stopped) return
      await discard(client)
      await this.#rest(PAUSES_MS[Math.min(troubles, PAUSES_MS.length - 1)] as number)
    }
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const limit = setTimeout(resolve, ms)
      this.#halt = () => {
        clearTimeout(limit)
        resolve()
      }
    })
  }

  #open(): Consumer {
    const { settings, group, topics, onAssigned } = this.#options
    const sessionTimeout = settings.sessionMs ?? SESSION_MS
    const client = new Consumer({
      ...clientOptions(settings, group),
      groupId: `${settings.prefix}${group}`,
      sessionTimeout,
      rebalanceTimeout: sessionTimeout * 2,
      heartbeatInterval: Math.round(sessionTimeout / 4),
      heartbeatStallTimeout: sessionTimeout * 2,
      // A join waits for the other members, at most so long.
      timeout: sessionTimeout * 2 + 2_000,
    })
    client.topics.trackAll(...topics.map((topic) => topicName(settings, topic)))
    client.on('consumer:group:join', ({ assignments = [] }) => {
      if (this.#client !== client) return
      onAssigned(
        assignments.flatMap(({ topic, partitions }) =>
          partitions.map((part) => ({ topic: topic.slice(settings.prefix.length), part })),
        ),
      )
    })
    return client
  }

  /** Tells Kafka how far we are, for people and their tools; the truth is in the database. */
  async commit(progress: readonly Progress[]): Promise<void> {
    const client = this.#client
    if (client === undefined || !client.isActive()) return
    await client.commit({
      offsets: progress.map(({ topic, part, offset }) => ({
        topic: topicName(this.#options.settings, topic),
        partition: part,
        offset,
        leaderEpoch: -1,
      })),
    })
  }

  /** Falls silent without leaving, as a killed process does. */
  async abandon(): Promise<void> {
    this.#stopped = true
    const client = this.#client
    this.#client = undefined
    this.#halt()
    await this.#running
    // The client can only close by leaving. A member that the group does not know leaves it without a trace.
    if (client !== undefined) client.memberId = 'vanished'
    await discard(client)
  }

  /** Leaves the group, so that the others take over at once. */
  async stop(): Promise<void> {
    this.#stopped = true
    const client = this.#client
    this.#halt()
    await this.#running
    await discard(client)
  }
}
