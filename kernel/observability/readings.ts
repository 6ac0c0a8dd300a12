// Figures that lie in tables: how many payments wait for a decision, how old the oldest receipt is that is owed. A service names
// them in its manifest; they are read just before a scrape, or seldomer where reading is dear, and stand in memory in between.
// Several processes of a service read the same tables and say the same: rules take the maximum. A reading that fails leaves the
// last figures and is counted, so that an alert says that they stand still.

import type { ServicePool } from '../db/pool.ts'
import { inReading } from '../db/reading.ts'
import type { Transaction } from '../db/transaction.ts'
import { type Clock, SECOND } from '../pure/time.ts'
import type { Gauge, Metrics } from './metrics.ts'

export interface GaugeDefinition {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
}

export interface Sample {
  readonly gauge: string
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

export interface Reading {
  readonly gauges: readonly GaugeDefinition[]
  /** For what is dear: figures younger than this are shown again. */
  readonly everySeconds?: number
  /** `now` in milliseconds. What is not answered any more reads 0. */
  readonly read: (tx: Transaction, now: number) => Promise<readonly Sample[]>
}

export interface ReadingSource {
  readonly pool: ServicePool
  readonly clock: Clock
}

/** A gauge that knows which label sets it has shown, so that one which is gone does not stand for ever. */
export function forgetting(gauge: Gauge<string>, labels: readonly string[]) {
  const shown = new Map<string, Readonly<Record<string, string>>>()
  return (samples: readonly Omit<Sample, 'gauge'>[]): void => {
    const left = new Map(shown)
    for (const { labels: of = {}, value } of samples) {
      const key = labels.map((name) => of[name]).join('\u0000')
      left.delete(key)
      shown.set(key, of)
      gauge.set(of, value)
    }
    for (const of of left.values()) gauge.set(of, 0)
  }
}

/** Has these figures read before scrapes. */
export function watchReading(metrics: Metrics, reading: Reading, source: ReadingSource): void {
  const gauges = reading.gauges.map((definition) => ({
    name: definition.name,
    show: forgetting(metrics.gauge(definition), definition.labels),
  }))
  const everyMs = (reading.everySeconds ?? 0) * SECOND
  let readAt: number | undefined
  metrics.beforeScrape(async () => {
    const now = source.clock.now()
    // A clock that was set back must not make them stand until it has caught up.
    if (readAt !== undefined && Math.abs(now - readAt) < everyMs) return
    const samples = await inReading(source.pool, (tx) => reading.read(tx, now))
    readAt = now
    for (const { name, show } of gauges) show(samples.filter(({ gauge }) => gauge === name))
  })
}
