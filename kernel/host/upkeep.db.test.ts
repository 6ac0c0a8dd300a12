import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '../db/sql.ts'
import { inTransaction } from '../db/transaction.ts'
import { purgeKeys } from '../service/idempotency.ts'
import { testDatabase } from '../testing/database.ts'
import { purgeOldInbox, purgeOldKeys } from './upkeep.ts'

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

test('upkeep – old answers where the space of forgotten ones was used again – found without reading the others', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query(
    `insert into kernel.idempotency (scope, key, route, request_hash, state, status, created_at)
     select 's', i, 'r', '', 'done', 200, clock_timestamp() - case when i % 2000 = 0 then interval '73 h' else interval '1 h' end
       from generate_series(1, 20000) i`,
  )
  await pool.query('analyze kernel.idempotency')
  const { gone, read } = await inTransaction(pool, async (tx) => ({
    gone: await purgeKeys(tx, 72, 100),
    read: await tx.one(sql<{ rows: bigint }>`
      select seq_tup_read + idx_tup_fetch as rows from pg_stat_xact_user_tables where relid = 'kernel.idempotency'::regclass`),
  }))
  assert.equal(gone, 10)
  assert.ok(read.rows < 100n, `${read.rows} rows read`)
})

test('upkeep – what the inbox’s default partition has of events that are not sent again – goes in batches; what was handled again lately stays', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query(
    `insert into bus.inbox (consumer, event_id, handled_at)
     select handled::text || age || i, bus.uuid_at(clock_timestamp() - age), clock_timestamp() - handled
       from (values (interval '50 d', interval '32 d'), ('50 d', '30 d'), ('-50 d', '32 d')) x(age, handled), generate_series(1, 25) i`,
  )
  const left = async (): Promise<number[]> => {
    const { rows } = await pool.query(
      `select count(*)::int as n from bus.inbox_other
        group by event_id < bus.uuid_at(clock_timestamp()), handled_at < clock_timestamp() - interval '31 d' order by n`,
    )
    return rows.map(({ n }) => n)
  }
  await purgeOldInbox(pool, { batch: 10, batches: 2 })
  assert.deepEqual(await left(), [5, 25, 25])
  await purgeOldInbox(pool)
  assert.deepEqual(await left(), [25, 25])
})
