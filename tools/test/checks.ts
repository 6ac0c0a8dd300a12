// The checks of the whole tree that count as tests: types, lint and format, dead code and dependencies.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Surroundings } from './file.ts'
import { runNode } from './process.ts'
import type { FileResult } from './result.ts'

interface Check {
  readonly name: string
  readonly package: string
  readonly args: readonly string[]
}

export const CHECKS: readonly Check[] = [
  {
    name: 'check: types (tsc --noEmit)',
    package: 'typescript',
    args: ['--noEmit', '--pretty', 'false'],
  },
  {
    name: 'check: types of the pages (tsc -p web)',
    package: 'typescript',
    args: ['-p', 'web', '--pretty', 'false'],
  },
  {
    name: 'check: lint and format (biome check)',
    package: '@biomejs/biome',
    args: ['check', '--error-on-warnings', '--max-diagnostics=50', '.'],
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

export async function runCheck(check: Check, around: Surroundings): Promise<FileResult> {
  const script = scriptOf(around.root, check.package)
  const ended = await runNode({ ...around, cwd: around.root, args: [script, ...check.args] })
  const passed = ended.code === 0 && !ended.timedOut
  const error = ended.timedOut
    ? `did not end within ${around.timeoutMs / 1_000} s`
    : ended.output.trim()
  const outcome = passed ? { outcome: 'passed' as const } : { outcome: 'failed' as const, error }
  return { path: check.name, ms: ended.ms, output: '', tests: [{ name: check.name, ...outcome }] }
}
