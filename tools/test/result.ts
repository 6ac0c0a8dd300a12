// What one test file, or one check of the whole tree, came to; and how a run is judged from that.

export interface TestResult {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly reason?: string
  /** Absent for a test that failed only because a test inside it did. */
  readonly error?: string
}

export interface FileResult {
  readonly path: string
  readonly ms: number
  readonly tests: readonly TestResult[]
  /** Why the file failed as a whole, whatever its tests said: it was killed, died, or reported no test. */
  readonly problem?: string
  readonly output: string
}

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const isMissingPart = (test: TestResult): boolean =>
  test.outcome === 'skipped' && (test.reason ?? '').startsWith('needs ')

/** With `requireReal`, a test skipped for want of a real server has failed. */
export function strictly(result: FileResult, requireReal: boolean): FileResult {
  if (!requireReal) return result
  const tests = result.tests.map(
    (test): TestResult =>
      isMissingPart(test)
        ? { ...test, outcome: 'failed', error: `skipped, and REQUIRE_REAL is set: ${test.reason}` }
        : test,
  )
  return { ...result, tests }
}

/** A file's own problem counts as one failure more. */
export function tally(results: readonly FileResult[]): Tally {
  const outcomes = results.flatMap((result) => result.tests.map((test) => test.outcome))
  const of = (outcome: TestResult['outcome']): number =>
    outcomes.filter((o) => o === outcome).length
  const broken = results.filter((result) => result.problem !== undefined).length
  return { passed: of('passed'), failed: of('failed') + broken, skipped: of('skipped') }
}

export const isGreen = (result: FileResult): boolean =>
  result.problem === undefined && result.tests.every((test) => test.outcome !== 'failed')

/** A run that saw no test proves nothing. */
export const runPassed = (counts: Tally): boolean => counts.failed === 0 && counts.passed > 0

export const countLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`
