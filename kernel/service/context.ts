// Where we are: which outside request or event this work belongs to, who asked, and what to write on everything it causes.
// Passed along explicitly; there is no ambient state. A context collects its interactions and hands them over at its end,
// because the flow's key (an order id) is often known only after the first calls were made.

import type { KernelMetrics } from '../observability/figures.ts'
import type { Logger } from '../observability/log.ts'
import type { Role } from '../pure/contract.ts'
import type { EventHeaders } from '../pure/envelope.ts'
import type { Ids } from '../pure/ids.ts'
import type { Interaction } from '../pure/interaction.ts'
import type { Clock } from '../pure/time.ts'
import { traceIdOf } from '../trace/spans.ts'

/** Who asks. `id` is a user id, or a service's name for role `service`. */
export interface Caller {
  readonly kind: 'anonymous' | 'user' | 'service'
  readonly id: string
  readonly roles: readonly Role[]
  /** The session of a person's token. */
  readonly session?: string
}

export const anonymous: Caller = { kind: 'anonymous', id: 'anonymous', roles: [] }
export const serviceCaller = (name: string): Caller => ({
  kind: 'service',
  id: name,
  roles: ['service'],
})

/** Takes finished interactions; never blocks and never throws into the caller. */
export interface Recorder {
  record(interactions: readonly Interaction[]): void
  /** Takes those that belong to no flow; `flow` is their correlation. Absent: they are dropped. */
  unclaimed?(interactions: readonly Interaction[]): void
}

export type NewInteraction = Omit<Interaction, 'id' | 'flow' | 'at' | 'seq' | 'attempt'> & {
  readonly id?: string
  /** From `tick()`, when the interaction is noted later than it happened. */
  readonly seq?: number
  readonly at?: number
  readonly attempt?: number
}

export interface Environment {
  readonly clock: Clock
  readonly ids: Ids
  readonly recorder: Recorder
  readonly log: Logger
  /** Where figures are counted; absent: nowhere. */
  readonly figures?: KernelMetrics
}

export interface ContextOptions {
  /** Service whose code runs. */
  readonly service: string
  /** Its name in the diagrams. */
  readonly participant: string
  readonly caller: Caller
  readonly correlation?: string
  /** Id of the interaction or event that brought us here. */
  readonly cause?: string
  readonly flow?: string
  readonly traceparent?: string
  /** Instant of `performance.now()` after which nobody waits for this any more. */
  readonly deadline?: number
  /** Prefix of the ids of steps, where the same work may be done again by a replay and must not be drawn twice. */
  readonly stepKey?: string
}

/** What brought some work about, as events and rows keep it. */
export type Origin = Pick<ContextOptions, 'correlation' | 'cause' | 'flow' | 'traceparent'>

export class Context {
  readonly env: Environment
  readonly service: string
  readonly participant: string
  readonly caller: Caller
  readonly correlation: string
  readonly cause: string | undefined
  readonly traceparent: string | undefined
  readonly deadline: number | undefined
  readonly stepKey: string | undefined
  /** Key of the living diagram; set it as soon as it is known. */
  flow: string | undefined
  #seq = 0
  #collected: Omit<Interaction, 'flow'>[] = []
  #log: Logger | undefined
  #loggedFlow: string | undefined

  constructor(env: Environment, options: ContextOptions) {
    this.env = env
    this.service = options.service
    this.participant = options.participant
    this.caller = options.caller
    this.correlation = options.correlation ?? env.ids.uuid()
    this.cause = options.cause
    this.flow = options.flow
    this.traceparent = options.traceparent
    this.deadline = options.deadline
    this.stepKey = options.stepKey
  }

  /** The same participant at work for something else: a batch acts for each of its rows under what brought that row about. */
  for(origin: Origin): Context {
    const { env, service, participant, caller } = this
    return new Context(env, { service, participant, caller, ...origin })
  }

  /** Every line says where it belongs: to the request by `correlation`, to the business object by `flow` and its trace. */
  get log(): Logger {
    const { service, correlation, flow } = this
    if (this.#log === undefined || this.#loggedFlow !== flow) {
      const of = flow === undefined ? {} : { flow }
      const trace_id = traceIdOf(flow ?? correlation)
      this.#log = this.env.log.child({ service, correlation, trace_id, ...of })
      this.#loggedFlow = flow
    }
    return this.#log
  }

  now(): number {
    return this.env.clock.now()
  }

  /** The next place in this context's order. */
  tick(): number {
    this.#seq += 1
    return this.#seq
  }

  /** Notes an interaction and returns its id. It becomes part of the flow when the context ends. */
  note(interaction: NewInteraction): string {
    const id = interaction.id ?? this.env.ids.uuid()
    this.#collected.push({
      attempt: 1,
      at: this.now(),
      ...(this.cause === undefined ? {} : { parent: this.cause }),
      ...interaction,
      id,
      seq: interaction.seq ?? this.tick(),
    })
    return id
  }

  /** Headers for an event that this context publishes. */
  headers(): EventHeaders {
    return {
      correlation: this.correlation,
      seq: this.tick(),
      ...(this.flow === undefined ? {} : { flow: this.flow }),
      ...(this.cause === undefined ? {} : { causation: this.cause }),
      ...(this.caller.kind === 'user' ? { actor: this.caller.id } : {}),
      ...(this.traceparent === undefined ? {} : { traceparent: this.traceparent }),
    }
  }

  /** Hands the collected interactions over. Without a flow key no diagram could find them. Repeatable. */
  end(): void {
    const { flow } = this
    const collected = this.#collected
    this.#collected = []
    if (collected.length === 0) return
    const { recorder } = this.env
    if (flow !== undefined)
      recorder.record(collected.map((interaction) => ({ ...interaction, flow })))
    else if (recorder.unclaimed !== undefined)
      recorder.unclaimed(collected.map((one) => ({ ...one, flow: this.correlation })))
  }
}
