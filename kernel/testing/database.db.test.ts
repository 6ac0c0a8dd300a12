import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from './database.ts'

test('testDatabase – two of one template – share nothing', async (t) => {
  const [a, b] = await Promise.all([testDatabase(t), testDatabase(t)])
  await a.pool.query('create table mine (id int)')
  const { rows } = await b.pool.query(`select to_regclass('public.mine') as mine`)
  assert.deepEqual(rows, [{ mine: null }])
})

test('testDatabase – with services – has their schemas, and a pool acts under its service’s role', async (t) => {
  const db = await testDatabase(t, { services: [{ name: 'probe' }] })
  const { rows } = await db.poolFor('probe').query('select current_user as me')
  assert.deepEqual(rows, [{ me: 'rialto_probe' }])
  await db.poolFor('probe').query('create table probe.things (id int)')
  assert.equal(db.poolFor('probe'), db.poolFor('probe'))
})

test('testDatabase – closed twice – is dropped once', async (t) => {
  const db = await testDatabase(t)
  const other = await testDatabase(t)
  const name = new URL(db.url).pathname.slice(1)
  const count = () => other.pool.query('select from pg_database where datname = $1', [name])
  assert.equal((await count()).rowCount, 1)
  await db.close()
  await db.close()
  assert.equal((await count()).rowCount, 0)
})

test('testDatabase – a connection not given back – is an error, and the database is dropped all the same', async (t) => {
  const other = await testDatabase(t)
  const db = await testDatabase(undefined, { closeTimeoutMs: 1_000 })
  const name = new URL(db.url).pathname.slice(1)
  const kept = await db.pool.connect()
  await assert.rejects(db.close(), /still checked out/)
  kept.release(true)
  const left = await other.pool.query('select from pg_database where datname = $1', [name])
  assert.equal(left.rowCount, 0)
})
