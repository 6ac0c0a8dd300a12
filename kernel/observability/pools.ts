// Connections to the database, for metrics: how many there are is asked before a scrape, who had to wait is noticed when it happens,
// because a scrape every fifteen seconds would miss most of it. Who finds a free connection is not measured at all and costs nothing.

import type pg from 'pg'
import type { KernelMetrics } from './figures.ts'
import type { Metrics } from './metrics.ts'

export interface NamedPool {
  readonly name: string
  readonly pool: pg.Pool
}

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: () => void,
) => void

/** All are in use, or promised to who waits already. */
const isShort = (pool: pg.Pool): boolean =>
  pool.totalCount >= (pool.options.max ?? 10) && pool.waitingCount >= pool.idleCount

/** Watches a pool from now on. */
export function watchPool(
  metrics: Metrics,
  figures: Pick<KernelMetrics, 'poolConnections' | 'poolWaiting' | 'poolWait'>,
  { name, pool }: NamedPool,
): void {
  figures.poolWait.begin({ pool: name })
  metrics.beforeScrape(async () => {
    const { totalCount, idleCount, waitingCount } = pool
    figures.poolConnections.set({ pool: name, state: 'busy' }, totalCount - idleCount)
    figures.poolConnections.set({ pool: name, state: 'idle' }, idleCount)
    figures.poolWaiting.set({ pool: name }, waitingCount)
  })
  const connect = pool.connect.bind(pool) as (callback?: Connected) => Promise<pg.PoolClient>
  const timed = (callback?: Connected): Promise<pg.PoolClient> => {
    if (!isShort(pool)) return connect(callback)
    const startedAt = performance.now()
    const got = (): void =>
      figures.poolWait.observe({ pool: name }, (performance.now() - startedAt) / 1_000)
    if (callback !== undefined)
      return connect((...answer) => {
        got()
        callback(...answer)
      })
    return connect().finally(got)
  }
  pool.connect = timed as typeof pool.connect
}
