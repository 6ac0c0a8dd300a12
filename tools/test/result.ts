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

/** What the machine itself is like, which nothing that is installed can change; and what only full rounds take the time for. */
const MAY_SKIP = [
  'only root gives the server to another account',
  'finds the watchdog in /proc',
  'knows it by /proc',
  'makes a zombie that /proc shows',
  'this machine has no address but loopback',
  'PROOF=full ',
]

const isForbiddenSkip = ({ outcome, reason = '' }: TestResult): boolean =>
  outcome === 'skipped' && !MAY_SKIP.some((known) => reason.startsWith(known))

/** With `requireReal`, a test has failed that was skipped for want of a real server, or for a reason that is not known here. */
export function strictly(result: FileResult, requireReal: boolean): FileResult {
  if (!requireReal) return result
  const tests = result.tests.map(
    (test): TestResult =>
      isForbiddenSkip(test)
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

/** Enough for a message and its difference, of as many tests as tell whether one cause or several. */
const REASON_LINES = 25
const LINE_CHARACTERS = 300
const TESTS_TOLD = 4

/** A text's first lines, each of a length that a person reads. */
function beginning(text: string, lines: number): string[] {
  const all = text.split('\n')
  const cut = all
    .slice(0, lines)
    .map((line) => (line.length > LINE_CHARACTERS ? `${line.slice(0, LINE_CHARACTERS)} …` : line))
  return all.length > lines ? [...cut, `… ${all.length - lines} lines more`] : cut
}

/** What failed and how its reasons begin; nothing for a file that is green. */
export function inShort(result: FileResult): string[] {
  if (isGreen(result)) return []
  const failed = result.tests.filter(({ outcome, error }) => outcome === 'failed' && error)
  const told = failed
    .slice(0, TESTS_TOLD)
    .flatMap(({ name, error = '' }) => [
      `     ✖ ${name}`,
      ...beginning(error, REASON_LINES).map((line) => `         ${line}`),
    ])
  const more = failed.length - TESTS_TOLD
  // A file that died says why last; one whose tests failed has said it in their errors.
  const last = result.output.trimEnd().split('\n').slice(-REASON_LINES).join('\n')
  return [
    ...(result.problem === undefined ? [] : [`     ✖ ${result.problem}`]),
    ...told,
    ...(more > 0 ? [`     ✖ and ${more} tests more`] : []),
    ...(told.length > 0 || last === ''
      ? []
      : beginning(last, REASON_LINES).map((line) => `         ${line}`)),
  ]
}

/** A run that saw no test proves nothing. */
export const runPassed = (counts: Tally): boolean => counts.failed === 0 && counts.passed > 0

export const countLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`
