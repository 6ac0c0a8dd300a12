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
  assert.ok(used <= 3, `${used} connections`)
  assert.equal(pool.reading.totalCount, used)
  assert.equal(pool.reading.idleCount, used, 'given back after the last answer')
})

test('reading – one that takes long – whoever asks later does not wait for it', async (t) => {
  const { pool } = await testDatabase(t)
  const order: string[] = []
  const slow = inReading(pool, (tx) => tx.run(sql`select pg_sleep(1.5)`)).then(() =>
    order.push('slow'),
  )
  await pool.query('select pg_sleep(0.1)')
  await inReading(pool, (tx) => tx.one(backend)).then(() => order.push('quick'))
  await slow
  assert.deepEqual(order, ['quick', 'slow'])
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
