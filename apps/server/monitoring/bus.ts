// Feeds the kernel's metrics from what the platform knows: handled events as they happen, lags and dead letters at each scrape.

import { groupLags, parkedFigures } from '@rialto/kernel/bus/figures.ts'
import type { LaneHooks } from '@rialto/kernel/bus/hooks.ts'
import type { KernelMetrics } from '@rialto/kernel/observability/figures.ts'
import type { Metrics } from '@rialto/kernel/observability/metrics.ts'
import type pg from 'pg'

const OUTCOMES = {
  done: 'ok',
  repeat: 'repeat',
  failed: 'failed',
  unavailable: 'paused',
  fenced: 'fenced',
} as const

/** Observes every handled event. */
export const handledReporter =
  (figures: KernelMetrics): LaneHooks['onHandled'] =>
  ({ group, event, outcome, ms }) =>
    figures.handlerDuration.observe(
      { group, event: event.type, outcome: OUTCOMES[outcome] },
      ms / 1_000,
    )

export interface BusWatch {
  readonly pool: () => pg.Pool
  /** Groups of services that run elsewhere: their processes report them. */
  readonly others: ReadonlyMap<string, string>
}

/** Asks the bus how it stands before each scrape. What was parked and is not any more reads 0, not the last count. */
export function reportBus(
  metrics: Metrics,
  figures: KernelMetrics,
  { pool, others }: BusWatch,
): void {
  const known = new Map<string, { group: string; topic: string }>()
  metrics.beforeScrape(async () => {
    for (const { grp: group, topic, events, seconds } of await groupLags(pool())) {
      if (others.has(group)) continue
      figures.busLag.set({ group, topic }, Number(events))
      figures.busAge.set({ group, topic }, seconds)
      known.set(`${group} ${topic}`, { group, topic })
    }
    const parked = new Map(
      (await parkedFigures(pool())).map((row) => [`${row.grp} ${row.topic}`, row]),
    )
    const keys = new Map<string, number>()
    for (const [name, { group, topic }] of known) {
      const row = parked.get(name)
      figures.deadLetters.set({ group, topic }, Number(row?.dead ?? 0))
      keys.set(group, (keys.get(group) ?? 0) + Number(row?.keys ?? 0))
    }
    for (const [group, count] of keys) figures.parkedKeys.set({ group }, count)
  })
}
