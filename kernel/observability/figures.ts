// The figures that the kernel itself keeps, of every service alike: counted in memory where the thing happens, a microsecond each.
// What costs a query is read before a scrape instead. They live as long as the process; Prometheus knows how to count on.

import type { Metrics } from './metrics.ts'

/** For sizes of batches. */
const SIZE_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500]

/** What doors, clients and calls to the outside measure. */
function requestFigures(metrics: Metrics) {
  return {
    httpRequests: metrics.counter({
      name: 'rialto_http_requests_answered_total',
      help: 'Requests answered, by route template and status',
      labels: ['service', 'method', 'route', 'status'],
    }),
    httpDuration: metrics.histogram({
      name: 'rialto_http_request_duration_seconds',
      help: 'Time from the request to the last byte of its answer',
      labels: ['service', 'method', 'route'],
    }),
    problems: metrics.counter({
      name: 'rialto_http_problems_answered_total',
      help: 'Problems answered, by code; kernel.internal pages somebody',
      labels: ['service', 'code'],
    }),
    rpcDuration: metrics.histogram({
      name: 'rialto_rpc_call_duration_seconds',
      help: 'Calls answered over gRPC; outcome is ok, refused or failed',
      labels: ['service', 'method', 'outcome'],
    }),
    clientDuration: metrics.histogram({
      name: 'rialto_client_call_duration_seconds',
      help: 'Calls of our services to each other; outcome is ok, refused or unavailable',
      labels: ['caller', 'service', 'operation', 'outcome'],
    }),
    providerCalls: metrics.histogram({
      name: 'rialto_provider_call_duration_seconds',
      help: 'Calls to the outside; outcome is ok, refused or unknown (no answer, or none that says anything)',
      labels: ['provider', 'operation', 'outcome'],
    }),
  }
}

/** What the bus, jobs and batches measure. */
function workFigures(metrics: Metrics) {
  return {
    busLag: metrics.gauge({
      name: 'rialto_bus_group_lag_events',
      help: 'Events appended and not yet passed by the group',
      labels: ['group', 'topic'],
    }),
    busAge: metrics.gauge({
      name: 'rialto_bus_group_lag_seconds',
      help: 'Age of the oldest event that the group has not passed',
      labels: ['group', 'topic'],
    }),
    deadLetters: metrics.gauge({
      name: 'rialto_bus_letters_dead_events',
      help: 'Events given up and waiting for an operator',
      labels: ['group', 'topic'],
    }),
    parkedKeys: metrics.gauge({
      name: 'rialto_bus_group_parked_keys',
      help: 'Keys whose events wait behind a failed one',
      labels: ['group'],
    }),
    handlerDuration: metrics.histogram({
      name: 'rialto_bus_handler_duration_seconds',
      help: 'One try at one event; outcome is ok, repeat, failed, paused (something it asks is down) or fenced',
      labels: ['group', 'event', 'outcome'],
    }),
    jobDuration: metrics.histogram({
      name: 'rialto_job_run_duration_seconds',
      help: 'One run of one job; outcome is ok, failed, paused (something it asks is down) or dead',
      labels: ['job', 'outcome'],
    }),
    jobsWaiting: metrics.gauge({
      name: 'rialto_jobs_waiting_items',
      help: 'Jobs that are due and not begun',
      labels: ['job'],
    }),
    jobsDead: metrics.gauge({
      name: 'rialto_jobs_dead_items',
      help: 'Jobs given up and waiting for an operator',
      labels: [],
    }),
    batchSize: metrics.histogram({
      name: 'rialto_batch_run_size_items',
      help: 'Items that one transaction decided together',
      labels: ['batcher', 'outcome'],
      buckets: SIZE_BUCKETS,
    }),
    batchDuration: metrics.histogram({
      name: 'rialto_batch_run_duration_seconds',
      help: 'Time of one batch, from its first statement to its last',
      labels: ['batcher', 'outcome'],
    }),
  }
}

/** What a process knows of itself and of the runs it watches. */
function processFigures(metrics: Metrics) {
  return {
    cacheReads: metrics.counter({
      name: 'rialto_cache_reads_answered_total',
      help: 'Reads of a cache; an error is answered by the database as a miss is',
      labels: ['space', 'outcome'],
    }),
    redisFailures: metrics.counter({
      name: 'rialto_redis_commands_failed_total',
      help: 'Commands that Redis did not carry out: away, late or refused',
      labels: ['why'],
    }),
    redisReached: metrics.gauge({
      name: 'rialto_redis_server_reached_ratio',
      help: '1 while Redis is used, 0 while this process goes on without it; absent where none is set',
      labels: ['prefix'],
    }),
    deviatingRuns: metrics.gauge({
      name: 'rialto_conformance_deviating_runs',
      help: 'Runs found within a day to differ from their diagram, by flow and kind of difference',
      labels: ['flow', 'kind'],
    }),
    recorderLost: metrics.gauge({
      name: 'rialto_recorder_lost_items',
      help: 'Interactions that were not recorded because the database was away for too long',
      labels: [],
    }),
    poolConnections: metrics.gauge({
      name: 'rialto_pool_open_connections',
      help: 'Connections to the database; state is busy or idle',
      labels: ['pool', 'state'],
    }),
    poolWaiting: metrics.gauge({
      name: 'rialto_pool_waiting_requests',
      help: 'Requests that wait for a connection to the database now',
      labels: ['pool'],
    }),
    poolWait: metrics.histogram({
      name: 'rialto_pool_wait_duration_seconds',
      help: 'How long who had to wait waited for a connection to the database',
      labels: ['pool'],
    }),
    diskFree: metrics.gauge({
      name: 'rialto_disk_free_ratio',
      help: 'Free share of the disk that holds the data directory',
      labels: ['volume'],
    }),
  }
}

/** Opens all of them; once a registry. */
export const kernelMetrics = (metrics: Metrics) => ({
  ...requestFigures(metrics),
  ...workFigures(metrics),
  ...processFigures(metrics),
})

export type KernelMetrics = ReturnType<typeof kernelMetrics>

/** A batcher's `onBatch` that feeds the figures above. */
export const batchReporter =
  (figures: Pick<KernelMetrics, 'batchSize' | 'batchDuration'>, batcher: string) =>
  (report: {
    readonly items: number
    readonly durationMs: number
    readonly failed: boolean
  }): void => {
    const labels = { batcher, outcome: report.failed ? 'failed' : 'ok' }
    figures.batchSize.observe(labels, report.items)
    figures.batchDuration.observe(labels, report.durationMs / 1_000)
  }

/** Measures a call to the outside: `outcomeOf` says what an answer or an error is. */
export async function measured<T>(
  figures: Pick<KernelMetrics, 'providerCalls'> | undefined,
  of: { readonly provider: string; readonly operation: string },
  call: {
    readonly run: () => Promise<T>
    readonly outcomeOf: (settled: { answer: T } | { error: unknown }) => string
  },
): Promise<T> {
  if (figures === undefined) return call.run()
  const startedAt = performance.now()
  const end = (outcome: string): void =>
    figures.providerCalls.observe({ ...of, outcome }, (performance.now() - startedAt) / 1_000)
  try {
    const answer = await call.run()
    end(call.outcomeOf({ answer }))
    return answer
  } catch (error) {
    end(call.outcomeOf({ error }))
    throw error
  }
}
