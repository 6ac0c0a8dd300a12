// One statement outside a transaction of ours: it commits by itself.

import type pg from 'pg'
import type { Sql } from './sql.ts'

/** Runs one statement on the pool and answers its rows. */
export async function openQuery<Row = unknown>(pool: pg.Pool, statement: Sql<Row>): Promise<Row[]> {
  const { text, name, values } = statement
  const result = await pool.query({ text, values: values as unknown[], ...(name ? { name } : {}) })
  return result.rows as Row[]
}
