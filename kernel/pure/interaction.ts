// One arrow of a living diagram: what one participant said to another, or did by itself, in one flow.

export type InteractionKind = 'call' | 'reply' | 'publish' | 'consume' | 'step'

export interface Interaction {
  /** Unique id. Of a publish: the event's id. */
  readonly id: string
  /** Id of the interaction that caused this one; of a reply, its call. */
  readonly parent?: string
  /** Key of the business object, such as an order id. */
  readonly flow: string
  /** Participants by their names in `flows/`, such as `OrderSvc`. */
  readonly from: string
  readonly to: string
  readonly kind: InteractionKind
  /** Call and reply: `POST /orders/initiate` or `rpc GetProductPrice`. Publish, consume: event type. Step: `order:completed`. */
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Order inside one context (one request or one handled event), where the clock is too coarse. */
  readonly seq: number
  /** HTTP status as text, a state, or `ok`. */
  readonly outcome: string
  /** 1 for the first try. */
  readonly attempt: number
  /** Masked excerpt, for people. */
  readonly payload?: Readonly<Record<string, unknown>>
}
