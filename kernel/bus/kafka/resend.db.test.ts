import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { openPool } from '../../db/pool.ts'
import { needs } from '../../testing/real.ts'
import { countIs, DOUBLES, effects, eventually, INVERSIONS } from '../testing/consumers.ts'
import { newEvent, OTHER_TOPIC, QUICK, TOPIC } from '../testing/harness.ts'
import { openKafkaHarness } from '../testing/kafka.ts'
import { resend } from './resend.ts'
import { KafkaTransport } from './transport.ts'

const COUNT = 'select count(*) from public.effects'
/** All that a backup has of the bus and of what its consumers did. */
const TABLES = ['bus.cursors', 'bus.inbox', 'bus.log', 'bus.parked', 'public.effects']
const RELAYED = `select count(*) from bus.log l join bus.cursors c
  on c.grp = 'relay.things' and c.topic = l.topic and c.part = l.part and c.cursor >= l.off`

const copyOf = (table: string): string => `copy.${table.split('.')[1]}`

async function backUp(pool: pg.Pool): Promise<void> {
  await pool.query('create schema copy')
  for (const table of TABLES) await pool.query(`create table ${copyOf(table)} as table ${table}`)
}

/** The same database at the moment of the backup; the sequences of the log's offsets with it. */
async function restore(pool: pg.Pool): Promise<void> {
  for (const table of TABLES) {
    await pool.query(`delete from ${table}`)
    await pool.query(`insert into ${table} overriding system value table ${copyOf(table)}`)
  }
  await pool.query(
    `select setval(t.offsets, (select coalesce(max(off), 1) from bus.log l where l.topic = t.id)) from bus.topics t`,
  )
}

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => newEvent(`k${i % 5}`, { n: from + i }))

test('resend – a log restored behind its Kafka – goes on with new topics: owed events come, lost ones never, none twice', async (t) => {
  if (needs(t, 'kafka') === undefined) return
  const h = await openKafkaHarness(t)
  const relay = await h.member('relay')
  const first = await h.member('a')
  await first.transport.subscribe(effects({ group: 'g', pool: first.pool }))
  await h.publish(numbered(0, 20))
  await eventually(h.pool, COUNT, countIs(20), 60_000)
  await first.transport.stop()
  // In Kafka, and handled by nobody.
  await h.publish(numbered(20, 10))
  await eventually(h.pool, RELAYED, countIs(30), 60_000)
  await relay.transport.stop()
  await backUp(h.pool)

  const second = await h.member('b')
  await second.transport.subscribe(effects({ group: 'g', pool: second.pool }))
  await h.publish(numbered(1_000, 15))
  await eventually(h.pool, COUNT, countIs(45), 60_000)
  assert.equal(await resend(h.pool), undefined, 'not while somebody is at work')
  await second.transport.stop()
  await restore(h.pool)

  assert.deepEqual(await resend(h.pool), { events: 10, dead: 0 })
  assert.deepEqual(await resend(h.pool), { events: 10, dead: 0 })
  const pool = openPool({ url: h.url, applicationName: 'bus-c', max: 8 })
  const transport = await KafkaTransport.open({
    ...{ url: h.url, pool, writer: h.writer, instance: 'c', ...QUICK },
    ...{
      kafka: { ...h.kafka, prefix: `restored-${h.kafka.prefix}` },
      relays: [TOPIC, OTHER_TOPIC],
    },
  })
  try {
    await transport.subscribe(effects({ group: 'g', pool }))
    await eventually(h.pool, COUNT, countIs(30), 60_000)
    await h.publish(numbered(2_000, 15))
    await eventually(h.pool, COUNT, countIs(45), 60_000)
  } finally {
    await transport.stop()
    await pool.end()
  }
  await eventually(
    h.pool,
    'select count(*) from public.effects where n between 1000 and 1999',
    countIs(0),
  )
  await eventually(h.pool, INVERSIONS, countIs(0))
  await eventually(h.pool, DOUBLES, countIs(0))
})
