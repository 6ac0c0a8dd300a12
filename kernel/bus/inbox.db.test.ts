// The days of the inbox: made ahead of what is handled, dropped when nothing of them is sent again, and neither of them waited for.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { rawSql } from '../db/sql.ts'
import { inTransaction } from '../db/transaction.ts'
import { countIs, effects, eventually } from './testing/consumers.ts'
import { newEvent, openLogHarness } from './testing/harness.ts'

const TODAY = `(now() at time zone 'UTC')::date`

async function dropInboxDays(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query(`select relname from pg_class where relname ~ '^inbox_\\d{8}$'`)
  for (const { relname } of rows) await pool.query(`drop table bus.${relname}`)
}

/** From yesterday on those that have no partition of the inbox. */
const missingDays = ({ until }: { until: number }): string => `
  select d::date::text as day from generate_series(${TODAY} - 1, ${TODAY} + ${until}, interval '1 day') d
   where to_regclass('bus.inbox_' || to_char(d, 'YYYYMMDD')) is null order by 1`

const DAYS_IN_OTHER = `
  select distinct d::date::text as day from generate_series(${TODAY} - 1, ${TODAY} + 1, interval '1 day') d
    join bus.inbox_other on event_id >= bus.uuid_at(d::date::timestamp at time zone 'UTC')
     and event_id < bus.uuid_at((d::date + 1)::timestamp at time zone 'UTC')`

test('inbox – a platform that was off for days – its first events do not stand in the way of the inbox’s days', async (t) => {
  const { pool, publish, member } = await openLogHarness(t)
  await dropInboxDays(pool)
  const reader = await member('reader')
  await reader.transport.subscribe(effects({ group: 'g', pool: reader.pool }))
  await publish([newEvent('k', { n: 1 })])
  await eventually(pool, `select count(*) from bus.inbox`, countIs(1))
  // Not the last day that is made: it may have become another day since.
  assert.deepEqual((await pool.query(missingDays({ until: 2 }))).rows, [])
  assert.equal((await pool.query('select from bus.inbox_other')).rowCount, 0)

  // A day that is there already stays there; the others get theirs.
  await dropInboxDays(pool)
  await publish([newEvent('k', { n: 2 })])
  await eventually(pool, `select count(*) from bus.inbox_other`, countIs(1))
  // In one transaction, so that both mean the same days.
  const { missing, inOther } = await inTransaction(pool, async (tx) => {
    await tx.run(rawSql('select bus.ensure_inbox()'))
    return {
      missing: await tx.many(rawSql(missingDays({ until: 3 }))),
      inOther: await tx.many(rawSql(DAYS_IN_OTHER)),
    }
  })
  assert.equal(missing.length, 1)
  assert.deepEqual(missing, inOther)
})

const ENSURE = 'select bus.ensure_inbox()'

/** A day that is to be dropped. */
async function oldDay(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query(
    `select 'inbox_' || to_char(d, 'YYYYMMDD') as name, bus.uuid_at(d::timestamp at time zone 'UTC') as since,
            bus.uuid_at((d + 1)::timestamp at time zone 'UTC') as until from (select ${TODAY} - 40 as d) x`,
  )
  const { name, since, until } = rows[0]
  await pool.query(
    `create table bus.${name} partition of bus.inbox for values from ('${since}') to ('${until}')`,
  )
  return name
}

test('inbox – a dump reads it for an hour – nobody waits: no handler, no process that starts; days come and go after it', async (t) => {
  const { pool, publish, member } = await openLogHarness(t)
  await dropInboxDays(pool)
  const old = await oldDay(pool)
  const isThere = async (name: string): Promise<boolean> =>
    (await pool.query('select to_regclass($1) is not null as there', [`bus.${name}`])).rows[0].there
  const dump = await pool.connect()
  await dump.query('set idle_in_transaction_session_timeout = 0')
  await dump.query('begin')
  await dump.query('lock table bus.inbox in access share mode')
  const tookMs: number[] = []
  for (let n = 0; n < 5; n++) {
    const since = performance.now()
    await pool.query(ENSURE)
    tookMs.push(performance.now() - since)
  }
  // One that waits does so each time, for a second at least; a busy machine delays some.
  assert.ok(Math.min(...tookMs) < 500, `${tookMs}`)
  const reader = await member('reader')
  await reader.transport.subscribe(effects({ group: 'g', pool: reader.pool }))
  await publish([newEvent('k', { n: 1 })])
  await eventually(pool, `select count(*) from bus.inbox_other`, countIs(1))
  assert.equal((await pool.query(missingDays({ until: 2 }))).rowCount, 4)
  assert.ok(await isThere(old))
  await dump.query('rollback')
  dump.release()
  await eventually(pool, missingDays({ until: 2 }), (rows) => rows.length === 1)
  await eventually(
    pool,
    `select 1 where to_regclass('bus.${old}') is null`,
    (rows) => rows.length > 0,
  )
})

test('inbox – a handler is long in committing – a day that is missing is made meanwhile', async (t) => {
  const { pool } = await openLogHarness(t)
  const { rows } = await pool.query(
    `select 'bus.inbox_' || to_char(${TODAY} + 2, 'YYYYMMDD') as name`,
  )
  const { name } = rows[0]
  await pool.query(`drop table ${name}`)
  const slow = await pool.connect()
  await slow.query('begin')
  await slow.query(
    `insert into bus.inbox (consumer, event_id) select 'g', bus.uuid_at(clock_timestamp())`,
  )
  await pool.query(ENSURE)
  const { rowCount } = await pool.query('select where to_regclass($1) is not null', [name])
  assert.equal(rowCount, 1)
  await slow.query('commit')
  slow.release()
})

test('inbox – its days cannot be made – the process starts, and handles what comes', async (t) => {
  const { pool, publish, member } = await openLogHarness(t)
  await dropInboxDays(pool)
  await pool.query('alter function bus.ensure_inbox() rename to ensure_nothing')
  const reader = await member('reader')
  await reader.transport.subscribe(effects({ group: 'g', pool: reader.pool }))
  await publish([newEvent('k', { n: 1 })])
  await eventually(pool, `select count(*) from bus.inbox_other`, countIs(1))
})
