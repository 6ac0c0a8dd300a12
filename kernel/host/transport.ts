// Who carries events for this process: the log alone, or Kafka fed by it. Business code cannot tell which.

import type { KafkaSettings } from '../bus/kafka/client.ts'
import { KafkaTransport } from '../bus/kafka/transport.ts'
import { LogTransport, type LogTransportOptions } from '../bus/log-transport.ts'
import type { Service } from '../service/service.ts'

export interface KafkaChoice extends KafkaSettings {
  /** Topics that this process writes besides those that its services publish. */
  readonly topics: readonly string[]
}

export type HostTransport = LogTransport | KafkaTransport

/** Opens it for these services. Kafka need not be there yet. */
export function openTransport(
  options: LogTransportOptions,
  services: readonly Service[],
  kafka: KafkaChoice | undefined,
): Promise<HostTransport> {
  if (kafka === undefined) return LogTransport.open(options)
  const published = services.flatMap((s) => s.publishes.map((e) => e.topic))
  return KafkaTransport.open({
    ...options,
    kafka,
    relays: [...new Set([...published, ...kafka.topics])],
  })
}
