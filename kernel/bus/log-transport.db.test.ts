import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Member } from './member.ts'
import { newEvent, openLogHarness, TOPIC } from './testing/harness.ts'
import { transportContract } from './testing/transport-contract.ts'

const full = process.env.PROOF === 'full'

transportContract({ name: 'log', open: openLogHarness, drainEvents: full ? 100_000 : 10_000 })

test('ends – a topic never written, and the same after its first event – are told apart, for those who look from another process', async (t) => {
  const { url, writer, publish } = await openLogHarness(t)
  const member = await Member.join({ url, instance: 'onlooker' })
  t.after(() => member.leave())
  const { id } = writer.topic(TOPIC)
  assert.deepEqual(await member.ends([id]), new Map([[id, 0n]]))
  await publish([newEvent('a', {})])
  assert.deepEqual(await member.ends([id]), new Map([[id, 1n]]))
})
