// Sends spans to any OpenTelemetry collector, over OTLP/HTTP. Off, and its libraries not even loaded, unless an endpoint is
// configured. Once a second what is complete leaves in one request; nobody waits for it, and a collector that is away costs spans
// and a line in the log, never a request of ours. A crash loses at most the last two seconds.

import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import type { Handled } from '../bus/hooks.ts'
import type { Logger } from '../observability/log.ts'
import type { Interaction } from '../pure/interaction.ts'
import { type Clock, MINUTE, SECOND } from '../pure/time.ts'
import { isRecorded } from './recorder.ts'
import { openSpans, type Span, type SpanOptions } from './spans.ts'

const FLUSH_MS = SECOND
const SEND_MAX = 2_000
/** The exporter's own limit on repeats of one request; what it gives up is lost. */
const SEND_TIMEOUT_MS = 5_000

export interface TracerOptions extends SpanOptions {
  /** Of the collector, such as `http://127.0.0.1:4318`. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  /** Share of flows that are recorded, as the recorder has it. */
  readonly rate: number
  readonly instance: string
  readonly clock: Clock
  readonly log: Logger
}

export interface Tracer {
  record(interactions: readonly Interaction[]): void
  handled(handled: Handled): void
  /** Sends everything. */
  stop(): Promise<void>
}

type Exported = Parameters<OTLPTraceExporter['export']>[0][number]
type Resource = Exported['resource']

/** By OpenTelemetry's numbers. */
const KINDS = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 } as const
const STATUS_UNSET = 0
const STATUS_ERROR = 2
const SAMPLED = 1

const instantOf = (ms: number): [number, number] => {
  const seconds = Math.floor(ms / SECOND)
  return [seconds, Math.round((ms - seconds * SECOND) * 1_000_000)]
}

function exported(span: Span, resource: Resource): Exported {
  const { traceId, spanId, parentId, name, kind, startMs, endMs, failed, attributes } = span
  const contextOf = (id: string) => ({ traceId, spanId: id, traceFlags: SAMPLED })
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => contextOf(spanId),
    ...(parentId === undefined ? {} : { parentSpanContext: contextOf(parentId) }),
    startTime: instantOf(startMs),
    endTime: instantOf(endMs),
    duration: instantOf(Math.max(0, endMs - startMs)),
    status: { code: failed ? STATUS_ERROR : STATUS_UNSET },
    attributes: { ...attributes },
    ...{ links: [], events: [], ended: true, resource, instrumentationScope: { name: 'rialto' } },
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  }
}

/** Resolves when the collector has them; throws why it did not take them. */
type Send = (spans: readonly Span[]) => Promise<void>

/** Loads the libraries. */
async function openSender({ endpoint, headers, instance }: TracerOptions) {
  const [{ OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: SEND_TIMEOUT_MS,
  })
  const resources = new Map<string, Resource>()
  const resourceOf = (service: string): Resource => {
    const known = resources.get(service)
    if (known !== undefined) return known
    const made = resourceFromAttributes({
      'service.name': service,
      'service.namespace': 'rialto',
      'service.instance.id': instance,
    })
    resources.set(service, made)
    return made
  }
  const send: Send = (spans) =>
    new Promise((resolve, reject) => {
      exporter.export(
        spans.map((span) => exported(span, resourceOf(span.service))),
        ({ code, error }) => {
          if (code === 0) resolve()
          else reject(error ?? new Error('no reason'))
        },
      )
    })
  return { send, close: () => exporter.shutdown() }
}

/** Says at most once a minute that spans are lost, and how many so far. */
function telling(log: Logger) {
  let toldAt = Number.NEGATIVE_INFINITY
  return (error: unknown, lost: number): void => {
    if (performance.now() - toldAt < MINUTE) return
    toldAt = performance.now()
    log.warn(
      { error: error instanceof Error ? error.message : String(error), lost },
      'traces: the collector did not take the spans; they are lost',
    )
  }
}

/** Begins to send. */
export async function openTracer(options: TracerOptions): Promise<Tracer> {
  const { rate, clock } = options
  const spans = openSpans(options)
  const sender = await openSender(options)
  const tell = telling(options.log)
  let refused = 0
  // What is left for a collector that does not answer is not waited for, or a stop would take minutes.
  const sendAll = async (all: readonly Span[]): Promise<void> => {
    for (let at = 0; at < all.length; at += SEND_MAX) {
      try {
        await sender.send(all.slice(at, at + SEND_MAX))
      } catch (error) {
        refused += all.length - at
        tell(error, refused + spans.lost)
        return
      }
    }
  }
  let sending: Promise<void> | undefined
  const timer = setInterval(() => {
    if (sending !== undefined) return
    sending = sendAll(spans.take(clock.now())).finally(() => {
      sending = undefined
    })
  }, FLUSH_MS)
  timer.unref()
  const isTraced = (flow: string): boolean => isRecorded(flow, rate)
  return {
    record: (interactions) => spans.record(interactions.filter(({ flow }) => isTraced(flow))),
    handled(handled) {
      const { flow } = handled.event.headers
      if (flow !== undefined && isTraced(flow)) spans.handled(handled, clock.now())
    },
    async stop() {
      clearInterval(timer)
      await sending
      await sendAll(spans.takeAll())
      await sender.close()
    },
  }
}
