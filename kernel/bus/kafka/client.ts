// How this process talks to the brokers: one place for names, patience and the topics themselves. The partition count of a topic
// is the log's; another one in Kafka would put keys elsewhere than the log has them, so it is refused and not worked around.

import type { EventEmitter } from 'node:events'
import { isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Admin, type BaseOptions, instancesChannel } from '@platformatic/kafka'
import type { KafkaTransit } from '../../config/transit.ts'
import { Unavailable } from '../../pure/failure.ts'
import type { Topic } from '../log.ts'

export interface KafkaSettings extends KafkaTransit {
  /** host:port of each known broker. */
  readonly brokers: readonly string[]
  /** Stands before the names of topics and groups, so that several platforms can share a cluster. */
  readonly prefix: string
  /** How long the brokers hear nothing of a member before they give its partitions to others. */
  readonly sessionMs?: number
  /** How long a new owner of a partition waits for the old one to finish what it has at hand. */
  readonly drainMs?: number
}

/**
 * A broker that stops just while somebody logs in is told of twice by the connection, the second time when nobody listens any more:
 * that would end the process. Whoever waits for the connection has heard it the first time.
 */
instancesChannel.subscribe((made) => {
  const { type, instance } = made as { type: string; instance: EventEmitter }
  if (type === 'connection') instance.on('error', () => undefined)
})

/** Of topics that we make. One event may be large; relays send many in portions well below a broker's own default. */
const CONFIGS = [
  { name: 'retention.ms', value: String(90 * 24 * 3_600_000) },
  { name: 'max.message.bytes', value: '8000000' },
]
const KNOWN_MS = 5_000
/** Of a close that failed; as many as a broker may take to come back. */
const CLOSE_TRIES = 60
const CLOSE_AGAIN_MS = 500
const CLOSE_MS = 5_000
const KNOWN_PAUSE_MS = 50

/** Over TLS the broker is told which name we asked for: behind one address there may be many clusters. An address has no name. */
const secured = ({ brokers, tls, sasl }: KafkaSettings) => ({
  ...(tls === undefined ? {} : { tls, tlsServerName: brokers.every((b) => isName(b)) }),
  ...(sasl === undefined ? {} : { sasl }),
})

const isName = (broker: string): boolean => isIP(broker.replace(/:\d+$/, '')) === 0

/** No retries of the client's own, unless it must: what stands around it pauses and tries again, and says so. */
export const clientOptions = (settings: KafkaSettings, name: string): BaseOptions => ({
  clientId: `rialto-${name}`,
  bootstrapBrokers: [...settings.brokers],
  timeout: 5_000,
  connectTimeout: 3_000,
  retries: 2,
  retryDelay: 100,
  ...secured(settings),
})

export const topicName = (settings: KafkaSettings, topic: string): string =>
  `${settings.prefix}${topic}`
export const deadTopicName = (settings: KafkaSettings, topic: string): string =>
  `${settings.prefix}${topic}.dlq`

/** Makes the topics that do not exist, each with its dead letters beside it, and looks at the partitions of those that do. */
export async function ensureTopics(
  settings: KafkaSettings,
  topics: readonly Topic[],
): Promise<void> {
  const admin = new Admin(clientOptions(settings, 'admin'))
  try {
    const wanted = new Map(
      topics.flatMap((t) => [
        [topicName(settings, t.name), t.partitions],
        [deadTopicName(settings, t.name), t.partitions],
      ]),
    )
    const existing = new Set(await admin.listTopics())
    for (const partitions of new Set(wanted.values())) {
      const missing = [...wanted].filter(([topic, n]) => n === partitions && !existing.has(topic))
      await create(
        admin,
        missing.map(([topic]) => topic),
        partitions,
      )
    }
    const found = await known(admin, [...wanted.keys()])
    for (const [topic, partitions] of wanted) {
      const count = found.get(topic)?.partitionsCount
      if (count !== partitions)
        throw new Unavailable(
          `topic ${topic} has ${count ?? 'no'} partitions and must have ${partitions}: keys would change their partition`,
        )
    }
  } finally {
    await admin.close()
  }
}

/** A topic just made is not known to every broker at once. */
async function known(admin: Admin, topics: string[]) {
  const until = performance.now() + KNOWN_MS
  for (;;) {
    try {
      return (await admin.metadata({ topics, forceUpdate: true })).topics
    } catch (error) {
      if (performance.now() > until) throw error
      await pause(KNOWN_PAUSE_MS)
    }
  }
}

/** Another process may be quicker with some; then they exist, which is all we want. */
async function create(admin: Admin, topics: string[], partitions: number): Promise<void> {
  if (topics.length === 0) return
  try {
    await admin.createTopics({
      topics,
      partitions,
      replicas: -1,
      configs: CONFIGS,
    })
  } catch (error) {
    if (!describe(error).includes('TOPIC_ALREADY_EXISTS')) throw error
  }
}

interface Closing {
  close(force: boolean): Promise<void>
}

/** A close that fails, as leaving does while a group rebalances, leaves a member that goes on with its heartbeats and joins again. */
async function closeAtLast(client: Closing): Promise<void> {
  for (let tries = 0; tries < CLOSE_TRIES; tries++) {
    try {
      return await client.close(true)
    } catch {
      await pause(CLOSE_AGAIN_MS, undefined, { ref: false })
    }
  }
}

/**
 * Throws a client away. One that waits for a broker which does not answer is left to itself after a while: whoever opens the next
 * must not wait with it.
 */
export async function discard(client: Closing | undefined): Promise<void> {
  if (client === undefined) return
  await Promise.race([closeAtLast(client), pause(CLOSE_MS, undefined, { ref: false })])
}

/** What happened, with the causes that the client wraps. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { apiId, errors = [], cause } = error as Error & { apiId?: string; errors?: unknown[] }
  const parts = [apiId ?? '', error.message, ...errors.slice(-2).map(describe)]
  if (cause !== undefined) parts.push(describe(cause))
  return [...new Set(parts)].filter((part) => part !== '').join(': ')
}
