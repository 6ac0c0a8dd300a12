// Recorded interactions as the spans of OpenTelemetry. All that happens for one flow is one trace (what belongs to none: all of one
// request): its id is made from the flow's key, and a span's from its interaction's, so that every process arrives at the same ids without telling each other. A call and
// its reply are one span, a step and a publish are one each, and each try at an event is one. What was done while an event was
// handled hangs below that try where this process knows it, else below the event. Pure memory: a crash loses what was not sent.

import { createHash } from 'node:crypto'
import type { Handled } from '../bus/hooks.ts'
import type { Interaction } from '../pure/interaction.ts'

export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentId?: string
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  /** The service that did it. */
  readonly service: string
  readonly startMs: number
  readonly endMs: number
  readonly failed: boolean
  readonly attributes: Readonly<Record<string, string | number>>
}

const hexOf = (text: string, digits: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits)

/** The trace of a flow. */
export const traceIdOf = (flow: string): string => hexOf(flow, 32)
/** The span of an interaction; of a publish, by its event's id. */
export const spanIdOf = (interaction: string): string => hexOf(interaction, 16)

/** A call whose reply has not come by then has none. */
const REPLY_MS = 30_000
/** Tries remembered, so that what they did finds them. */
const TRIES_MAX = 20_000
/** Nobody shall wait for spans that cannot be sent. */
const WAITING_MAX = 50_000

const isFailure = (outcome: string): boolean =>
  /^[5-9]\d\d$/.test(outcome) || /^(unavailable|unreachable|timeout|E[A-Z]+)$/.test(outcome)

export interface SpanOptions {
  /** Participant → service, of all services of the platform. */
  readonly services: ReadonlyMap<string, string>
  /** Consumer group → service. */
  readonly groups: ReadonlyMap<string, string>
  /** The group that sees every event once: what was published is told by it, whoever published it. */
  readonly witness: string
}

export interface Spans {
  record(interactions: readonly Interaction[]): void
  handled(handled: Handled, nowMs: number): void
  /** What is complete by now: what was recorded before the last call of this, so that the tries it belongs to are known. */
  take(nowMs: number): Span[]
  /** Everything, complete or not. */
  takeAll(): Span[]
  /** Spans given up because nobody took them. */
  readonly lost: number
}

const attributesOf = (one: Interaction): Span['attributes'] => ({
  'rialto.flow': one.flow,
  'rialto.from': one.from,
  'rialto.to': one.to,
  'rialto.outcome': one.outcome,
  ...(one.attempt === 1 ? {} : { 'rialto.attempt': one.attempt }),
})

/** What OpenTelemetry calls the parts of an HTTP call. */
function httpOf(name: string, outcome: string): Span['attributes'] {
  const [, method, route] = /^([A-Z]+) (\/\S*)$/.exec(name) ?? []
  if (method === undefined || route === undefined) return {}
  const status = /^\d{3}$/.test(outcome) ? { 'http.response.status_code': Number(outcome) } : {}
  return { 'http.request.method': method, 'http.route': route, ...status }
}

class OpenSpans implements Spans {
  readonly #options: SpanOptions
  /** Recorded since the last `take`, and before it. */
  #fresh: Interaction[] = []
  #settled: Interaction[] = []
  readonly #calls = new Map<string, Interaction>()
  /** `event service` → the span of its last try here. */
  readonly #tries = new Map<string, string>()
  #done: Span[] = []
  lost = 0

  constructor(options: SpanOptions) {
    this.#options = options
  }

  record(interactions: readonly Interaction[]): void {
    this.#fresh.push(...interactions)
    this.#bound()
  }

  handled({ group, event, outcome, attempt, ms }: Handled, nowMs: number): void {
    const { flow, causation } = event.headers
    if (flow === undefined || outcome === 'repeat' || outcome === 'fenced') return
    const failed = outcome !== 'done'
    const named = { traceId: traceIdOf(flow), name: event.type }
    const facts = { 'rialto.flow': flow, 'messaging.destination.name': event.topic }
    if (group === this.#options.witness) {
      const at = Date.parse(event.time)
      this.#done.push({
        ...named,
        spanId: spanIdOf(event.id),
        ...(causation === undefined ? {} : { parentId: this.#parentOf(causation, event.source) }),
        ...{ kind: 'producer', service: event.source, startMs: at, endMs: at, failed: false },
        attributes: facts,
      })
      return
    }
    const service = this.#options.groups.get(group)
    if (service === undefined) return
    const spanId = spanIdOf(`${event.id}>${group}#${attempt}`)
    this.#tries.delete(`${event.id} ${service}`)
    this.#tries.set(`${event.id} ${service}`, spanId)
    this.#done.push({
      ...named,
      ...{ spanId, parentId: spanIdOf(event.id), kind: 'consumer', service, failed },
      ...{ startMs: nowMs - ms, endMs: nowMs },
      attributes: {
        ...facts,
        'messaging.consumer.group.name': group,
        'rialto.outcome': outcome,
        'rialto.attempt': attempt,
      },
    })
    this.#bound()
  }

  take(nowMs: number): Span[] {
    for (const one of this.#settled) this.#place(one)
    this.#settled = this.#fresh
    this.#fresh = []
    for (const [id, call] of this.#calls) {
      if (call.at > nowMs - REPLY_MS) continue
      this.#calls.delete(id)
      this.#done.push(this.#callSpan(call, undefined))
    }
    const done = this.#done
    this.#done = []
    return done
  }

  takeAll(): Span[] {
    const first = this.take(0)
    return [...first, ...this.take(Number.POSITIVE_INFINITY)]
  }

  #place(one: Interaction): void {
    if (one.kind === 'call') this.#calls.set(one.id, one)
    else if (one.kind === 'reply') {
      const call = this.#calls.get(one.parent ?? '')
      if (call === undefined) return
      this.#calls.delete(call.id)
      this.#done.push(this.#callSpan(call, one))
    } else this.#done.push(this.#stepSpan(one))
  }

  #stepSpan(one: Interaction): Span {
    const service = this.#serviceOf(one.from)
    return {
      ...this.#common(one, service),
      ...{ kind: 'internal', service, endMs: one.at, failed: false },
    }
  }

  /** From outside it is our door's; else it is the caller's, as the caller records it. */
  #callSpan(call: Interaction, reply: Interaction | undefined): Span {
    const fromOutside = !this.#options.services.has(call.from)
    const service = this.#serviceOf(fromOutside ? call.to : call.from)
    const outcome = reply?.outcome ?? 'no reply'
    const common = this.#common(call, service)
    return {
      ...common,
      ...{ kind: fromOutside ? 'server' : 'client', service, endMs: reply?.at ?? call.at },
      failed: reply === undefined || isFailure(outcome),
      attributes: {
        ...common.attributes,
        ...httpOf(call.name, outcome),
        'rialto.outcome': outcome,
      },
    }
  }

  #common(one: Interaction, service: string) {
    return {
      traceId: traceIdOf(one.flow),
      spanId: spanIdOf(one.id),
      ...(one.parent === undefined ? {} : { parentId: this.#parentOf(one.parent, service) }),
      name: one.name,
      startMs: one.at,
      attributes: attributesOf(one),
    }
  }

  #parentOf(cause: string, service: string): string {
    return this.#tries.get(`${cause} ${service}`) ?? spanIdOf(cause)
  }

  #serviceOf(participant: string): string {
    return this.#options.services.get(participant) ?? participant
  }

  #bound(): void {
    for (const key of this.#tries.keys()) {
      if (this.#tries.size <= TRIES_MAX) break
      this.#tries.delete(key)
    }
    const surplus = this.#fresh.length + this.#settled.length + this.#done.length - WAITING_MAX
    if (surplus <= 0) return
    this.lost += surplus
    const given = Math.min(surplus, this.#done.length)
    this.#done.splice(0, given)
    this.#settled.splice(0, surplus - given)
    this.#fresh.splice(0, Math.max(0, this.#fresh.length - WAITING_MAX))
  }
}

/** Collects what is recorded until it is taken as spans. */
export const openSpans = (options: SpanOptions): Spans => new OpenSpans(options)
