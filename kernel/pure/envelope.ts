// What travels on the bus: a CloudEvents 1.0 event as an in-memory value. Immutable facts, never an entity.

/** Headers that tie an event to the request or event that caused it. */
export interface EventHeaders {
  /** Key of the business object whose living diagram this belongs to, such as an order id. */
  readonly flow?: string
  /** Id shared by everything that one outside request set off. */
  readonly correlation: string
  /** Id of the interaction or event that caused this one. */
  readonly causation?: string
  /** The person in whose request it was published; absent where a service acted by itself. */
  readonly actor?: string
  /** Place in the order of the context that published it, where the clock is too coarse. */
  readonly seq?: number
  /** W3C trace context. */
  readonly traceparent?: string
}

export interface Envelope<Data = unknown> {
  /** UUIDv7; unique for ever. */
  readonly id: string
  /** Event name of the specification, such as `order.created`. */
  readonly type: string
  /** Schema version; additive change keeps it. */
  readonly version: number
  /** Publishing service. */
  readonly source: string
  readonly topic: string
  /** Partition key: the aggregate's id (CloudEvents `subject`). */
  readonly key: string
  /** ISO 8601 instant at which the fact became true. */
  readonly time: string
  readonly data: Data
  readonly headers: EventHeaders
}
