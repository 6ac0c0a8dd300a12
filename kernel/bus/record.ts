// A record: an event with its place in the log.

import type { Envelope, EventHeaders } from '../pure/envelope.ts'
import { isoInstant } from '../pure/time.ts'

export interface Place {
  readonly topic: number
  readonly part: number
  readonly off: bigint
}

export interface BusRecord extends Place {
  readonly event: Envelope
}

/** Columns that `recordOf` reads, in this order, of `bus.log l` or `bus.parked l`. */
export const RECORD_COLUMNS =
  'l.topic, l.part, l.off, l.event_id, l.key, l.type, l.version, l.source, l.occurred_at, l.headers, l.data'

export interface RecordRow {
  readonly topic: number
  readonly part: number
  readonly off: bigint
  readonly event_id: string
  readonly key: string
  readonly type: string
  readonly version: number
  readonly source: string
  readonly occurred_at: number
  readonly headers: EventHeaders
  readonly data: unknown
}

export const recordOf = (row: RecordRow, topicName: string): BusRecord => ({
  topic: row.topic,
  part: row.part,
  off: row.off,
  event: {
    id: row.event_id,
    type: row.type,
    version: row.version,
    source: row.source,
    topic: topicName,
    key: row.key,
    time: isoInstant(row.occurred_at),
    data: row.data,
    headers: row.headers,
  },
})
