// What the checker answers, to be read by tests, by the console and by a metric.

export type DeviationType =
  | 'missing'
  | 'extra'
  | 'wrong_order'
  | 'wrong_branch'
  | 'wrong_count'
  | 'late'
  | 'forbidden'
  | 'wrong_payload'
  | 'not_judged'

export interface Deviation {
  readonly type: DeviationType
  /** Message of the diagram. */
  readonly message?: string
  /** Recorded interaction. */
  readonly interaction?: string
  /** For people. */
  readonly text: string
}

export interface Verdict {
  readonly diagram: string
  readonly verdict: 'conforms' | 'running' | 'deviates' | 'inconclusive'
  /** Required messages of the branches taken, and how many of them were seen. */
  readonly required: number
  readonly seen: number
  readonly deviations: readonly Deviation[]
  /** Message id → ids of the interactions it stands for, folded repeats included. */
  readonly matched: Readonly<Record<string, readonly string[]>>
  /** Ids of interactions that other documents add to this flow. */
  readonly extras: readonly string[]
  /** Branch taken by each alternative (and iteration, from 1, inside a loop), where it is known. */
  readonly branches: Readonly<Record<string, string>>
  /** Required messages still to be seen. */
  readonly waiting: readonly string[]
  /** Checklist ids shown; only a conforming run shows any. */
  readonly items: readonly string[]
}

export interface CheckOptions {
  /** Nothing more will arrive: the flow has ended and the services are idle. */
  readonly quiet: boolean
  /** Interactions may have been lost (sampling, the observer was down), so absence proves nothing. */
  readonly lossy?: boolean
}
