import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testClock } from '@rialto/kernel/testing/clock.ts'
import { testDatabase } from '@rialto/kernel/testing/database.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { testSecurity } from '@rialto/kernel/testing/security.ts'
import { keptKeys } from './vapid.ts'

test('push keys – several processes start at once, and one later – all have the same; the private one lies sealed', async (t) => {
  const migrations = new URL('../migrations/', import.meta.url)
  const db = await testDatabase(t, { services: [{ name: 'notifications', migrations }] })
  const security = await testSecurity({ clock: testClock(), ids: testIds() })
  const pool = db.poolFor('notifications')
  const start = () => keptKeys(pool, security, 0)
  const [first, ...others] = await Promise.all([start(), start(), start()])
  for (const keys of [...others, await start()]) assert.deepEqual(keys, first)
  const { rows } = await db.pool.query('select * from notifications.push_keys')
  assert.equal(rows.length, 1)
  assert.match(rows[0].private_key, /^f1\./)
  assert.ok(!JSON.stringify(rows).includes(String(first?.privateKey)))
})
