import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '../db/sql.ts'
import { testClock } from '../testing/clock.ts'
import { testDatabase } from '../testing/database.ts'
import { openMetrics } from './metrics.ts'
import { watchReading } from './readings.ts'

test('readings – dear ones, and labels that are gone – read seldom, and read 0', async (t) => {
  const db = await testDatabase(t)
  const metrics = openMetrics()
  const clock = testClock()
  let found: readonly string[] = ['RUB', 'EUR']
  watchReading(
    metrics,
    {
      gauges: [{ name: 'rialto_things_found_items', help: 'x', labels: ['of'] }],
      everySeconds: 60,
      async read(tx) {
        const { n } = await tx.one<{ n: number }>(sql`select 7 as n`)
        return found.map((of) => ({ gauge: 'rialto_things_found_items', labels: { of }, value: n }))
      },
    },
    { pool: db.pool, clock },
  )
  const shown = async (of: string): Promise<string | undefined> =>
    new RegExp(`rialto_things_found_items{of="${of}"} (\\d+)`).exec(await metrics.text())?.[1]
  assert.deepEqual([await shown('RUB'), await shown('EUR')], ['7', '7'])
  found = ['RUB']
  assert.equal(await shown('EUR'), '7')
  clock.advance(61_000)
  assert.deepEqual([await shown('EUR'), await shown('RUB')], ['0', '7'])
  // The machine's clock was ahead, and is set right.
  found = []
  clock.advance(-86_400_000)
  assert.equal(await shown('RUB'), '0')
})
