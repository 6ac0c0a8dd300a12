import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  countLine,
  type FileResult,
  inShort,
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
const other: TestResult = { name: 'o', outcome: 'skipped', reason: 'knows it by /proc' }
const flaky: TestResult = { name: 'l', outcome: 'skipped', reason: 'fails now and then' }
const later: TestResult = { name: 't', outcome: 'skipped', reason: 'not done: soon' }

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

test('real servers required – skipped for want of one, for a reason nobody knows, not done – failed; what the machine is like stays', () => {
  const strict = strictly(file([missing, other, flaky, later, passed]), true)
  assert.deepEqual(
    strict.tests.map((each) => each.outcome),
    ['failed', 'skipped', 'failed', 'failed', 'passed'],
  )
  const lenient = [missing, flaky, later]
  assert.deepEqual(strictly(file(lenient), false).tests, lenient)
})

test('failure in short – a green file – nothing is said', () => {
  assert.deepEqual(inShort(file([passed, missing])), [])
})

test('failure in short – a test with a long reason – its name and the beginning, bounded', () => {
  const error = ['the reason', 'x'.repeat(10_000), ...Array(100).fill('at')].join('\n')
  const said = inShort(file([passed, { name: 'bad', outcome: 'failed', error }]))
  assert.match(said[0] ?? '', /✖ bad$/)
  assert.match(said[1] ?? '', /^ +the reason$/)
  assert.match(said.at(-1) ?? '', /… 77 lines more$/)
  assert.equal(said.length, 27)
  assert.ok(said.every((line) => line.length < 400))
})

test('failure in short – more failures than fit – the rest is counted', () => {
  const said = inShort(file(Array(9).fill(failed)))
  assert.equal(said.filter((line) => line.endsWith('✖ f')).length, 4)
  assert.match(said.at(-1) ?? '', /✖ and 5 tests more$/)
})

test('failure in short – a file that died – its problem and the end of what it wrote', () => {
  const output = [...Array(40).fill('early'), 'the cause'].join('\n')
  const said = inShort({ ...file([], 'was ended by SIGKILL'), output })
  assert.match(said[0] ?? '', /was ended by SIGKILL$/)
  assert.match(said.at(-1) ?? '', /the cause$/)
  assert.equal(said.length, 26)
})
