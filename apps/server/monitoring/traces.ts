// Whether and how this process tells a collector what its recorder records.

import type { PlatformConfig } from '@rialto/kernel/config/platform.ts'
import type { Environment, Recorder } from '@rialto/kernel/service/context.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { openTracer, type Tracer } from '@rialto/kernel/trace/otlp.ts'

export interface TracesOptions extends Pick<Environment, 'clock' | 'log'> {
  readonly config: PlatformConfig
  readonly instance: string
  /** All of the platform, wherever they run. */
  readonly services: readonly Service[]
}

const groupsOf = ({ name, handlers, batches = [] }: Service): [string, string][] =>
  [name, ...handlers.map((h) => h.group ?? name), ...batches.map((b) => b.group)].map((group) => [
    group,
    name,
  ])

/** Undefined where no collector is configured; its libraries are not loaded then. */
export async function openTraces(options: TracesOptions): Promise<Tracer | undefined> {
  const { config, instance, services, clock, log } = options
  if (config.otlp === undefined) return undefined
  return openTracer({
    ...config.otlp,
    ...{ instance, clock, log, rate: config.recorderRate, witness: 'observer' },
    services: new Map(services.map(({ participant, name }) => [participant, name])),
    groups: new Map(services.flatMap(groupsOf)),
  })
}

/** Records for both. */
export const alsoTraced = (recorder: Recorder, tracer: Tracer | undefined): Recorder =>
  tracer === undefined
    ? recorder
    : {
        record(interactions) {
          recorder.record(interactions)
          tracer.record(interactions)
        },
        unclaimed: (interactions) => tracer.record(interactions),
      }
