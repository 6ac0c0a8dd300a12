// Writes a sample of every event that has none yet, taken from purchases that are paid, declined and never paid. A sample that is
// there stays for ever as it is: what was once published must always be read. For events of other flows, add their flow here.
// Run it by `node tests/flows/write-samples.ts`.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { HOUR } from '@rialto/kernel/pure/time.ts'
import { poll } from 'rialto/demo/buyer.ts'
import { openWorld, type World } from './harness.ts'
import { order, pay } from './shopper.ts'

const CONTRACTS = new URL('../../contracts/', import.meta.url)
const LIST_MAX = 3
const EVENTS = `
  select distinct on (l.type) l.event_id as id, l.type, l.version, l.source, t.name as topic, l.key, l.occurred_at as time,
         l.headers, l.data
    from bus.log l join bus.topics t on t.id = l.topic order by l.type, l.appended_at desc`

async function play(world: World): Promise<void> {
  await pay(world.url, await order(world.url))
  await pay(world.url, await order(world.url), 'no_funds')
  await order(world.url)
  await world.rest()
  world.advance(2 * HOUR)
  const ended = `select count(*)::int as n from orders.orders where status in ('expired', 'canceled')`
  await poll(
    async () => (await world.db.pool.query(ended)).rows[0].n as number,
    (n) => n === 2,
  )
  await world.rest()
}

const shortened = (data: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.slice(0, LIST_MAX) : value,
    ]),
  )

const world = await openWorld()
try {
  await play(world)
  const { rows } = await world.db.pool.query(EVENTS)
  for (const { time, data, ...row } of rows) {
    const folder = new URL(`${row.source}/samples/`, CONTRACTS)
    const file = new URL(`${row.type}.json`, folder)
    if (existsSync(file)) continue
    mkdirSync(folder, { recursive: true })
    const sample = { ...row, time: new Date(time).toISOString(), data: shortened(data) }
    writeFileSync(file, `${JSON.stringify(sample, null, 2)}\n`)
    process.stdout.write(`${fileURLToPath(file)}\n`)
  }
} finally {
  await world.stop()
}
