// Which statements an order is made of, dearest first, for whoever looks for what to save. Times include waiting for locks.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from './set-up.ts'

interface Counted {
  readonly calls: bigint
  readonly ms: number
  readonly rows: bigint
  readonly text: string
}

export const forgetStatements = async ({ pool }: Bench): Promise<void> => {
  await pool.query('select pg_stat_statements_reset()')
}

export async function writeStatements(
  { pool }: Bench,
  folder: string,
  orders: number,
): Promise<void> {
  const { rows } = await pool.query<Counted>(
    `select calls, total_exec_time as ms, rows, regexp_replace(query, '\\s+', ' ', 'g') as text
       from pg_stat_statements where toplevel order by total_exec_time desc`,
  )
  const each = (value: number | bigint): string => (Number(value) / orders).toFixed(2).padStart(8)
  const lines = rows.map(
    ({ calls, ms, rows: count, text }) =>
      `${each(calls)} calls ${each(ms)} ms ${each(count)} rows  ${text.slice(0, 200)}`,
  )
  writeFileSync(join(folder, 'statements.txt'), `${lines.join('\n')}\n`)
}
