// Reads. What is asked in one tick travels as one transaction in one flight: BEGIN READ ONLY, the statements, COMMIT. At READ
// COMMITTED every statement has a snapshot of its own anyway, so keeping the transaction open from one await to the next held a
// connection and cost a second flight, and gave nothing. PostgreSQL still refuses to write. A crash loses nothing: there is
// nothing to lose.

import type pg from 'pg'
import { Unavailable } from '../pure/failure.ts'
import { isUnavailable } from './errors.ts'
import { statement as asQuery } from './query.ts'
import type { Sql } from './sql.ts'
import { inOneFlight, runEffects, Statements, settle, type Transaction } from './transaction.ts'

interface Asked {
  readonly statement: Sql
  readonly resolve: (result: pg.QueryResult) => void
  readonly reject: (error: unknown) => void
}

class Reading extends Statements {
  readonly #pool: pg.Pool
  #asked: Asked[] = []

  constructor(pool: pg.Pool) {
    super()
    this.#pool = pool
  }

  send<Row>(statement: Sql<Row>): Promise<pg.QueryResult> {
    if (this.#asked.length === 0) process.nextTick(() => void this.#fly())
    const answer = new Promise<pg.QueryResult>((resolve, reject) => {
      this.#asked.push({ statement, resolve, reject })
    })
    answer.catch(() => undefined)
    return answer
  }

  async #fly(): Promise<void> {
    const asked = this.#asked
    this.#asked = []
    let client: pg.PoolClient
    try {
      client = await this.#pool.connect()
    } catch (error) {
      for (const { reject } of asked) reject(error)
      return
    }
    inOneFlight(client)
    const begun = client.query('begin read only')
    const answers = asked.map(({ statement }) => client.query(asQuery(statement)))
    const ended = client.query('commit')
    const results = await Promise.allSettled([begun, ...answers, ended])
    const broken = results.find((r) => r.status === 'rejected' && isUnavailable(r.reason))
    client.release(broken === undefined ? undefined : (broken as PromiseRejectedResult).reason)
    asked.forEach(({ resolve, reject }, i) => {
      const result = results[i + 1] as PromiseSettledResult<pg.QueryResult>
      if (result.status === 'fulfilled') resolve(result.value)
      else reject(result.reason)
    })
  }
}

/** Runs reads. Throws `Unavailable` when the database is lost, and whatever `work` throws. */
export async function inReading<T>(
  pool: pg.Pool,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const tx = new Reading(pool)
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
