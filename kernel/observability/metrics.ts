// Figures for Prometheus. Names are `rialto_<noun>_<verb>_<unit>` with the service as a label, and
// label values come from small known sets: a route's template, never a path; an event's type, never
// an id. What slips through anyway is stopped here: a metric keeps at most a thousand series and
// counts the rest under `other`, because a metric that grows with its traffic takes the monitoring
// down just when it is needed.

import prom from 'prom-client'

const SERIES_MAX = 1_000
const NAME =
  /^rialto_[a-z][a-z0-9]*(_[a-z0-9]+)+_(total|seconds|items|events|keys|bytes|connections|ratio)$/

/** Seconds, from a cached read to a provider's time-out. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const SIZE_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500]

export type Labels<Names extends string> = Readonly<Record<Names, string>>

export interface Counter<Names extends string> {
  add(labels: Labels<Names>, count?: number): void
}
export interface Gauge<Names extends string> {
  set(labels: Labels<Names>, value: number): void
}
export interface Histogram<Names extends string> {
  observe(labels: Labels<Names>, value: number): void
}

interface Definition<Names extends string> {
  readonly name: string
  readonly help: string
  readonly labels: readonly Names[]
}

export interface Metrics {
  counter<Names extends string>(definition: Definition<Names>): Counter<Names>
  gauge<Names extends string>(definition: Definition<Names>): Gauge<Names>
  histogram<Names extends string>(
    definition: Definition<Names> & { readonly buckets?: readonly number[] },
  ): Histogram<Names>
  /**
   * Runs just before a scrape, to read what is cheaper to ask for than to follow. Failures count,
   * and do not stop the scrape.
   */
  beforeScrape(read: () => Promise<void>): void
  /** The page that Prometheus scrapes. */
  text(): Promise<string>
  readonly contentType: string
}

/** Lets at most a thousand label sets of one metric through as they are. */
function bounded<Names extends string>(
  labels: readonly Names[],
): (given: Labels<Names>) => Labels<Names> {
  const seen = new Set<string>()
  const other = Object.fromEntries(labels.map((name) => [name, 'other'])) as Labels<Names>
  return (given) => {
    const key = labels.map((name) => given[name]).join('\u0000')
    if (seen.has(key)) return given
    if (seen.size >= SERIES_MAX) return other
    seen.add(key)
    return given
  }
}

/** Opens a registry of its own, so that two platforms in one test process do not add up. */
export function openMetrics(options: { readonly runtime?: boolean } = {}): Metrics {
  const registry = new prom.Registry()
  if (options.runtime === true)
    prom.collectDefaultMetrics({ register: registry, prefix: 'rialto_' })
  const readers: (() => Promise<void>)[] = []

  const settings = <Names extends string>({ name, help, labels }: Definition<Names>) => {
    if (!NAME.test(name)) throw new Error(`${name}: a metric is named rialto_<noun>_<verb>_<unit>`)
    return { name, help, labelNames: [...labels], registers: [registry] }
  }

  const counter: Metrics['counter'] = (definition) => {
    const metric = new prom.Counter(settings(definition))
    const bound = bounded(definition.labels)
    return { add: (labels, count = 1) => metric.inc(bound(labels), count) }
  }
  const failures = counter({
    name: 'rialto_metrics_read_failures_total',
    help: 'Readers that failed before a scrape',
    labels: [],
  })

  return {
    counter,
    gauge: (definition) => {
      const metric = new prom.Gauge(settings(definition))
      const bound = bounded(definition.labels)
      return { set: (labels, value) => metric.set(bound(labels), value) }
    },
    histogram: (definition) => {
      const buckets = [...(definition.buckets ?? LATENCY_BUCKETS)]
      const metric = new prom.Histogram({ ...settings(definition), buckets })
      const bound = bounded(definition.labels)
      return { observe: (labels, value) => metric.observe(bound(labels), value) }
    },
    beforeScrape: (read) => {
      readers.push(read)
    },
    text: async () => {
      const results = await Promise.allSettled(readers.map((read) => read()))
      const failed = results.filter((result) => result.status === 'rejected').length
      if (failed > 0) failures.add({}, failed)
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}

/** The figures that the kernel itself keeps, of every service alike. */
export function kernelMetrics(metrics: Metrics) {
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
      help: 'Problems answered, by code; kernel.bug pages somebody',
      labels: ['service', 'code'],
    }),
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
      help: 'One attempt at one event; outcome is ok, retried, dead or paused',
      labels: ['group', 'event', 'outcome'],
    }),
    batchSize: metrics.histogram({
      name: 'rialto_batch_run_size_items',
      help: 'Items that one transaction decided together',
      labels: ['batcher', 'outcome'],
      buckets: SIZE_BUCKETS,
    }),
    batchDuration: metrics.histogram({
      name: 'rialto_batch_run_duration_seconds',
      help: 'Time of one batched transaction',
      labels: ['batcher', 'outcome'],
    }),
    providerCalls: metrics.histogram({
      name: 'rialto_provider_call_duration_seconds',
      help: 'Calls to the outside; outcome is ok, declined, refused or unknown',
      labels: ['provider', 'operation', 'outcome'],
    }),
    conformanceDeviations: metrics.counter({
      name: 'rialto_conformance_deviations_total',
      help: 'Runs that differ from their diagram, by flow and kind of difference',
      labels: ['flow', 'kind'],
    }),
  }
}

export type KernelMetrics = ReturnType<typeof kernelMetrics>

/** A batcher's `onBatch` that feeds the figures above. */
export const batchReporter =
  (metrics: Pick<KernelMetrics, 'batchSize' | 'batchDuration'>, batcher: string) =>
  (report: {
    readonly items: number
    readonly durationMs: number
    readonly failed: boolean
  }): void => {
    const labels = { batcher, outcome: report.failed ? 'failed' : 'ok' }
    metrics.batchSize.observe(labels, report.items)
    metrics.batchDuration.observe(labels, report.durationMs / 1_000)
  }
