import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { money } from './money.ts'
import { split, splitMinor } from './split.ts'

const anyMinor = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n })
const anyWeights = fc
  .array(fc.bigInt({ min: 0n, max: 10n ** 9n }), { minLength: 1, maxLength: 40 })
  .filter((weights) => weights.some((w) => w > 0n))

test('split – any amount, any weights – sums to the whole, each part within one unit of its share', () => {
  fc.assert(
    fc.property(anyMinor, anyWeights, (minor, weights) => {
      const parts = splitMinor(minor, weights)
      const whole = weights.reduce((a, b) => a + b, 0n)
      assert.equal(parts.length, weights.length)
      assert.equal(
        parts.reduce((a, b) => a + b, 0n),
        minor,
      )
      parts.forEach((part, i) => {
        const error = part * whole - minor * (weights[i] ?? 0n)
        assert.ok(error < whole && error > -whole)
        if (weights[i] === 0n) assert.equal(part, 0n)
      })
    }),
    { numRuns: 1_000 },
  )
})

test('split – a negative amount – is the mirror of the positive one', () => {
  fc.assert(
    fc.property(anyMinor, anyWeights, (minor, weights) => {
      assert.deepEqual(
        splitMinor(-minor, weights),
        splitMinor(minor, weights).map((part) => -part),
      )
    }),
  )
})

test('split – ties – go to the earlier part', () => {
  assert.deepEqual(splitMinor(100n, [1n, 1n, 1n]), [34n, 33n, 33n])
  assert.deepEqual(splitMinor(101n, [1n, 1n, 1n]), [34n, 34n, 33n])
  assert.deepEqual(splitMinor(10n, [0n, 1n, 2n, 0n]), [0n, 3n, 7n, 0n])
  assert.deepEqual(split(money(5n, 'RUB'), [1n, 1n]), [money(3n, 'RUB'), money(2n, 'RUB')])
})

test('split – no weight above zero, or one below – is refused', () => {
  for (const weights of [[], [0n], [0n, 0n], [1n, -1n], [2n, -1n]])
    assert.throws(() => splitMinor(1n, weights), RangeError)
})
