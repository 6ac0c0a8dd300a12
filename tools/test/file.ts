// Runs one test file in a process of its own and says what came of it.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ended, runNode } from './process.ts'
import type { FileResult, TestResult } from './result.ts'

export interface Surroundings {
  readonly root: string
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
  /** Ends the whole run. */
  readonly signal: AbortSignal
  /** Hears what a long test says while it runs. */
  readonly tell?: (line: string) => void
}

const REPORTER = new URL('reporter.ts', import.meta.url).href

function readResults(file: string): TestResult[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  // A killed process may leave half a line.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TestResult)
}

function problemOf(
  ended: Ended,
  tests: readonly TestResult[],
  timeoutMs: number,
): string | undefined {
  const reached = `${tests.length} tests had reported`
  if (ended.timedOut)
    return `did not end within ${timeoutMs / 1_000} s (${reached}): a hanging test, or something left open`
  if (ended.signal !== null) return `was ended by ${ended.signal} (${reached})`
  if (ended.code !== 0 && tests.every((test) => test.outcome !== 'failed'))
    return `exited with ${ended.code} though no test failed (${reached})`
  if (tests.length === 0) return 'reported no test'
  return undefined
}

export async function runTestFile(path: string, around: Surroundings): Promise<FileResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'rialto-test-'))
  const lines = join(scratch, 'results.jsonl')
  try {
    const ended = await runNode({
      args: [
        '--disable-warning=ExperimentalWarning',
        `--test-reporter=${REPORTER}`,
        `--test-reporter-destination=${lines}`,
        path,
      ],
      cwd: around.root,
      env: around.env,
      timeoutMs: around.timeoutMs,
      signal: around.signal,
      tell: around.tell,
    })
    const tests = readResults(lines)
    const problem = problemOf(ended, tests, around.timeoutMs)
    return {
      path,
      ms: ended.ms,
      tests,
      output: ended.output,
      ...(problem === undefined ? {} : { problem }),
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
