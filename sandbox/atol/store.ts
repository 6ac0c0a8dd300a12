// The register's books: documents and the callbacks about them; kept in the journal, if there is one, so that a document and
// its callback exist together or not at all.

import { type Journal, openJournal } from '../engine/journal.ts'

export type JsonObject = Readonly<Record<string, unknown>>
export type Operation = 'sell' | 'sell_refund'

/** What the register wrote into its fiscal storage. */
export interface FiscalRecord {
  readonly fnNumber: string
  readonly ecrRegistrationNumber: string
  readonly shiftNumber: number
  readonly receiptNumber: number
  readonly documentNumber: number
  readonly attribute: number
  readonly at: number
}

export interface DocumentRecord {
  readonly uuid: string
  readonly externalId: string
  readonly operation: Operation
  readonly createdAt: number
  /** When it is processed. */
  readonly dueAt: number
  readonly status: 'wait' | 'done' | 'fail'
  readonly totalMinor: number
  readonly receipt: JsonObject
  readonly callbackUrl?: string | undefined
  /** The code that processing will fail with; absent: it will be done. */
  readonly failsWith?: number | undefined
  readonly fiscal?: FiscalRecord | undefined
}

/** What changes about a callback while it is being delivered. */
export interface CallbackProgress {
  readonly id: string
  readonly state: 'pending' | 'delivered' | 'given_up' | 'lost'
  readonly attempts: number
  readonly dueAt: number
  /** HTTP status or network error of the last attempt. */
  readonly lastResult?: string | undefined
}

export interface CallbackRecord extends CallbackProgress {
  readonly uuid: string
  readonly createdAt: number
  readonly kind: 'true' | 'copy' | 'forged'
  readonly url?: string | undefined
  readonly body: JsonObject
}

export type Change =
  | readonly ['document', DocumentRecord]
  | readonly ['callback', CallbackRecord]
  | readonly ['progress', CallbackProgress]
  | readonly ['clock_offset', number]

export interface Books {
  readonly documents: Map<string, DocumentRecord>
  /** external_id → uuid: unique for ever. */
  readonly externalIds: Map<string, string>
  readonly callbacks: Map<string, CallbackRecord>
  /** Documents in the fiscal storage; the next gets the next number. */
  registered: number
  clockOffsetMs: number
}

export interface Store extends Journal<Change> {
  readonly books: Books
}

function apply(books: Books, change: Change): void {
  switch (change[0]) {
    case 'document':
      books.documents.set(change[1].uuid, change[1])
      books.externalIds.set(change[1].externalId, change[1].uuid)
      books.registered = Math.max(books.registered, change[1].fiscal?.documentNumber ?? 0)
      break
    case 'callback':
      books.callbacks.set(change[1].id, change[1])
      break
    case 'progress': {
      const callback = books.callbacks.get(change[1].id)
      if (callback !== undefined) books.callbacks.set(callback.id, { ...callback, ...change[1] })
      break
    }
    case 'clock_offset':
      books.clockOffsetMs = change[1]
      break
  }
}

/** Opens the books, from the journal if there is one. */
export function openStore(journal: string | undefined): Store {
  const books: Books = {
    documents: new Map(),
    externalIds: new Map(),
    callbacks: new Map(),
    registered: 0,
    clockOffsetMs: 0,
  }
  return { books, ...openJournal<Change>(journal, (change) => apply(books, change)) }
}
