// What the judge needs of a log: a statement that appends an event before COMMIT, and readers that handle events in
// transactions. The product's log and the planted wrong ones all fit, so that all stand the same trial.

import type { openPool } from '@rialto/kernel/db/pool.ts'
import type { Sql } from '@rialto/kernel/db/sql.ts'
import type { Transaction } from '@rialto/kernel/db/transaction.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'

export type Pool = ReturnType<typeof openPool>

export const TOPIC = 'proof'
export const TYPE = 'proof.written'

/** Statements to be sent with COMMIT. */
export type Append = (event: Envelope) => readonly Sql[]

export interface Handled {
  readonly group: string
  readonly event: Envelope
  /** The only event of its transaction. */
  readonly alone: boolean
}

export interface ReaderStart {
  readonly url: string
  readonly pool: Pool
  /** Name of this reader process. */
  readonly worker: string
  readonly leaseMs: number
  /** The effect of one event. May throw, freeze or die, as the load wants it. */
  readonly handle: (tx: Transaction, handled: Handled) => Promise<void>
  /** Tells the parent process how a handling ended. */
  readonly onOutcome: (outcome: string) => void
}

export interface Reader {
  stop(): Promise<void>
}

export interface Design {
  readonly name: string
  /** Each is owed one effect of every event. */
  readonly groups: readonly string[]
  /** Run once in the fresh database, after the product's migrations: tables of its own, or a planted bug. */
  readonly plant?: string
  /** Query of (grp, event_id) that were put aside on purpose and in sight: parked or dead. */
  readonly asideQuery?: string
  openWriter(pool: Pool): Promise<Append>
  openReader(start: ReaderStart): Promise<Reader>
}
