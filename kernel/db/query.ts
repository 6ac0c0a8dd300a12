// One statement outside a transaction of ours: it commits by itself.

import type pg from 'pg'
import type { Sql } from './sql.ts'

/** A statement as the driver takes it. */
export const statement = ({ text, name, values }: Sql) => ({
  text,
  values: values as unknown[],
  ...(name ? { name } : {}),
})

/** Runs one statement on the pool and answers its rows. */
export async function openQuery<Row = unknown>(pool: pg.Pool, asked: Sql<Row>): Promise<Row[]> {
  return (await pool.query(statement(asked))).rows as Row[]
}
