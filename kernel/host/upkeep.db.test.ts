import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../testing/database.ts'
import { purgeOldKeys } from './upkeep.ts'

test('upkeep – more old answers than a batch takes – all go in one run, a transaction a batch, within its bound', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query(
    `insert into kernel.idempotency (scope, key, route, request_hash, state, status, created_at)
     select 's', i, 'r', '', 'done', 200, clock_timestamp() - case when i > 35 then interval '71 h' else interval '73 h' end
       from generate_series(1, 40) i`,
  )
  const left = async (): Promise<number> =>
    (await pool.query('select from kernel.idempotency')).rowCount ?? 0
  await purgeOldKeys(pool, { batch: 10, batches: 2 })
  assert.equal(await left(), 20)
  await purgeOldKeys(pool, { batch: 10, batches: 300 })
  assert.equal(await left(), 5)
})
