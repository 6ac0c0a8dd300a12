import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  countLine,
  type FileResult,
  isGreen,
  runPassed,
  strictly,
  type TestResult,
  tally,
} from './result.ts'

const file = (tests: readonly TestResult[], problem?: string): FileResult => ({
  path: 'x.test.ts',
  ms: 1,
  output: '',
  tests,
  ...(problem === undefined ? {} : { problem }),
})
const passed: TestResult = { name: 'p', outcome: 'passed' }
const failed: TestResult = { name: 'f', outcome: 'failed', error: 'e' }
const missing: TestResult = { name: 's', outcome: 'skipped', reason: 'needs kafka' }
const other: TestResult = { name: 'o', outcome: 'skipped', reason: 'only on Linux' }

test('tally – files with and without a problem of their own – the problem counts as one failure more', () => {
  const results = [file([passed, failed, missing]), file([], 'reported no test')]
  assert.equal(countLine(tally(results)), '1 passed, 2 failed, 1 skipped')
  assert.deepEqual(results.map(isGreen), [false, false])
})

test('run – nothing ran – it has not passed', () => {
  assert.equal(runPassed(tally([])), false)
  assert.equal(runPassed(tally([file([other])])), false)
  assert.equal(runPassed(tally([file([passed, other])])), true)
})

test('real servers required – a test skipped for want of one – has failed; other skips stay', () => {
  const strict = strictly(file([missing, other, passed]), true)
  assert.deepEqual(
    strict.tests.map((each) => each.outcome),
    ['failed', 'skipped', 'passed'],
  )
  assert.deepEqual(strictly(file([missing]), false).tests, [missing])
})
