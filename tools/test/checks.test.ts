import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHECKS, checkTestFiles, tooFew } from './checks.ts'
import { isGreen } from './result.ts'

const [types, pages, lint] = CHECKS
const compiled = (files: number) => `Files:              ${files}\nLines:            405170\n`

test('checks – each says that it looked at the project – it is believed', () => {
  assert.equal(types && tooFew(types, compiled(3_476)), undefined)
  assert.equal(pages && tooFew(pages, compiled(1_890)), undefined)
  assert.equal(lint && tooFew(lint, 'Checked 1234 files in 13s. No fixes applied.\n'), undefined)
})

test('checks – they found nothing, for they looked at nothing, or do not say at what – they have failed', () => {
  assert.equal(types && tooFew(types, compiled(7)), 'looked at 7 files; there are 3200 at least')
  assert.match(
    String(lint && tooFew(lint, 'Checked 1 file in 1ms. No fixes applied.')),
    /^looked at 1 /,
  )
  for (const check of [types, pages, lint])
    assert.match(String(check && tooFew(check, '')), /^does not say/)
})

test('checks – test files – those that there are, and a walk that found few', () => {
  assert.deepEqual([229, 12].map(checkTestFiles).map(isGreen), [true, false])
})
