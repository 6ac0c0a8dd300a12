// The checks of the whole tree that count as tests: types, lint and format, dead code and dependencies.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Surroundings } from './file.ts'
import { runNode } from './process.ts'
import type { FileResult, TestResult } from './result.ts'

interface Check {
  readonly name: string
  readonly package: string
  readonly args: readonly string[]
  /** How it says at how many files it looked, and the fewest that there are: what looks at nothing finds nothing. */
  readonly looked?: { readonly at: RegExp; readonly atLeast: number }
}

const COMPILED = /^Files: +(\d+)$/m

export const CHECKS: readonly Check[] = [
  {
    name: 'check: types (tsc --noEmit)',
    package: 'typescript',
    args: ['--noEmit', '--pretty', 'false', '--extendedDiagnostics'],
    looked: { at: COMPILED, atLeast: 3_200 },
  },
  {
    name: 'check: types of the pages (tsc -p web)',
    package: 'typescript',
    args: ['-p', 'web', '--pretty', 'false', '--extendedDiagnostics'],
    looked: { at: COMPILED, atLeast: 1_700 },
  },
  {
    name: 'check: lint and format (biome check)',
    package: '@biomejs/biome',
    args: ['check', '--error-on-warnings', '--max-diagnostics=50', '.'],
    looked: { at: /^Checked (\d+) files? in /m, atLeast: 1_150 },
  },
  { name: 'check: dead code and dependencies (knip)', package: 'knip', args: ['--no-progress'] },
]

/** The script behind a package's command, so that it runs on our Node whatever the PATH says. */
function scriptOf(root: string, name: string): string {
  const folder = join(root, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  const command = typeof bin === 'string' ? bin : Object.values(bin)[0]
  return join(folder, command ?? '')
}

/** Why a check that found nothing is not believed. */
export function tooFew({ looked }: Pick<Check, 'looked'>, output: string): string | undefined {
  if (looked === undefined) return undefined
  const count = looked.at.exec(output)?.[1]
  if (count === undefined) return 'does not say at how many files it looked'
  if (Number(count) >= looked.atLeast) return undefined
  return `looked at ${count} files; there are ${looked.atLeast} at least`
}

/** Test files of the whole project: fewer, and the runner did not find them. */
const TEST_FILES_MIN = 220

export function checkTestFiles(count: number): FileResult {
  const name = 'check: test files'
  const result: TestResult =
    count >= TEST_FILES_MIN
      ? { name, outcome: 'passed' }
      : { name, outcome: 'failed', error: `${count} found; there are ${TEST_FILES_MIN} at least` }
  return { path: name, ms: 0, output: '', tests: [result] }
}

export async function runCheck(check: Check, around: Surroundings): Promise<FileResult> {
  const script = scriptOf(around.root, check.package)
  const ended = await runNode({ ...around, cwd: around.root, args: [script, ...check.args] })
  const isClean = ended.code === 0 && !ended.timedOut
  const error = ended.timedOut
    ? `did not end within ${around.timeoutMs / 1_000} s`
    : isClean
      ? tooFew(check, ended.output)
      : ended.output.trim()
  const outcome =
    error === undefined ? { outcome: 'passed' as const } : { outcome: 'failed' as const, error }
  return { path: check.name, ms: ended.ms, output: '', tests: [{ name: check.name, ...outcome }] }
}
