// The runner itself is run on files that pass, fail, hang, die and say nothing: a proof that cannot fail is none.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runTestFile } from './file.ts'
import type { FileResult } from './result.ts'

const HANG_MS = 6_000

interface Run {
  readonly text: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly tell?: (line: string) => void
}

async function run(
  t: TestContext,
  { text, timeoutMs = 60_000, signal, tell }: Run,
): Promise<FileResult> {
  const root = mkdtempSync(join(tmpdir(), 'rialto-runner-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  writeFileSync(join(root, 'x.test.mjs'), `import { describe, test } from 'node:test'\n${text}\n`)
  // A file under a test runner inherits its mark, under which node:test reports in another way.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return runTestFile('x.test.mjs', {
    root,
    env,
    timeoutMs,
    signal: signal ?? new AbortController().signal,
    ...(tell === undefined ? {} : { tell }),
  })
}

const outcomes = (result: FileResult): string[] =>
  result.tests.map((each) => `${each.outcome} ${each.name}`)

test('runner – a file with tests of every outcome – each is told by its full name', async (t) => {
  const result = await run(t, {
    text: `
      test('good', () => undefined)
      test('bad', () => { throw new Error('the reason') })
      test('absent', (t) => t.skip('needs kafka'))
      describe('group', () => { test('inner', () => undefined) })`,
  })
  assert.deepEqual(outcomes(result), [
    'passed good',
    'failed bad',
    'skipped absent',
    'passed group › inner',
  ])
  assert.equal(result.tests[2]?.reason, 'needs kafka')
  assert.match(result.tests[1]?.error ?? '', /the reason/)
  assert.equal(result.problem, undefined)
})

test('runner – suites that are passed over, with and without a reason – are told as skipped, for all that is in them', async (t) => {
  const result = await run(t, {
    text: `
      const inside = () => { test('inner', () => { throw new Error('not to be run') }) }
      describe('whole', { skip: 'needs kafka' }, inside)
      describe.skip('bare', inside)
      describe.todo('later')
      describe('done', () => { test('inner', () => undefined) })`,
  })
  assert.deepEqual(
    result.tests.map(({ name, outcome, reason }) => [name, outcome, reason]),
    [
      ['whole', 'skipped', 'needs kafka'],
      ['bare', 'skipped', 'no reason given'],
      ['later', 'skipped', 'not done: no reason given'],
      ['done › inner', 'passed', undefined],
    ],
  )
  assert.equal(result.problem, undefined)
})

test('runner – a file without tests – the file has failed', async (t) => {
  const result = await run(t, { text: '' })
  assert.equal(result.problem, 'reported no test')
})

test('runner – a file that cannot be loaded – the file has failed and its output is kept', async (t) => {
  const result = await run(t, { text: "import './absent.mjs'" })
  assert.match(result.problem ?? '', /exited with 1/)
  assert.match(result.output, /absent\.mjs/)
})

test('runner – a file that exits early though its tests pass – the file has failed', async (t) => {
  const result = await run(t, {
    text: "test('good', () => undefined)\nprocess.on('exit', () => { process.exitCode = 7 })",
  })
  assert.match(result.problem ?? '', /exited with 7/)
})

test('runner – a hanging test after a good one – killed in time, what was reached is kept', async (t) => {
  const result = await run(t, {
    text: `
      test('good', () => undefined)
      test('hangs', () => new Promise(() => setInterval(() => undefined, 1000)))`,
    timeoutMs: HANG_MS,
  })
  assert.match(result.problem ?? '', /did not end within 6 s/)
  assert.deepEqual(outcomes(result).slice(0, 1), ['passed good'])
  assert.ok(result.ms < HANG_MS + 60_000)
})

test('runner – a server left open – the file has failed though its tests passed', async (t) => {
  const result = await run(t, {
    text: "import net from 'node:net'\ntest('good', () => undefined)\nnet.createServer().listen(0, '127.0.0.1')",
    timeoutMs: HANG_MS,
  })
  assert.match(result.problem ?? '', /something left open/)
})

test('runner – the run is ended from outside – the file ends with it', async (t) => {
  const stop = new AbortController()
  const running = run(t, {
    text: "test('hangs', () => new Promise(() => setInterval(() => undefined, 1000)))",
    signal: stop.signal,
  })
  stop.abort()
  assert.notEqual((await running).problem, undefined)
})

test('runner – a line for whoever waits – told at once, the others are not', async (t) => {
  const told: string[] = []
  await run(t, {
    text: "test('good', () => { console.log('quiet'); console.log('» half done') })",
    tell: (line) => told.push(line),
  })
  assert.deepEqual(told, ['» half done'])
})
