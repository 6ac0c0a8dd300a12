// What becomes of the log when its server goes and comes back, and when a topic grows into its next segment.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { SEGMENT_OFFSETS } from '@rialto/kernel/bus/log.ts'
import { eventually } from '@rialto/kernel/bus/testing/consumers.ts'
import { migrate } from '@rialto/kernel/db/migrate.ts'
import { silentLog } from '@rialto/kernel/observability/log.ts'
import { startTestCluster } from '@rialto/kernel/testing/database.ts'
import { theLog } from './designs/log.ts'
import { assertWhole, PEACE, PLAIN_LOAD, round } from './round.ts'

const full = process.env.PROOF === 'full'
const seed = Number(process.env.SEED || randomInt(2 ** 31))

const LOADED = {
  design: theLog,
  seed,
  writers: 2,
  connections: 4,
  readers: 2,
  loadMs: 3_000,
  events: 800,
  leaseMs: 10_000,
  load: PLAIN_LOAD,
  attack: PEACE,
}

const isThere = (rows: unknown[]): boolean => rows.length > 0

test('log – PostgreSQL stopped and killed under load – readers resume, nothing acknowledged is lost or doubled', async (t) => {
  const cluster = await startTestCluster({ durable: true })
  t.after(() => cluster.stop())
  await migrate({ url: cluster.url, services: [], log: silentLog })
  const rounds = full ? 10 : 1
  const result = await round(t, {
    ...LOADED,
    url: cluster.url,
    loadMs: rounds * 4_000,
    during: async () => {
      for (let i = 0; i < rounds; i++) {
        await pause(800)
        await cluster.restart()
        await pause(800)
        await cluster.killHard()
        await cluster.restart()
      }
    },
  })
  await assertWhole(result)
  assert.ok(result.published > 100, `too few events to mean anything: ${result.line}`)
})

test('log – a topic that grows into its next segment under load – nothing lost, the one after is made', async (t) => {
  const result = await round(t, {
    ...LOADED,
    prepare: async (pool) => {
      await pool.query(`select setval('bus.off_1', ${SEGMENT_OFFSETS - 400})`)
    },
    during: async (_, pool) => {
      await eventually(pool, `select 1 where to_regclass('bus.log_1_2') is not null`, isThere)
    },
  })
  await assertWhole(result)
  const { rows } = await result.pool.query(
    'select min(off)::int as first, max(off)::int as last from bus.log',
  )
  assert.ok(rows[0].first < SEGMENT_OFFSETS, `began before the boundary: ${rows[0].first}`)
  assert.ok(rows[0].last > SEGMENT_OFFSETS, `ended behind it: ${rows[0].last}`)
})
