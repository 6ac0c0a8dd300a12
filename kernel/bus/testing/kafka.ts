// The Kafka transport as the contract's suite sees it: one broker a test process, names of its own for each test.

import { after, type TestContext } from 'node:test'
import { type Broker, kafkaJars, startKafka } from '../../testing/kafka.ts'
import type { KafkaSettings } from '../kafka/client.ts'
import { KafkaTransport } from '../kafka/transport.ts'
import { type Harness, OTHER_TOPIC, openHarness, TOPIC } from './harness.ts'

let started: Promise<Broker> | undefined
let count = 0

after(async () => {
  await (await started)?.stop()
})

/** The broker of this process. */
export function testBroker(): Promise<Broker> {
  const jars = kafkaJars()
  if (jars === undefined) throw new Error('there is no Kafka here; run tools/real/kafka.sh')
  started ??= startKafka(jars)
  return started
}

export interface KafkaHarness extends Harness {
  readonly broker: Broker
  readonly kafka: KafkaSettings
  /** Everything that the members complained about. */
  readonly troubles: string[]
}

/** Quick sessions and hand-overs, so that a vanished member is replaced within a test. */
export async function openKafkaHarness(
  t: TestContext,
  settings: Partial<KafkaSettings> = {},
  started?: Broker,
): Promise<KafkaHarness> {
  const broker = started ?? (await testBroker())
  count += 1
  const kafka: KafkaSettings = {
    brokers: [broker.address],
    prefix: `t${count}.`,
    sessionMs: 1_500,
    drainMs: 1_000,
    ...settings,
  }
  const troubles: string[] = []
  const harness = await openHarness(t, (options) =>
    KafkaTransport.open({
      ...options,
      kafka,
      relays: [TOPIC, OTHER_TOPIC],
      onTrouble: (what, error) => {
        troubles.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      },
    }),
  )
  return { ...harness, broker, kafka, troubles }
}
