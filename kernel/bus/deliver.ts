// What happens to one record, whatever transport brought it: handler, effects, inbox and the events it causes are one
// transaction; how that transaction settles the record's place is the transport's business. Nothing here decides order.

import { isLockTimeout, isUnavailable } from '../db/errors.ts'
import type { Sql } from '../db/sql.ts'
import { inTransaction, type Transaction } from '../db/transaction.ts'
import type { Envelope } from '../pure/envelope.ts'
import { isOutage, Retryable, Terminal } from '../pure/failure.ts'
import { Problem } from '../pure/problem.ts'
import { failpoint } from '../testing/failpoint.ts'
import type { Consumer } from './consumer.ts'

export const MAX_TRIES = 4
const BACKOFF_MS = [1_000, 5_000, 25_000]

export interface Failure {
  readonly code: string
  readonly message: string
  /** Goes to the dead letters at once. */
  readonly terminal: boolean
  readonly afterMs?: number
}

export type Delivery =
  | { readonly kind: 'done'; readonly events: readonly Envelope[] }
  /** The inbox has it already: effects happened before. */
  | { readonly kind: 'repeat' }
  /** Another member owns the partition now; nothing was written. */
  | { readonly kind: 'fenced' }
  /** Something we depend on is down: pause, spend no attempt. */
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'failed'; readonly failure: Failure }

interface DatabaseError {
  code?: string
  schema?: string
  table?: string
}

const isRepeat = (e: DatabaseError): boolean =>
  (e.code === '23505' && e.schema === 'bus' && (e.table ?? '').startsWith('inbox')) ||
  e.code === 'RB002'

/** The kind of an error decides its treatment; an unknown one is retried, because it may pass. */
export function classify(error: unknown): Delivery {
  const shaped = (typeof error === 'object' && error !== null ? error : {}) as DatabaseError
  if (shaped.code === 'RB001') return { kind: 'fenced' }
  if (isRepeat(shaped)) return { kind: 'repeat' }
  const message = error instanceof Error ? error.message : String(error)
  if (isOutage(error) || isUnavailable(error)) return { kind: 'unavailable', message }
  // Somebody else is at the same rows, perhaps a reader that was frozen with its transaction open: that is no try of this event.
  if (isLockTimeout(error)) return { kind: 'unavailable', message }
  if (error instanceof Terminal)
    return { kind: 'failed', failure: { code: error.code, message, terminal: true } }
  if (error instanceof Problem)
    return { kind: 'failed', failure: { code: error.kind.code, message, terminal: false } }
  if (error instanceof Retryable) {
    const { afterMs, code = 'bus.handler_failed' } = error
    const after = afterMs === undefined ? {} : { afterMs }
    return { kind: 'failed', failure: { code, message, terminal: false, ...after } }
  }
  const code = shaped.code === undefined ? 'bus.handler_failed' : `sql.${shaped.code}`
  return { kind: 'failed', failure: { code, message, terminal: false } }
}

/** Wait before the next try, after `tries` of them: 1 s, 5 s, 25 s, each ± 20 % by `spread` in 0..1. */
export function backoffMs(
  tries: number,
  spread: number,
  delaysMs: readonly number[] = BACKOFF_MS,
): number {
  const base = delaysMs[Math.min(tries, delaysMs.length) - 1] as number
  return Math.round(base * (0.8 + 0.4 * spread))
}

/** What an error means; one of the handler's own is told. */
function failedBy(consumer: Consumer, events: readonly Envelope[], error: unknown): Delivery {
  const delivery = classify(error)
  if (delivery.kind === 'failed') consumer.onFailed?.(events, error)
  return delivery
}

/** Handles one record. `settle` gives the statements that end the transaction: inbox, place, append. */
export async function deliver(
  consumer: Consumer,
  { event, attempt }: { readonly event: Envelope; readonly attempt: number },
  settle: (events: readonly Envelope[]) => readonly Sql[],
): Promise<Delivery> {
  try {
    const handler = consumer.handlers.get(event.type)
    if (handler === undefined)
      throw new Terminal('bus.no_handler', `${consumer.group} has no handler for ${event.type}`)
    await failpoint('consume.handler_start')
    const prepared = await handler.prepare?.(event, attempt)
    let events: readonly Envelope[] = []
    await inTransaction(
      consumer.pool,
      async (tx) => {
        events = await handler.handle(tx, event, prepared, attempt)
        await failpoint('consume.before_commit')
      },
      { last: () => settle(events) },
    )
    await failpoint('consume.committed')
    return { kind: 'done', events }
  } catch (error) {
    return failedBy(consumer, [event], error)
  }
}

export interface BatchSettlement {
  /** Writes the inbox and says which of the events are new. */
  readonly fresh: (tx: Transaction) => Promise<ReadonlySet<string>>
  readonly settle: (events: readonly Envelope[]) => readonly Sql[]
}

/** Handles many records of one partition in one transaction. */
export async function deliverBatch(
  consumer: Consumer,
  all: readonly Envelope[],
  { fresh, settle }: BatchSettlement,
): Promise<Delivery> {
  const { batch } = consumer
  if (batch === undefined) throw new Error(`${consumer.group} is no batch consumer`)
  try {
    await failpoint('consume.handler_start')
    const prepared = await batch.prepare?.(all)
    let events: readonly Envelope[] = []
    await inTransaction(
      consumer.pool,
      async (tx) => {
        // An event may stand in one batch twice, published again by who did not know of its success: the first counts.
        const left = new Set(await fresh(tx))
        const news = all.filter((event) => left.delete(event.id))
        events = news.length === 0 ? [] : await batch.handle(tx, news, prepared)
        await failpoint('consume.before_commit')
      },
      { last: () => settle(events) },
    )
    await failpoint('consume.committed')
    return { kind: 'done', events }
  } catch (error) {
    return failedBy(consumer, all, error)
  }
}
