// Reads. They travel bare, without BEGIN and COMMIT: at READ COMMITTED every statement has a snapshot of its own anyway, and
// PostgreSQL refuses to write on these connections, because their sessions are read-only. All readers of a service share a
// connection, and what is asked in one tick leaves in one packet: a read cost three statements and a connection of its own.
// Answers come in the order of asking, so whoever finds the first connection held up by a slow statement asks on the next one.
// A crash loses nothing: there is nothing to lose.

import type pg from 'pg'
import { Unavailable } from '../pure/failure.ts'
import { isUnavailable } from './errors.ts'
import type { ServicePool } from './pool.ts'
import { statement as asQuery } from './query.ts'
import type { Sql } from './sql.ts'
import { inOneFlight, runEffects, Statements, settle, type Transaction } from './transaction.ts'

/** A connection that has owed an answer for longer than this is not asked anything else while there is another. */
const SLOW_MS = 20

/** One connection, held while it owes answers. */
class Line {
  readonly #pool: pg.Pool
  readonly #sentAt: number[] = []
  #client: Promise<pg.PoolClient> | undefined

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  get owed(): number {
    return this.#sentAt.length
  }

  isFree(now: number): boolean {
    const oldest = this.#sentAt[0]
    return oldest === undefined || now - oldest < SLOW_MS
  }

  async ask(statement: Sql, now: number): Promise<pg.QueryResult> {
    this.#sentAt.push(now)
    this.#client ??= this.#pool.connect()
    const held = this.#client
    let broken: Error | undefined
    try {
      const client = await held
      inOneFlight(client)
      return await client.query(asQuery(statement))
    } catch (error) {
      if (isUnavailable(error)) broken = error as Error
      throw error
    } finally {
      this.#sentAt.shift()
      this.#answered(held, broken)
    }
  }

  /** Gives the connection back with its last answer, and at once when it is broken: what it owes will fail by itself. */
  #answered(held: Promise<pg.PoolClient>, broken: Error | undefined): void {
    if (this.#client !== held || (broken === undefined && this.owed > 0)) return
    this.#client = undefined
    held.then(
      (client) => client.release(broken),
      () => undefined,
    )
  }
}

const linesOf = new WeakMap<pg.Pool, readonly Line[]>()

function lineOf(pool: pg.Pool, now: number): Line {
  let lines = linesOf.get(pool)
  if (lines === undefined) {
    lines = Array.from({ length: pool.options.max ?? 1 }, () => new Line(pool))
    linesOf.set(pool, lines)
  }
  const least = (a: Line, b: Line): Line => (b.owed < a.owed ? b : a)
  return lines.find((line) => line.isFree(now)) ?? lines.reduce(least)
}

class Reading extends Statements {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    super()
    this.#pool = pool
  }

  send<Row>(statement: Sql<Row>): Promise<pg.QueryResult> {
    const now = performance.now()
    const answer = lineOf(this.#pool, now).ask(statement, now)
    answer.catch(() => undefined)
    return answer
  }
}

/** Runs reads. Throws `Unavailable` when the database is lost, and whatever `work` throws. */
export async function inReading<T>(
  { reading }: ServicePool,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const tx = new Reading(reading)
  try {
    const result = await work(tx)
    await settle(tx.written)
    runEffects(tx.effects)
    return result
  } catch (error) {
    if (isUnavailable(error) && !(error instanceof Unavailable))
      throw new Unavailable('the database is not reachable', { cause: error })
    throw error
  }
}
