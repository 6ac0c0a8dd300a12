// What is read before each scrape besides the bus: connections, jobs, what services say of their tables, runs that deviate, and the
// disk. One query each, or none; a service's figures are read where it runs.

import { statfs } from 'node:fs/promises'
import type { Host } from '@rialto/kernel/host/host.ts'
import { jobBacklog } from '@rialto/kernel/observability/backlog.ts'
import type { KernelMetrics } from '@rialto/kernel/observability/figures.ts'
import type { Metrics } from '@rialto/kernel/observability/metrics.ts'
import { watchPool } from '@rialto/kernel/observability/pools.ts'
import { forgetting, watchReading } from '@rialto/kernel/observability/readings.ts'
import type { Clock } from '@rialto/kernel/pure/time.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import type pg from 'pg'
import { countDeviating } from '../observer/store.ts'

export interface Watched {
  readonly host: Host
  readonly services: readonly Service[]
  readonly keys: pg.Pool
  readonly clock: Clock
  readonly recorder: { readonly lost: number }
  readonly dataDir: string
}

const OBSERVER = 'observer'

function watchRuns(metrics: Metrics, figures: KernelMetrics, host: Host): void {
  const show = forgetting(figures.deviatingRuns, ['flow', 'kind'])
  metrics.beforeScrape(async () => {
    const { text, values } = countDeviating()
    const { rows } = await host.pool.query(text, values as unknown[])
    const found = rows as { flow: string; kind: string; runs: number }[]
    show(found.map(({ flow, kind, runs }) => ({ labels: { flow, kind }, value: runs })))
  })
}

function watchJobs(metrics: Metrics, figures: KernelMetrics, watched: Watched): void {
  const { host, services } = watched
  const here = new Set(services.flatMap((s) => s.jobs.map((job) => job.name)))
  metrics.beforeScrape(async () => {
    const { queues, dead } = await jobBacklog(host.pool)
    for (const { job, waiting } of queues)
      if (here.has(job)) figures.jobsWaiting.set({ job }, waiting)
    figures.jobsDead.set({}, dead)
  })
}

/** The free part of the volume with this folder, 0..1; undefined where the process keeps nothing: it has not made the folder. */
export async function freePart(folder: string): Promise<number | undefined> {
  try {
    const { bavail, blocks } = await statfs(folder)
    return blocks === 0 ? 1 : bavail / blocks
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Has all of it read. */
export function watchProcess(metrics: Metrics, figures: KernelMetrics, watched: Watched): void {
  const { host, services, keys, clock, recorder, dataDir } = watched
  for (const [pool, of] of [...host.pools, ['host', host.pool], ['keys', keys]] as const)
    watchPool(metrics, figures, { name: pool, pool: of })
  for (const service of services)
    for (const reading of service.readings ?? [])
      watchReading(metrics, reading, { pool: host.pools.get(service.name) ?? host.pool, clock })
  watchJobs(metrics, figures, watched)
  if (services.some(({ name }) => name === OBSERVER)) watchRuns(metrics, figures, host)
  metrics.beforeScrape(async () => {
    figures.recorderLost.set({}, recorder.lost)
    const free = await freePart(dataDir)
    if (free !== undefined) figures.diskFree.set({ volume: 'data' }, free)
  })
}
