// What a consumer group is, for every transport: the log in PostgreSQL, or Kafka. A transport decides who reads which partition
// and when; what happens to one record (inbox, handler, attempts, parking, dead letters) is the same.

import type pg from 'pg'
import type { Transaction } from '../db/transaction.ts'
import type { Envelope } from '../pure/envelope.ts'
import type { BusRecord } from './record.ts'

export interface RecordHandler {
  readonly onDeath: 'block' | 'skip'
  /** Events with which there is nothing to do are passed over like those of foreign types, without a transaction. */
  readonly when?: (event: Envelope) => boolean
  /** Gathers what other services know, outside the transaction. */
  readonly prepare?: (event: Envelope, attempt: number) => Promise<unknown>
  /** Handles inside the transaction; answers the events to append in the same commit. Must not commit. */
  readonly handle: (
    tx: Transaction,
    event: Envelope,
    prepared: unknown,
    attempt: number,
  ) => Promise<readonly Envelope[]>
}

export interface Consumer {
  readonly group: string
  readonly pool: pg.Pool
  readonly topics: readonly string[]
  /** By event type. Types without a handler are passed over. */
  readonly handlers: ReadonlyMap<string, RecordHandler>
  /** Instead of `handlers`: all events of one read in one transaction. */
  readonly batch?: {
    readonly types: ReadonlySet<string> | 'all'
    /** Events with which there is nothing to do are passed over like those of foreign types, without a transaction. */
    readonly when?: (event: Envelope) => boolean
    /** `skip` unless said. */
    readonly onDeath?: 'block' | 'skip'
    /** Gathers what other services know, outside the transaction. May see events that turn out to be repeats. */
    readonly prepare?: (events: readonly Envelope[]) => Promise<unknown>
    readonly handle: (
      tx: Transaction,
      events: readonly Envelope[],
      prepared: unknown,
    ) => Promise<readonly Envelope[]>
  }
  /**
   * Instead of `handlers`: hands records on elsewhere, in order and outside any transaction. The cursor follows when it has
   * resolved, so what it does must bear being done again. A failure is an outage: the same records come again after a pause.
   */
  readonly forward?: (records: readonly BusRecord[]) => Promise<void>
  /** Told why events were not handled, for the log; what becomes of them is decided elsewhere. */
  readonly onFailed?: (events: readonly Envelope[], error: unknown) => void
  /** How long a wake-up waits for more to come; only for groups that nobody waits for. None unless said. */
  readonly lingerMs?: number
}

/** Something that delivers a topic's records to consumer groups. */
export interface Transport {
  /** Starts delivering to this group. Resolves when nothing can be missed any more; what carries the events may still be away. */
  subscribe(consumer: Consumer): Promise<void>
  /** Stops taking new records, finishes those at hand, gives its partitions back. */
  stop(): Promise<void>
}
