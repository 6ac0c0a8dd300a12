// One transaction, committed only here. BEGIN travels with the first statement; the statements of `last` and COMMIT travel
// together, so that locks taken at the end are not held across a round trip. A failed statement turns COMMIT into ROLLBACK,
// which the command tag shows; a connection lost during COMMIT leaves the outcome unknown and is said to be so.

import type { Socket } from 'node:net'
import type pg from 'pg'
import { Unavailable } from '../pure/failure.ts'
import { failpoint } from '../testing/failpoint.ts'
import { isAborted, isConflict, isUnavailable } from './errors.ts'
import { statement as asQuery } from './query.ts'
import type { Sql } from './sql.ts'

const CONFLICT_RETRIES = 3

/** The open transaction as features, handlers and stores see it. Nothing here commits. */
export interface Transaction {
  many<Row>(statement: Sql<Row>): Promise<Row[]>
  /** Exactly one row; throws otherwise. */
  one<Row>(statement: Sql<Row>): Promise<Row>
  maybe<Row>(statement: Sql<Row>): Promise<Row | undefined>
  /** Number of rows affected. */
  run(statement: Sql): Promise<number>
  /** Sends without waiting. A failure surfaces at commit and rolls everything back. */
  write(statement: Sql): void
  /** Runs after COMMIT was confirmed, synchronously and in order; never after a rollback. */
  onCommit(effect: () => void): void
}

export interface TransactionOptions {
  /** Statements sent with COMMIT, in order: the log append comes last. Called once the work is done. */
  readonly last?: () => readonly Sql[]
  readonly readOnly?: boolean
}

/** A transaction as business code sees it, whichever way its statements travel. */
export abstract class Statements implements Transaction {
  readonly written: Promise<unknown>[] = []
  readonly effects: (() => void)[] = []

  abstract send<Row>(statement: Sql<Row>): Promise<pg.QueryResult>

  async many<Row>(statement: Sql<Row>): Promise<Row[]> {
    return (await this.send(statement)).rows as Row[]
  }

  async maybe<Row>(statement: Sql<Row>): Promise<Row | undefined> {
    const rows = await this.many(statement)
    if (rows.length > 1)
      throw new Error(`expected at most one row, got ${rows.length}: ${statement.text}`)
    return rows[0]
  }

  async one<Row>(statement: Sql<Row>): Promise<Row> {
    const row = await this.maybe(statement)
    if (row === undefined) throw new Error(`expected one row, got none: ${statement.text}`)
    return row
  }

  async run(statement: Sql): Promise<number> {
    return (await this.send(statement)).rowCount ?? 0
  }

  write(statement: Sql): void {
    this.written.push(this.send(statement))
  }

  onCommit(effect: () => void): void {
    this.effects.push(effect)
  }
}

class OpenTransaction extends Statements {
  readonly #client: pg.PoolClient
  /** The first statement that failed, whoever waited for it: every later one only says that the transaction is aborted. */
  failed: unknown

  constructor(client: pg.PoolClient) {
    super()
    this.#client = client
  }

  send<Row>(statement: Sql<Row>): Promise<pg.QueryResult> {
    inOneFlight(this.#client)
    const sent = this.#client.query(asQuery(statement))
    const { heard } = statement
    sent.then(
      (result) => heard?.(result.rows as Row[]),
      (error: unknown) => {
        this.failed ??= error
      },
    )
    return sent
  }
}

/** Waits for all, then throws the first failure in the order of sending. */
export async function settle(sent: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(sent)
  const failed = results.find((r) => r.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** "Current transaction is aborted" hides the reason; this puts the reason in its place. */
function causeOf(error: unknown, tx: OpenTransaction): unknown {
  if (tx.failed === undefined || tx.failed === error) return error
  return isAborted(error) ? tx.failed : error
}

/** The rows are committed: an effect that fails is a bug to be seen, but must not look like a rollback to the caller. */
export function runEffects(effects: readonly (() => void)[]): void {
  for (const effect of effects) {
    try {
      effect()
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
    }
  }
}

/**
 * Holds back what is sent in this tick, so that it leaves in one packet: 10 % less CPU a transaction when batches are small,
 * because a write to the socket costs more than what is in it.
 */
export function inOneFlight(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}

async function attempt<T>(
  pool: pg.Pool,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  let committing = false
  const tx = new OpenTransaction(client)
  try {
    inOneFlight(client)
    const begun = client.query(options.readOnly ? 'begin read only' : 'begin')
    begun.catch(() => undefined)
    const result = await work(tx)
    await failpoint('tx.before_append')
    committing = true
    inOneFlight(client)
    const last = options.last?.() ?? []
    for (const statement of last) tx.write(statement)
    const committed = client.query('commit')
    committed.catch(() => undefined)
    await failpoint('tx.commit_sent')
    await settle([begun, ...tx.written, committed])
    if ((await committed).command !== 'COMMIT')
      throw new Error('transaction rolled back at COMMIT', { cause: tx.failed })
    await failpoint('tx.committed')
    runEffects(tx.effects)
    return result
  } catch (thrown) {
    const error = causeOf(thrown, tx)
    if (isUnavailable(error)) {
      broken = error instanceof Error ? error : new Error(String(error))
      throw new Unavailable(
        committing
          ? 'the database was lost during COMMIT; the outcome is unknown'
          : 'the database is not reachable',
        { cause: error, outcome: committing ? 'unknown' : 'nothing' },
      )
    }
    await client.query('rollback').catch((e: Error) => {
      broken = e
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/**
 * Runs `work` in one transaction. Deadlocks and serialization failures run it again, up to three times: `work` must have no
 * effect but through `tx`. Throws `Unavailable` when the database is lost, and whatever `work` throws, rolled back.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(pool, work, options)
    } catch (error) {
      if (isUnavailable(error) && !(error instanceof Unavailable))
        throw new Unavailable('the database is not reachable', { cause: error })
      if (!isConflict(error) || tries > CONFLICT_RETRIES) throw error
    }
  }
}
