// The one road to the book. Requests go through a batcher: while one batch is being written the next collects, so that any
// number of callers of one hot account share one row lock and one flush. Event handlers post inside their own transaction
// instead, with the same SQL function: their posting must be one commit with the inbox.

import { type Batcher, type BatchReport, batcher } from '@rialto/kernel/batch/batcher.ts'
import {
  isConflict,
  isLockTimeout,
  isUnavailable,
  isUniqueViolation,
} from '@rialto/kernel/db/errors.ts'
import { openQuery } from '@rialto/kernel/db/query.ts'
import type { Sql } from '@rialto/kernel/db/sql.ts'
import { inTransaction, type Transaction } from '@rialto/kernel/db/transaction.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import { flawOf, type Posted, type Posting } from '../domain/posting.ts'
import { postBatch, postStrictly } from '../store.ts'
import { type AccountIds, accountIds } from './accounts.ts'
import { decode, encode } from './encode.ts'

/** Two: one batch is on its way while another collects. More fight for the same rows (measured 0.6 to 0.9 of one). */
const LANES = 2
const MAX_ITEMS = 500

/** A posting, and the events that it makes true: appended in its commit, last. */
export interface Item {
  readonly posting: Posting
  readonly events?: (posted: Posted) => readonly Envelope[]
}

export interface Ledger {
  readonly accounts: AccountIds
  /** Posts with whatever else is being posted. A refusal is an outcome; a throw means that nothing is known to be posted. */
  post(item: Item): Promise<Posted>
  /** Posts in the caller's transaction, in order and without waiting; anything but `ok` fails it. */
  postIn(tx: Pick<Transaction, 'write'>, postings: readonly Posting[]): void
  drain(): Promise<void>
}

export interface LedgerOptions extends Pick<BuildInput, 'pool' | 'env'> {
  /** Statements that append events to the log; without them an item with events is refused. */
  readonly append?: (events: readonly Envelope[]) => readonly Sql[]
  readonly onBatch?: (report: BatchReport) => void
  readonly lanes?: number
  readonly maxItems?: number
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code
const STATEMENT_TIMEOUT = '57014'

/** Whether another batch used one of our keys at the same moment, or waited for us in a circle: the second run sees it. */
const isRace = (error: unknown): boolean => isUniqueViolation(error) || isConflict(error)

/** What has nothing to do with any single item must not be hunted for by halving the batch. */
function asShared(error: unknown): unknown {
  if (error instanceof Unavailable) return error
  if (isLockTimeout(error) || codeOf(error) === STATEMENT_TIMEOUT)
    return new Unavailable('the ledger is busy; nothing was posted', { cause: error })
  if (isUnavailable(error))
    return new Unavailable('the database was lost while posting', {
      cause: error,
      outcome: 'unknown',
    })
  return error
}

class Book implements Ledger {
  readonly accounts: AccountIds
  readonly #options: LedgerOptions
  readonly #batcher: Batcher<Item, Posted>

  constructor(options: LedgerOptions) {
    this.#options = options
    this.accounts = accountIds(options)
    this.#batcher = batcher({
      lanes: options.lanes ?? LANES,
      maxItems: options.maxItems ?? MAX_ITEMS,
      run: (items) => this.#run(items),
      ...(options.onBatch === undefined ? {} : { onBatch: options.onBatch }),
    })
  }

  post(item: Item): Promise<Posted> {
    const flaw = flawOf(item.posting)
    if (flaw !== undefined) return Promise.reject(new RangeError(flaw))
    if (item.events !== undefined && this.#options.append === undefined)
      return Promise.reject(new Error('this ledger was opened without a log for events'))
    return this.#batcher.submit(item)
  }

  postIn(tx: Pick<Transaction, 'write'>, postings: readonly Posting[]): void {
    for (const posting of postings) {
      const flaw = flawOf(posting)
      if (flaw !== undefined) throw new RangeError(flaw)
    }
    if (postings.length > 0) tx.write(postStrictly(encode(postings, this.#now())))
  }

  drain(): Promise<void> {
    return this.#batcher.drain()
  }

  #now(): string {
    return isoInstant(this.#options.env.clock.now())
  }

  async #run(items: readonly Item[]): Promise<readonly Posted[]> {
    try {
      return await this.#write(items).catch((error: unknown) => {
        if (isRace(error)) return this.#write(items)
        throw error
      })
    } catch (error) {
      throw asShared(error)
    }
  }

  /** Without events one statement is the whole transaction: no BEGIN, no COMMIT, one round trip. */
  async #write(items: readonly Item[]): Promise<Posted[]> {
    const postings = items.map((item) => item.posting)
    const statement = postBatch(encode(postings, this.#now()))
    const { pool, append } = this.#options
    if (append === undefined || items.every((item) => item.events === undefined)) {
      const [row] = await openQuery(pool, statement)
      if (row === undefined) throw new Error('wallets.post answered nothing')
      return decode(postings, row)
    }
    let events: Envelope[] = []
    return inTransaction(
      pool,
      async (tx) => {
        const all = decode(postings, await tx.one(statement))
        events = all.flatMap((posted, i) => items[i]?.events?.(posted) ?? [])
        return all
      },
      { last: () => (events.length === 0 ? [] : append(events)) },
    )
  }
}

export const openLedger = (options: LedgerOptions): Ledger => new Book(options)
