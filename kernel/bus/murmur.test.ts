import assert from 'node:assert/strict'
import test from 'node:test'
import { murmur2, partitionOf } from './murmur.ts'

// The vectors of Kafka's own UtilsTest.
const VECTORS: [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

test('murmur2 – the vectors that Kafka publishes – the same hashes', () => {
  for (const [text, hash] of VECTORS)
    assert.equal(murmur2(new TextEncoder().encode(text)), hash, text)
})

test('partitionOf – any key – within the topic and the same every time', () => {
  for (const [text] of VECTORS) {
    const part = partitionOf(text, 16)
    assert.ok(part >= 0 && part < 16)
    assert.equal(partitionOf(text, 16), part)
  }
})
