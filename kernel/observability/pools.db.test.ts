import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPool } from '../db/pool.ts'
import { testDatabase } from '../testing/database.ts'
import { kernelMetrics } from './figures.ts'
import { openMetrics } from './metrics.ts'
import { watchPool } from './pools.ts'

test('pools – more who want a connection than there are – who waited is counted, who did not is not', async (t) => {
  const db = await testDatabase(t)
  const pool = openPool({ url: db.url, applicationName: 'test', max: 2 })
  t.after(() => pool.end())
  const metrics = openMetrics()
  watchPool(metrics, kernelMetrics(metrics), { name: 'orders', pool })
  const figure = async (line: string): Promise<number> =>
    Number(
      (await metrics.text())
        .split('\n')
        .find((text) => text.startsWith(`${line} `))
        ?.split(' ')[1],
    )
  const waited = () => figure('rialto_pool_wait_duration_seconds_count{pool="orders"}')
  assert.equal(await waited(), 0)
  const [one, two] = await Promise.all([pool.connect(), pool.connect()])
  assert.equal(await waited(), 0)
  assert.equal(await figure('rialto_pool_open_connections{pool="orders",state="busy"}'), 2)
  // One waits by promise, one by pg's own callback, as pool.query does.
  const late = [pool.connect(), pool.query('select 1')] as const
  assert.equal(await figure('rialto_pool_waiting_requests{pool="orders"}'), 2)
  one.release()
  two.release()
  const [three] = await Promise.all(late)
  three.release()
  assert.equal(await waited(), 2)
  assert.equal(await figure('rialto_pool_open_connections{pool="orders",state="idle"}'), 2)
  await pool.query('select 1')
  assert.equal(await waited(), 2)
})
