// Figures for Prometheus. Names are `rialto_<noun>_<verb>_<unit>` with the service as a label, and
// label values come from small known sets: a route's template, never a path; an event's type, never
// an id. What slips through anyway is stopped here: a metric keeps at most a thousand series and
// counts the rest under `other`, because a metric that grows with its traffic takes the monitoring
// down just when it is needed.

import { setTimeout as pause } from 'node:timers/promises'
import prom from 'prom-client'

const SERIES_MAX = 1_000
/** A scrape shall not wait for a database that hangs: Prometheus would give up and know nothing at all. */
const READ_MS = 3_000
const NAME =
  /^rialto_[a-z][a-z0-9]*(_[a-z0-9]+)+_(total|seconds|items|events|keys|bytes|connections|requests|runs|units|ratio)$/

/** The library's own gauges whose names end as counters' do; each is the sum of another one. */
const MISNAMED = ['handles', 'requests', 'resources']

/** Seconds, from a cached read to a provider's time-out. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export type Labels<Names extends string> = Readonly<Record<Names, string>>

export interface Counter<Names extends string> {
  add(labels: Labels<Names>, count?: number): void
  /** Shows the series at 0: Prometheus sees no increase in one that appears with its first count. */
  begin(labels: Labels<Names>): void
}
export interface Gauge<Names extends string> {
  set(labels: Labels<Names>, value: number): void
}
export interface Histogram<Names extends string> {
  observe(labels: Labels<Names>, value: number): void
  /** Shows the series before there is anything to observe, so that 0 can be told from nothing. */
  begin(labels: Labels<Names>): void
}

interface Definition<Names extends string> {
  readonly name: string
  readonly help: string
  readonly labels: readonly Names[]
}

export interface MetricDefinition {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly labels: readonly string[]
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
  /** All figures of this registry, by name. */
  readonly definitions: readonly MetricDefinition[]
  /** The page that Prometheus scrapes. Who asks while another's is being read gets the same reading. */
  text(): Promise<string>
  readonly contentType: string
}

/** What the library keeps of a metric. */
interface Registered {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly labelNames: readonly string[]
}

function definitionsOf(registry: prom.Registry): MetricDefinition[] {
  const all = registry.getMetricsAsArray() as unknown as Registered[]
  return all
    .map(({ name, help, type, labelNames }) => ({ name, help, type, labels: labelNames }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
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

/** One that does not come back in time counts as failed, and is not asked again before it has. */
function inTime(read: () => Promise<void>, readMs: number): () => Promise<void> {
  let open: Promise<void> | undefined
  return async () => {
    open ??= read().finally(() => {
      open = undefined
    })
    const bound = new AbortController()
    const late = async (): Promise<void> => {
      await pause(readMs, undefined, { signal: bound.signal, ref: false })
      throw new Error(`not read within ${readMs} ms`)
    }
    const reading = open
    try {
      await Promise.race([reading, late()])
    } finally {
      bound.abort()
    }
  }
}

/** Opens a registry of its own, so that two platforms in one test process do not add up. */
export function openMetrics(
  options: { readonly runtime?: boolean; readonly readMs?: number } = {},
): Metrics {
  const registry = new prom.Registry()
  if (options.runtime === true) {
    prom.collectDefaultMetrics({ register: registry, prefix: 'rialto_' })
    for (const name of MISNAMED) registry.removeSingleMetric(`rialto_nodejs_active_${name}_total`)
  }
  const readers: (() => Promise<void>)[] = []

  const settings = <Names extends string>({ name, help, labels }: Definition<Names>) => {
    if (!NAME.test(name)) throw new Error(`${name}: a metric is named rialto_<noun>_<verb>_<unit>`)
    return { name, help, labelNames: [...labels], registers: [registry] }
  }

  const counter: Metrics['counter'] = (definition) => {
    const metric = new prom.Counter(settings(definition))
    const bound = bounded(definition.labels)
    return {
      add: (labels, count = 1) => metric.inc(bound(labels), count),
      begin: (labels) => metric.inc(bound(labels), 0),
    }
  }
  const failures = counter({
    name: 'rialto_metrics_read_failures_total',
    help: 'Readers that failed before a scrape',
    labels: [],
  })

  let reading: Promise<void> | undefined
  const readAll = async (): Promise<void> => {
    const results = await Promise.allSettled(readers.map((read) => read()))
    const failed = results.filter((result) => result.status === 'rejected').length
    if (failed > 0) failures.add({}, failed)
  }

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
      return {
        observe: (labels, value) => metric.observe(bound(labels), value),
        begin: (labels) => metric.zero(bound(labels)),
      }
    },
    beforeScrape: (read) => {
      readers.push(inTime(read, options.readMs ?? READ_MS))
    },
    text: async () => {
      reading ??= readAll().finally(() => {
        reading = undefined
      })
      await reading
      return registry.metrics()
    },
    get definitions() {
      return definitionsOf(registry)
    },
    contentType: registry.contentType,
  }
}
