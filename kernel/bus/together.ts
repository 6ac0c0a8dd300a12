// Records of several partitions of one group in one transaction: a commit, a round trip and a flush for what arrived together,
// instead of one each. Measured over a paid order: 64 writing commits without it.
//
// Invariant: it is all or nothing. When anything stands in the way (a handler that fails, a partition that was lost, an event
// that the inbox has) nothing is kept, and every partition goes on by itself, where one event's failure is its own. Order
// within a partition is kept; a crash leaves the marks that were set before.

import pg from 'pg'
import { inTransaction } from '../db/transaction.ts'
import type { Envelope } from '../pure/envelope.ts'
import { failpoint } from '../testing/failpoint.ts'
import type { Consumer } from './consumer.ts'
import { classify, type Failure } from './deliver.ts'
import type { LogWriter } from './log.ts'
import type { BusRecord } from './record.ts'
import { finishTogetherSql, type Hold } from './store.ts'

/** What one partition brings. */
export interface Share {
  readonly hold: Hold
  /** Where its cursor stands. */
  readonly cursor: bigint
  readonly records: readonly BusRecord[]
}

export type Together =
  | { readonly kind: 'done'; readonly events: readonly Envelope[] }
  /** Nothing was kept: each partition by itself. `failed`: the event whose handler threw, which was its first try. */
  | { readonly kind: 'apart'; readonly failed?: Failed }
  | { readonly kind: 'unavailable' }

export interface Failed {
  readonly id: string
  readonly failure: Failure
}

type Act = (tx: Parameters<NonNullable<Consumer['batch']>['handle']>[0]) => Promise<Envelope[]>

/** Remembers whose own code it was that threw. An error of the database may have been caused by any event before it. */
class Blame {
  #found: { readonly id: string; readonly error: unknown } | undefined

  async on<T>({ id }: Envelope, work: () => Promise<T> | T): Promise<T> {
    try {
      return await work()
    } catch (error) {
      this.#found ??= { id, error }
      throw error
    }
  }

  failedIn(error: unknown): Failed | undefined {
    const found = this.#found
    if (found === undefined || found.error !== error || error instanceof pg.DatabaseError)
      return undefined
    const classified = classify(error)
    return classified.kind === 'failed' ? { id: found.id, failure: classified.failure } : undefined
  }
}

/** Asks first, for all at once; then answers what is to be done in the transaction. */
async function prepare(
  { batch, handlers }: Consumer,
  all: readonly Envelope[],
  blame: Blame,
): Promise<Act> {
  if (batch !== undefined) {
    const prepared = await batch.prepare?.(all)
    return async (tx) => [...(await batch.handle(tx, all, prepared))]
  }
  const works = await Promise.all(
    all.map(async (event) => {
      const handler = handlers.get(event.type)
      if (handler === undefined) throw new Error(`no handler for ${event.type}`)
      const prepared = await blame.on(event, () => handler.prepare?.(event, 1))
      return { event, handler, prepared }
    }),
  )
  return async (tx) => {
    const events: Envelope[] = []
    for (const { event, handler, prepared } of works)
      events.push(...(await blame.on(event, () => handler.handle(tx, event, prepared, 1))))
    return events
  }
}

export async function deliverTogether(
  consumer: Consumer,
  shares: readonly Share[],
  writer: LogWriter,
): Promise<Together> {
  const all = shares.flatMap((share) => share.records.map((record) => record.event))
  const blame = new Blame()
  try {
    await failpoint('consume.handler_start')
    const act = await prepare(consumer, all, blame)
    let events: readonly Envelope[] = []
    await inTransaction(
      consumer.pool,
      async (tx) => {
        events = await act(tx)
        await failpoint('consume.before_commit')
      },
      {
        last: () => {
          const lanes = shares.map(({ hold, cursor, records }) => ({
            ...hold,
            expected: cursor,
            next: (records.at(-1) as BusRecord).off,
          }))
          const append = writer.appendArgument(events)
          const done = { ids: all.map((event) => event.id), append }
          return [writer.noting(events, finishTogetherSql(consumer.group, lanes, done))]
        },
      },
    )
    await failpoint('consume.committed')
    return { kind: 'done', events }
  } catch (error) {
    if (classify(error).kind === 'unavailable') return { kind: 'unavailable' }
    const failed = blame.failedIn(error)
    if (failed === undefined) return { kind: 'apart' }
    consumer.onFailed?.(
      all.filter((event) => event.id === failed.id),
      error,
    )
    return { kind: 'apart', failed }
  }
}
