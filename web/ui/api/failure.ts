// Every call that does not bring what was asked fails with a problem in the platform's own form, also when no answer came at
// all, so that one panel can show all of them.

import type { ProblemBody } from '@rialto/kernel/pure/problem.ts'

/** No answer, or one that is not the platform's. */
export const NO_ANSWER = 'pages.no_answer'

export class ApiFailure extends Error {
  readonly problem: ProblemBody

  constructor(problem: ProblemBody, cause?: unknown) {
    super(`${problem.code}: ${problem.detail}`, { cause })
    this.name = 'ApiFailure'
    this.problem = problem
  }

  /** Nobody can say what came of it: the same request may be sent again, under the same key. */
  get isPassing(): boolean {
    const { code, status } = this.problem
    return code === NO_ANSWER || code === 'kernel.idempotency_in_progress' || status >= 502
  }
}

/** What a lost answer means for money: a read moves none, anything else may have arrived. */
export const noAnswer = (moves: boolean, cause?: unknown): ApiFailure =>
  new ApiFailure(
    {
      type: `urn:rialto:problem:${NO_ANSWER}`,
      title: 'No answer from the server',
      status: 0,
      detail: 'No answer from the server',
      code: NO_ANSWER,
      action: 'Check the connection and try again.',
      money: moves ? 'checking' : 'untouched',
    },
    cause,
  )

function isProblem(body: unknown): body is ProblemBody {
  if (typeof body !== 'object' || body === null) return false
  const { code, status, money } = body as Partial<ProblemBody>
  return typeof code === 'string' && typeof status === 'number' && typeof money === 'string'
}

export const failureOf = (body: unknown, moves: boolean): ApiFailure =>
  isProblem(body) ? new ApiFailure(body) : noAnswer(moves)

/** The failure behind anything that was thrown; undefined: it is a fault of the page itself. */
export const asFailure = (error: unknown): ApiFailure | undefined =>
  error instanceof ApiFailure ? error : undefined

/** Names of the fields of what was sent that the platform refused; deeper parts go by the field they are in. */
export const refusedFields = (error: unknown): ReadonlySet<string> =>
  new Set(
    asFailure(error)?.problem.errors?.flatMap(({ pointer }) => pointer.split('/')[1] ?? []) ?? [],
  )

/** Nothing there is an answer, not a failure. */
export async function orNothing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (asFailure(error)?.problem.status === 404) return null
    throw error
  }
}
