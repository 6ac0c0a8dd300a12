// A server that vanished without closing its connections: whoever waits for it hears so after a while, and goes on when it is back.

import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Member } from '../bus/member.ts'
import { openJobs } from '../jobs/jobs.ts'
import { silentLog } from '../observability/log.ts'
import { Unavailable } from '../pure/failure.ts'
import { job } from '../service/service.ts'
import { testDatabase } from '../testing/database.ts'
import { testIds } from '../testing/ids.ts'
import { swallowing } from '../testing/servers/swallowing.ts'
import { openPool, type ServicePool } from './pool.ts'
import { inReading } from './reading.ts'
import { sql } from './sql.ts'
import { inTransaction } from './transaction.ts'

/** Statements that are answered have as long, also on a machine that is busy. */
const SILENCE_MS = 6_000

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 120_000; !(await holds()); await pause(20))
    assert.ok(performance.now() < end, 'not reached')
}

const one = () => sql<{ one: number }>`select 1 as one`

/** A pool that hears nothing any more as soon as `work` says so. */
async function unheard(
  t: TestContext,
  url: string,
  work: (pool: ServicePool, silence: () => void) => Promise<unknown>,
): Promise<void> {
  const way = await swallowing(t, url)
  const pool = openPool({ url: way.url, applicationName: 'test', silenceMs: SILENCE_MS })
  t.after(() => pool.end())
  const before = performance.now()
  await work(pool, () => way.swallow(true))
  assert.ok(performance.now() - before < 20 * SILENCE_MS)
  assert.deepEqual([pool.totalCount, pool.reading.totalCount], [0, 0])

  way.swallow(false)
  assert.deepEqual(await inTransaction(pool, (tx) => tx.one(one())), { one: 1 })
  assert.deepEqual(await inReading(pool, (tx) => tx.one(one())), { one: 1 })
}

describe('silence', { concurrency: true, timeout: 280_000 }, () => {
  test('a transaction at work, its COMMIT, a read – are unavailable, and their connections are not used again', async (t) => {
    const { url } = await testDatabase(t)
    const isLost = (outcome: string) => (error: unknown) =>
      error instanceof Unavailable && error.outcome === outcome
    await Promise.all([
      unheard(t, url, (pool, silence) => {
        const working = inTransaction(pool, async (tx) => {
          await tx.one(one())
          silence()
          return tx.one(one())
        })
        return assert.rejects(working, isLost('nothing'))
      }),
      unheard(t, url, (pool, silence) => {
        const committing = inTransaction(pool, async (tx) => {
          await tx.one(one())
          silence()
        })
        return assert.rejects(committing, isLost('unknown'))
      }),
      unheard(t, url, async (pool, silence) => {
        await inReading(pool, (tx) => tx.one(one()))
        silence()
        const reading = inReading(pool, (tx) => tx.one(one()))
        await assert.rejects(reading, Unavailable)
      }),
    ])
  })

  test('a pool whose statements may take long – is not cut short', async (t) => {
    const db = await testDatabase(t)
    const pool = openPool({ url: db.url, applicationName: 'test', statementTimeoutMs: 60_000 })
    t.after(() => pool.end())
    assert.equal((pool.options as { query_timeout?: number }).query_timeout, 0)
  })

  test('a reader of the bus – takes part again', async (t) => {
    const db = await testDatabase(t)
    const way = await swallowing(t, db.url)
    const member = await Member.join({ url: way.url, instance: 'a', silenceMs: SILENCE_MS })
    t.after(() => member.leave())
    way.swallow(true)
    await assert.rejects(member.heartbeat(), /timeout|terminated/)
    // The server has not heard of it either: as long as it holds the old connection, the place of this member is taken.
    await db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rialto-bus-member' and datname = current_database()`,
    )
    way.swallow(false)
    await until(() =>
      member.heartbeat().then(
        () => true,
        () => false,
      ),
    )
  })

  test('repeating jobs – go on', async (t) => {
    const db = await testDatabase(t)
    const way = await swallowing(t, db.url)
    const said: string[] = []
    const log = { ...silentLog, warn: (_: object, message: string) => said.push(message) }
    const env = { ids: testIds(1), log }
    const jobs = await openJobs({ url: way.url, env, instance: 'a', silenceMs: SILENCE_MS })
    t.after(() => jobs.stop({ timeoutMs: 1_000 }))
    let ran = 0
    const sweep = job({ name: 'test.sweep', everySeconds: 1, run: async () => undefined })
    await jobs.work([sweep], async () => {
      ran += 1
    })
    await until(() => ran > 0)
    way.swallow(true)
    await until(() => said.includes('ticks cannot be claimed'))
    way.swallow(false)
    const since = ran
    await until(() => ran > since + 1)
  })
})
