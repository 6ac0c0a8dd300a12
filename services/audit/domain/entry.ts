// What one event leaves in the audit trail. Pure and from the event alone, so that a repetition or a replay leaves the same entry.

import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { masked } from './mask.ts'

export interface Entry {
  /** The event's own id. */
  readonly entryId: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly type: string
  readonly source: string
  readonly actorKind: 'person' | 'service'
  readonly actorId: string
  /** Key of the event: the thing that it happened to. */
  readonly subject: string
  readonly orderId: string | null
  readonly userId: string | null
  readonly flow: string | null
  readonly correlation: string
  readonly cause: string | null
  /** Personal data masked. */
  readonly details: Readonly<Record<string, unknown>>
}

const idIn = (data: unknown, name: string): string | null => {
  const value = (data as Record<string, unknown> | null)?.[name]
  return typeof value === 'string' ? value : null
}

export function entryOf({ id, type, source, key, time, data, headers }: Envelope): Entry {
  const { actor, flow, correlation, causation } = headers
  return {
    entryId: id,
    at: Date.parse(time),
    type,
    source,
    actorKind: actor === undefined ? 'service' : 'person',
    actorId: actor ?? source,
    subject: key,
    orderId: idIn(data, 'order_id'),
    userId: idIn(data, 'user_id'),
    flow: flow ?? null,
    correlation,
    cause: causation ?? null,
    details: masked(data),
  }
}
