// An event as a Kafka record: CloudEvents 1.0 in binary mode, so that any consumer of the field reads it without us. The place
// in the publisher's log travels along (rialtolog, rialtooffset): by it consumers know a repeat and a straggler.

import type { Envelope, EventHeaders } from '../../pure/envelope.ts'
import type { BusRecord } from '../record.ts'

export interface WireRecord {
  readonly key: Buffer
  readonly value: Buffer
  readonly headers: Map<Buffer, Buffer>
}

/** What a record on a topic of ours says, with its place in the log it comes from. */
export interface Arrived {
  readonly log: string
  readonly off: bigint
  readonly event: Envelope
}

/** Header names as bytes, made once: they are the same for each of thousands of records a second. */
const NAMES = new Map<string, Buffer>()
const nameOf = (name: string): Buffer => {
  let bytes = NAMES.get(name)
  if (bytes === undefined) {
    bytes = Buffer.from(name)
    NAMES.set(name, bytes)
  }
  return bytes
}

/** Pairs as Kafka's headers; those without a value are left out. */
export const headersOf = (
  pairs: Readonly<Record<string, string | number | bigint | null | undefined>>,
): Map<Buffer, Buffer> => {
  const headers = new Map<Buffer, Buffer>()
  for (const [name, value] of Object.entries(pairs))
    if (value !== undefined && value !== null) headers.set(nameOf(name), Buffer.from(String(value)))
  return headers
}

const eventPairs = ({ id, source, type, time, version, headers: h }: Envelope) => ({
  ce_specversion: '1.0',
  ce_id: id,
  ce_source: source,
  ce_type: type,
  ce_time: time,
  'content-type': 'application/json',
  ce_rialtoversion: version,
  ce_rialtocorrelation: h.correlation,
  ce_rialtoflow: h.flow,
  ce_rialtocausation: h.causation,
  ce_rialtoactor: h.actor,
  ce_rialtoseq: h.seq,
  ce_traceparent: h.traceparent,
})

/** The record that carries this event of that log. */
export const toWire = ({ event, off }: BusRecord, log: string): WireRecord => ({
  key: Buffer.from(event.key),
  value: Buffer.from(JSON.stringify(event.data)),
  headers: headersOf({ ...eventPairs(event), ce_rialtolog: log, ce_rialtooffset: off }),
})

/** The record that carries a dead letter: the event, and why it is there. */
export const deadToWire = (
  event: Envelope,
  why: Readonly<Record<string, string | number | bigint | null>>,
): WireRecord => ({
  key: Buffer.from(event.key),
  value: Buffer.from(JSON.stringify(event.data)),
  headers: headersOf({ ...eventPairs(event), ...why }),
})

export interface RawRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[]
}

/** Says what is wrong with a record that is not one of ours. */
export class Unreadable extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Unreadable'
  }
}

const optional = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: string })

function eventHeaders(pairs: ReadonlyMap<string, string>, needed: (name: string) => string) {
  const seq = pairs.get('ce_rialtoseq')
  const headers: EventHeaders = {
    correlation: needed('ce_rialtocorrelation'),
    ...optional('flow', pairs.get('ce_rialtoflow')),
    ...optional('causation', pairs.get('ce_rialtocausation')),
    ...optional('actor', pairs.get('ce_rialtoactor')),
    ...optional('traceparent', pairs.get('ce_traceparent')),
    ...(seq === undefined ? {} : { seq: Number(seq) }),
  }
  return headers
}

function dataOf(value: Buffer | null): unknown {
  if (value === null) throw new Unreadable('it has no value')
  try {
    return JSON.parse(value.toString())
  } catch {
    throw new Unreadable('its value is no JSON')
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Reads a record of `topic`. Throws `Unreadable` for one that no relay of ours wrote. */
export function fromWire(raw: RawRecord, topic: string): Arrived {
  const pairs = new Map<string, string>()
  for (const [name, value] of raw.headers)
    if (name !== null && value !== null) pairs.set(name.toString(), value.toString())
  const needed = (name: string): string => {
    const value = pairs.get(name)
    if (value === undefined) throw new Unreadable(`it has no header ${name}`)
    return value
  }
  const off = needed('ce_rialtooffset')
  if (!/^\d{1,18}$/.test(off)) throw new Unreadable(`ce_rialtooffset is no offset: ${off}`)
  const ids = { id: needed('ce_id'), log: needed('ce_rialtolog') }
  for (const id of Object.values(ids)) if (!UUID.test(id)) throw new Unreadable(`no UUID: ${id}`)
  if (raw.key === null) throw new Unreadable('it has no key')
  return {
    log: ids.log,
    off: BigInt(off),
    event: {
      id: ids.id,
      type: needed('ce_type'),
      version: Number(needed('ce_rialtoversion')),
      source: needed('ce_source'),
      topic,
      key: raw.key.toString(),
      time: needed('ce_time'),
      data: dataOf(raw.value),
      headers: eventHeaders(pairs, needed),
    },
  }
}
