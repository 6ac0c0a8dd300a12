import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Consumer, MessagesStreamModes, ProduceAcks, Producer } from '@platformatic/kafka'
import { Terminal } from '../../pure/failure.ts'
import { needs } from '../../testing/real.ts'
import { countIs, DOUBLES, effects, eventually, INVERSIONS } from '../testing/consumers.ts'
import { newEvent, TOPIC } from '../testing/harness.ts'
import { type KafkaHarness, openKafkaHarness } from '../testing/kafka.ts'
import { clientOptions, deadTopicName, ensureTopics, topicName } from './client.ts'
import { headersOf, toWire, type WireRecord } from './wire.ts'

const COUNT = 'select count(*) from public.effects'
const zero = countIs(0)
let looks = 0

async function opened(t: TestContext): Promise<KafkaHarness | undefined> {
  return needs(t, 'kafka') === undefined ? undefined : openKafkaHarness(t)
}

/** Writes to a topic past the relay, as anybody with access to the brokers can. */
async function produce(
  h: KafkaHarness,
  part: number,
  records: readonly Partial<WireRecord>[],
): Promise<void> {
  const producer = new Producer(clientOptions(h.kafka, 'stranger'))
  const topic = topicName(h.kafka, TOPIC)
  await producer.send({
    messages: records.map((record) => ({ topic, partition: part, ...record })),
    acks: ProduceAcks.ALL,
  })
  await producer.close()
}

/** The first records of a topic, as text. */
async function read(h: KafkaHarness, topic: string, count: number) {
  const groupId = `look-${topic}-${looks++}`
  const consumer = new Consumer({ ...clientOptions(h.kafka, 'looker'), retries: 60, groupId })
  try {
    const stream = await consumer.consume({
      topics: [topic],
      mode: MessagesStreamModes.EARLIEST,
      autocommit: false,
    })
    const found: { key: string; value: string; headers: Record<string, string> }[] = []
    for await (const { key, value, headers } of stream) {
      const pairs = [...headers].map(([k, v]) => [String(k), String(v)])
      found.push({
        key: String(key),
        value: String(value),
        headers: Object.fromEntries(pairs),
      })
      if (found.length >= count) break
    }
    return found
  } finally {
    await consumer.close(true)
  }
}

test('kafka – a record on the wire – CloudEvents in binary mode, in the partition of the log', async (t) => {
  const h = await opened(t)
  if (h === undefined) return
  await h.member('a')
  const headers = { correlation: 'c1', flow: 'ord_1', actor: 'usr_1' }
  const event = newEvent('some key', { n: 1 }, { headers })
  await h.publish([event])
  const carried = `select count(*) from bus.cursors where grp = 'relay.${TOPIC}' and cursor > 0`
  await eventually(h.pool, carried, countIs(1), 60_000)
  const [record] = await read(h, topicName(h.kafka, TOPIC), 1)
  const { rows } = await h.pool.query('select l.off, i.log from bus.log l, bus.identity i')
  assert.deepEqual(record, {
    key: 'some key',
    value: '{"n":1}',
    headers: {
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_source: 'tests',
      ce_type: 'thing.happened',
      ce_time: event.time,
      'content-type': 'application/json',
      ce_rialtoversion: '1',
      ce_rialtocorrelation: 'c1',
      ce_rialtoflow: 'ord_1',
      ce_rialtoactor: 'usr_1',
      ce_rialtolog: rows[0].log,
      ce_rialtooffset: String(rows[0].off),
    },
  })
})

test('kafka – a record that nobody can read – set aside with its reason, the partition goes on', async (t) => {
  const h = await opened(t)
  if (h === undefined) return
  const m = await h.member('a')
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
  const first = newEvent('k', { n: 1 })
  await h.publish([first])
  await eventually(h.pool, COUNT, countIs(1))
  await produce(h, h.writer.partOf(first), [
    { value: Buffer.from('what is this'), headers: headersOf({ from: 'nowhere' }) },
  ])
  await h.publish([newEvent('k', { n: 2 })])
  await eventually(h.pool, COUNT, countIs(2))
  const [letter] = await read(h, deadTopicName(h.kafka, TOPIC), 1)
  assert.equal(letter?.value, 'what is this')
  assert.deepEqual(letter?.headers, {
    from: 'nowhere',
    rialto_group: 'g',
    rialto_error: 'it has no header ce_rialtooffset',
  })
})

test('kafka – a straggler of a relay that was taken over – passed over by its offset alone', async (t) => {
  const h = await opened(t)
  if (h === undefined) return
  const m = await h.member('a')
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
  const events = Array.from({ length: 5 }, (_, n) => newEvent('k', { n }))
  await h.publish(events)
  await eventually(h.pool, COUNT, countIs(5))
  // Without its memory of ids, what keeps the straggler out is the order of offsets.
  await h.pool.query('delete from bus.inbox')
  const { rows } = await h.pool.query(
    'select l.topic, l.part, l.off, i.log from bus.log l, bus.identity i order by l.off',
  )
  const stale = events.slice(1, 3).map((event, i) => {
    const { topic, part, off, log } = rows[i + 1]
    return toWire({ topic, part, off, event }, log)
  })
  await produce(h, rows[0].part, stale)
  await h.publish([newEvent('k', { n: 5 })])
  await eventually(h.pool, COUNT, countIs(6))
  await eventually(h.pool, INVERSIONS, zero)
  await eventually(h.pool, DOUBLES, zero)
})

test('kafka – a relay that begins anew – repeats everything, without effect', async (t) => {
  const h = await opened(t)
  if (h === undefined) return
  const m = await h.member('a')
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
  await h.publish(Array.from({ length: 60 }, (_, n) => newEvent(`k${n % 6}`, { n })))
  await eventually(h.pool, COUNT, countIs(60))
  await h.pool.query('delete from bus.inbox')
  // An event may be handled before its relay has noted that it is gone.
  const OWED = `select count(*) from bus.cursors c join bus.log l on l.topic = c.topic and l.part = c.part and l.off > c.cursor
    where c.grp = 'relay.${TOPIC}'`
  await eventually(h.pool, OWED, zero)
  await h.pool.query(
    `update bus.cursors set cursor = 0, owner = null, epoch = epoch + 1 where grp = 'relay.${TOPIC}'`,
  )
  await eventually(h.pool, OWED, zero)
  await h.publish(Array.from({ length: 6 }, (_, n) => newEvent(`k${n}`, { n: 60 + n })))
  await eventually(h.pool, COUNT, countIs(66))
  const copies = await read(h, topicName(h.kafka, TOPIC), 120)
  const ids = new Set(copies.map(({ headers }) => headers.ce_id))
  assert.ok(copies.length === 120 && ids.size <= 66, 'it did repeat')
  await eventually(h.pool, INVERSIONS, zero)
  await eventually(h.pool, DOUBLES, zero)
})

test('kafka – more at once than a broker takes, and one that is large alone – goes out in portions, in order', async (t) => {
  const h = await opened(t)
  if (h === undefined) return
  const m = await h.member('a')
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
  const large = (n: number, bytes: number) => newEvent('k', { n, filler: 'x'.repeat(bytes) })
  await h.publish(Array.from({ length: 40 }, (_, n) => large(n, 60_000)))
  await h.publish([large(40, 2_000_000), newEvent('k', { n: 41 })])
  await eventually(h.pool, COUNT, countIs(42), 60_000)
  await eventually(h.pool, INVERSIONS, zero)
  await eventually(h.pool, DOUBLES, zero)
})

test('kafka – records of another log – counted from its own beginning, none passed over', async (t) => {
  const h = await opened(t)
  if (h === undefined) return
  const m = await h.member('a')
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
  await h.publish(Array.from({ length: 30 }, (_, n) => newEvent('k', { n })))
  await eventually(h.pool, COUNT, countIs(30))
  const other = '01890000-0000-7000-8000-000000000001'
  const records = [30, 31].map((n, i) =>
    toWire({ topic: 1, part: 0, off: BigInt(i + 1), event: newEvent('k', { n }) }, other),
  )
  await produce(h, h.writer.partOf(newEvent('k', {})), records)
  await eventually(h.pool, COUNT, countIs(32))
  await eventually(h.pool, INVERSIONS, zero)
  await eventually(h.pool, DOUBLES, zero)
})

test('kafka – a dead letter – copied to the topic for them, once more when it died once more', async (t) => {
  const h = await opened(t)
  if (h === undefined) return
  const m = await h.member('a')
  const before = () => {
    throw new Terminal('test.no', 'never')
  }
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
  const poison = newEvent('k', { n: 7 })
  await h.publish([poison])
  const MIRRORED = 'select count(*) from bus.parked where mirrored_at = dead_at'
  await eventually(h.pool, MIRRORED, countIs(1))
  await h.pool.query('update bus.parked set dead_at = null, attempts = 0')
  await eventually(h.pool, MIRRORED, countIs(1))
  const letters = await read(h, deadTopicName(h.kafka, TOPIC), 2)
  for (const { key, value, headers } of letters) {
    assert.deepEqual([key, value, headers.ce_id], ['k', '{"n":7}', poison.id])
    assert.deepEqual([headers.rialto_group, headers.rialto_error_code], ['g', 'test.no'])
  }
})

test('kafka – a topic with other partitions – refused aloud, and nothing is lost', async (t) => {
  const h = await opened(t)
  if (h === undefined) return
  await ensureTopics(h.kafka, [{ id: 1, name: TOPIC, partitions: 3, offsets: 0 }])
  const m = await h.member('a')
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
  await h.publish([newEvent('k', { n: 1 })])
  const refused = () => h.troubles.some((text) => /has 3 partitions and must have 16/.test(text))
  await eventually(h.pool, 'select count(*) from bus.log', () => refused())
  const { rows } = await h.pool.query(
    `select max(cursor) from bus.cursors where grp = 'relay.${TOPIC}'`,
  )
  assert.deepEqual(rows, [{ max: 0n }], 'the event waits in the log')
})
