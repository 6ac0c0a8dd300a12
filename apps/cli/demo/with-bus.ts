// The environment that a demo runs in, with the bus it was asked for. Brokers and a Redis that others use as well are told apart by
// a prefix of this run, because a throw-away database must not publish among real events, nor be cached for real buyers; without
// brokers, one of our own is started.

import { randomBytes } from 'node:crypto'
import { kafkaJars, startKafka } from '@rialto/kernel/testing/kafka.ts'
import { Failed } from '../command.ts'

type Environment = Readonly<Record<string, string | undefined>>

export const BUSES = ['log', 'kafka'] as const

/** Works with the environment for this bus; absent: the one that the environment names. */
export async function withBus<T>(
  bus: (typeof BUSES)[number] | undefined,
  environment: Environment,
  work: (environment: Environment) => Promise<T>,
): Promise<T> {
  const run = `demo-${randomBytes(4).toString('hex')}`
  const own = { ...environment, REDIS_PREFIX: `${environment.REDIS_PREFIX ?? 'rialto'}.${run}` }
  const chosen = bus ?? environment.BUS ?? 'log'
  if (chosen !== 'kafka') return work({ ...own, BUS: chosen })
  const prefix = `${environment.KAFKA_PREFIX ?? ''}${run}.`
  const on = { ...own, BUS: 'kafka', KAFKA_PREFIX: prefix }
  if (environment.KAFKA_BROKERS !== undefined) return work(on)
  const jars = kafkaJars()
  if (jars === undefined)
    throw new Failed(
      'there is no Kafka: set KAFKA_BROKERS to host:port of one, or bring one here with tools/real/kafka.sh (Java 17 and Maven)',
    )
  const broker = await startKafka(jars)
  try {
    return await work({ ...on, KAFKA_BROKERS: broker.address })
  } finally {
    await broker.stop()
  }
}
