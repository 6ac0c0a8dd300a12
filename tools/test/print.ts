// What a run says: one line a file while it goes, below a failed one what failed and why in short, because a log may be cut to
// any part of it; then the skipped by name, then every failure in full.

import { type FileResult, inShort, isGreen, tally } from './result.ts'

const OUTPUT_KEPT = 8_000

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

export function printProgress(result: FileResult): void {
  const { passed, failed, skipped } = tally([result])
  const counts = [
    `${passed} passed`,
    failed > 0 ? `${failed} failed` : '',
    skipped > 0 ? `${skipped} skipped` : '',
  ]
  const ms = String(Math.round(result.ms)).padStart(7)
  print(
    `${isGreen(result) ? 'ok  ' : 'FAIL'} ${ms} ms  ${result.path}  (${counts.filter(Boolean).join(', ')})`,
  )
  const why = inShort(result)
  if (why.length > 0) print(why.join('\n'))
}

export function printSkipped(results: readonly FileResult[]): void {
  const skipped = results.flatMap(({ path, tests }) =>
    tests
      .filter((test) => test.outcome === 'skipped')
      .map((test) => `  ${path}: ${test.name}: ${test.reason}`),
  )
  if (skipped.length > 0) print(`\nSkipped:\n${skipped.join('\n')}`)
}

/** The end of a long text: what a program says last is why it ended. */
const tail = (text: string): string =>
  text.length <= OUTPUT_KEPT ? text : `… ${text.slice(text.length - OUTPUT_KEPT)}`

export function printFailures(results: readonly FileResult[]): void {
  const broken = results.filter((result) => !isGreen(result))
  if (broken.length > 0) print('\nFailed:')
  for (const { path, tests, problem, output } of broken) {
    print(`\n${path}${problem === undefined ? '' : ` ${problem}`}`)
    for (const test of tests)
      if (test.outcome === 'failed' && test.error !== undefined)
        print(`  ${test.name}\n${test.error.replace(/^/gm, '    ')}`)
    if (output.trim() !== '') print(`  It wrote:\n${tail(output.trimEnd()).replace(/^/gm, '    ')}`)
  }
  print('')
}
