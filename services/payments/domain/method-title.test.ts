import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { maskedTitle } from './method-title.ts'

test('maskedTitle – what providers say – stays, but for long runs of digits', () => {
  const cases = [
    ['Bank card *4444', 'Bank card *4444'],
    ['SBP', 'SBP'],
    ['4111111111111111', '*1111'],
    ['Card 4111 1111 1111 1234 of Anna', 'Card *1234 of Anna'],
    ['4111-1111-1111-1111', '*1111'],
  ]
  for (const [title, shown] of cases) assert.equal(maskedTitle(title ?? ''), shown)
})

test('maskedTitle – any text – never five digits together', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789 -*a') }), (title) => {
      assert.doesNotMatch(maskedTitle(title), /\d(?:[ -]?\d){4,}/)
    }),
    { numRuns: 1_000 },
  )
})
