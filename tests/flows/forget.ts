// Takes a message out of a run's record, as if it had never been recorded.

import type { TestDatabase } from '@rialto/kernel/testing/database.ts'

export async function forget(
  pool: TestDatabase['pool'],
  flow: string,
  name: string,
): Promise<void> {
  await pool.query(
    `update observer.records r set interactions =
       (select coalesce(json_agg(i), '[]') from json_array_elements(r.interactions) i where i->>'name' <> $2)
      where flow = $1`,
    [flow, name],
  )
}
