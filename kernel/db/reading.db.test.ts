import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Unavailable } from '../pure/failure.ts'
import { testDatabase } from '../testing/database.ts'
import { inReading } from './reading.ts'
import { sql } from './sql.ts'

const backend = sql<{ pid: number }>`select pg_backend_pid() as pid`

test('reading – a statement that writes – is refused, and the others are answered', async (t) => {
  const { pool } = await testDatabase(t)
  const [refused, answered] = await Promise.allSettled([
    inReading(pool, (tx) => tx.run(sql`create table gone (id int)`)),
    inReading(pool, (tx) => tx.one(sql<{ n: number }>`select 1 as n`)),
  ])
  assert.equal(refused.status === 'rejected' && refused.reason.code, '25006')
  assert.deepEqual(answered.status === 'fulfilled' && answered.value, { n: 1 })
})

test('reading – many at once – share the few connections, and each gets its own answer', async (t) => {
  const { pool } = await testDatabase(t)
  const ask = (n: number) =>
    inReading(pool, (tx) =>
      tx.one(sql<{ n: number; pid: number }>`select ${n}::int as n, pg_backend_pid() as pid`),
    )
  const all = await Promise.all(Array.from({ length: 50 }, (_, n) => ask(n)))
  assert.deepEqual(
    all.map(({ n }) => n),
    [...all.keys()],
  )
  // One, unless the machine stood still for 20 ms meanwhile.
  const used = new Set(all.map(({ pid }) => pid)).size
  assert.equal(pool.reading.totalCount, used)
  assert.equal(pool.reading.idleCount, used, 'given back after the last answer')
})

test('reading – one that takes long – whoever asks later does not wait for it', async (t) => {
  const { pool } = await testDatabase(t)
  const holder = await pool.connect()
  let isOver = false
  try {
    await holder.query('select pg_advisory_lock(1)')
    const long = sql`with patient as materialized (select set_config('lock_timeout', '60s', true))
      select pg_advisory_xact_lock(1) from patient`
    const slow = inReading(pool, (tx) => tx.run(long)).finally(() => {
      isOver = true
    })
    const waiting = `select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'
        and query_start < clock_timestamp() - interval '0.1 s'`
    while ((await holder.query(waiting)).rowCount === 0) assert.equal(isOver, false)
    await inReading(pool, (tx) => tx.one(backend))
    assert.equal(isOver, false)
    await holder.query('select pg_advisory_unlock(1)')
    await slow
  } finally {
    holder.release()
  }
})

test('reading – the connection dies under it – is unavailable, and the next one is answered', async (t) => {
  const { pool } = await testDatabase(t)
  const { pid } = await inReading(pool, (tx) => tx.one(backend))
  const held = inReading(pool, (tx) => tx.run(sql`select pg_sleep(20)`))
  await Promise.all([
    assert.rejects(held, Unavailable),
    pool.query('select pg_terminate_backend($1)', [pid]),
  ])
  const next = await inReading(pool, (tx) => tx.one(backend))
  assert.notEqual(next.pid, pid)
})
