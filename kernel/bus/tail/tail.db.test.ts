import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newEvent, openLogHarness, TOPIC } from '../testing/harness.ts'
import { TopicTail } from './tail.ts'

test('tail – the log cannot be read, for a reason that does not pass – told once, and anew when it comes again', async (t) => {
  const { pool, writer, publish } = await openLogHarness(t)
  const topic = writer.topic(TOPIC)
  const troubles: string[] = []
  const tail = await TopicTail.open({
    ...{ pool, topic, onRecords: () => undefined },
    onTrouble: (error) => troubles.push(String(error)),
  })
  const read = async (): Promise<void> => {
    tail.wake()
    await tail.settled()
  }
  const there = `bus.log_${topic.id}_0`
  for (const times of [1, 2]) {
    await pool.query(`alter table ${there} rename to elsewhere`)
    await read()
    await read()
    assert.equal(troubles.length, times)
    assert.match(troubles.at(-1) ?? '', /does not exist/)
    await pool.query(`alter table bus.elsewhere rename to log_${topic.id}_0`)
    const before = tail.furthest
    await publish([newEvent('k', {})])
    await read()
    assert.ok(tail.furthest > before)
  }
})
