// Writes what a test file's own runner reports as JSON lines, one a test. A file killed half-way leaves what it had reached.

import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'
import type { TestResult } from './result.ts'

interface Reported {
  readonly name: string
  readonly nesting: number
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details?: {
    readonly type?: string
    readonly error?: Error & { failureType?: string; cause?: unknown }
  }
}

const reasonOf = (mark: string | boolean, word: string): string =>
  typeof mark === 'string' && mark !== '' ? mark : word

const isGiven = (mark: string | boolean | undefined): mark is string | true =>
  mark !== undefined && mark !== false

/** Of a suite that is passed over, the tests in it are not reported: its mark is all that is said of them. */
const isMarked = ({ skip, todo }: Reported): boolean => isGiven(skip) || isGiven(todo)

function resultOf(passed: boolean, name: string, data: Reported): TestResult {
  if (isGiven(data.skip))
    return { name, outcome: 'skipped', reason: reasonOf(data.skip, 'no reason given') }
  if (isGiven(data.todo))
    return {
      name,
      outcome: 'skipped',
      reason: `not done: ${reasonOf(data.todo, 'no reason given')}`,
    }
  if (passed) return { name, outcome: 'passed' }
  const error = data.details?.error
  const own = error?.failureType !== 'subtestsFailed'
  return {
    name,
    outcome: 'failed',
    ...(own ? { error: inspect(error?.cause ?? error, { depth: 6 }) } : {}),
  }
}

export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = []
  for await (const event of source) {
    const data = event.data as unknown as Reported
    if (event.type === 'test:start') path[data.nesting] = data.name
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const name = [...path.slice(0, data.nesting), data.name].join(' › ')
    const passed = event.type === 'test:pass'
    // A suite only groups; it counts when it was passed over, or failed by itself (a hook threw).
    if (
      data.details?.type === 'suite' &&
      !isMarked(data) &&
      (passed || data.details.error?.failureType === 'subtestsFailed')
    )
      continue
    yield `${JSON.stringify(resultOf(passed, name, data))}\n`
  }
}
