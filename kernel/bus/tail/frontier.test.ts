import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BusRecord } from '../record.ts'
import { Frontier } from './frontier.ts'

const recordAt = (off: bigint): BusRecord =>
  ({ topic: 1, part: Number(off % 3n), off, event: {} }) as unknown as BusRecord

const offsetsOf = (records: readonly BusRecord[]): bigint[] => records.map(({ off }) => off)

test('frontier – own events in order – handed on at once', () => {
  const frontier = new Frontier(4n)
  assert.deepEqual(offsetsOf(frontier.committed(recordAt(5n))), [5n])
  assert.deepEqual(offsetsOf(frontier.committed(recordAt(6n))), [6n])
  assert.equal(frontier.gapped, false)
})

test('frontier – a lower offset of another connection is told of later – waits, then both in order', () => {
  const frontier = new Frontier(0n)
  assert.deepEqual(frontier.committed(recordAt(2n)), [])
  assert.equal(frontier.gapped, true)
  assert.deepEqual(offsetsOf(frontier.committed(recordAt(1n))), [1n, 2n])
  assert.equal(frontier.gapped, false)
})

test('frontier – the gap is another process’s – what was read closes it, and is not handed on again', () => {
  const frontier = new Frontier(0n)
  frontier.committed(recordAt(2n))
  assert.deepEqual(offsetsOf(frontier.read([recordAt(1n)])), [2n])
  assert.equal(frontier.upTo, 2n)
})

test('frontier – the gap was rolled back – waits until somebody knows', () => {
  const frontier = new Frontier(0n)
  frontier.committed(recordAt(3n))
  assert.deepEqual(offsetsOf(frontier.reached(2n)), [3n])
})

test('frontier – told again, told of what is old – nothing comes twice', () => {
  const frontier = new Frontier(5n)
  assert.deepEqual(frontier.committed(recordAt(3n)), [])
  frontier.committed(recordAt(6n))
  assert.deepEqual(frontier.committed(recordAt(6n)), [])
  assert.equal(frontier.gapped, false)
})

/** Each offset is ours, another process's or rolled back; news of them arrives in any order. */
const world = fc
  .array(fc.constantFrom('own' as const, 'foreign' as const, 'gap' as const), { maxLength: 40 })
  .chain((kinds) =>
    fc.record({
      kinds: fc.constant(kinds),
      order: fc.shuffledSubarray([...kinds.keys()], { minLength: kinds.length }),
    }),
  )

test('frontier – any order of news – nothing is handed on before all that was drawn earlier is known', () => {
  fc.assert(
    fc.property(world, ({ kinds, order }) => {
      const frontier = new Frontier(0n)
      const known = new Set<bigint>()
      const handed: bigint[] = []
      const take = (records: readonly BusRecord[]): void => {
        for (const { off } of records) {
          for (let below = 1n; below <= off; below += 1n) assert.ok(known.has(below), `${below}`)
          handed.push(off)
        }
      }
      for (const index of order) {
        const off = BigInt(index + 1)
        if (kinds[index] === 'gap') continue
        known.add(off)
        take(
          kinds[index] === 'own'
            ? frontier.committed(recordAt(off))
            : frontier.read([recordAt(off)]),
        )
      }
      for (const index of kinds.keys()) known.add(BigInt(index + 1))
      take(frontier.reached(BigInt(kinds.length)))
      // What was still behind a gap when its end was made known is in the log, and was read with it.
      assert.equal(frontier.gapped, false)
      assert.deepEqual(
        handed,
        [...new Set(handed)].sort((a, b) => Number(a - b)),
      )
    }),
  )
})
