// Answers as text, the same whichever way they travel. A reply that its contract does not declare is our bug and is not sent:
// it may hold a field that nobody was to see, and clients are built on what is declared.

import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { isConflict, isLockTimeout, isUnavailable } from '../db/errors.ts'
import type { AnyRoute } from '../pure/contract.ts'
import { Retryable, Unavailable } from '../pure/failure.ts'
import { Problem, type ProblemBody } from '../pure/problem.ts'
import type { Context } from './context.ts'
import { strict } from './input.ts'
import type { RawReply } from './mount.ts'
import { kernelProblems } from './problems.ts'

const RETRY_AFTER_S = 2

export interface AnswerText {
  readonly status: number
  readonly body: string | undefined
}

/** An answer from its parts, with the headers that follow from them. */
export function answerFromText({ status, body }: AnswerText): RawReply {
  if (body === undefined) return { status, headers: {} }
  if (status < 400) return { status, headers: { 'content-type': 'application/json' }, body }
  const problem = JSON.parse(body) as Partial<ProblemBody>
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(problem.retry_after === undefined ? {} : { 'retry-after': String(problem.retry_after) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body,
  }
}

/** The answer that a problem is. */
export const problemAnswer = (problem: Problem, traceId: string): RawReply =>
  answerFromText({ status: problem.kind.status, body: JSON.stringify(problem.body({ traceId })) })

/** Makes the writer of a route's replies. It throws on an undeclared status and on a body that does not fit. */
export function replyWriterOf(route: AnyRoute): (reply: unknown) => RawReply {
  const declared = Object.entries(route.replies as Readonly<Record<string, TSchema>>)
  const checkers = new Map(
    declared.map(([status, schema]) => [Number(status), Compile(strict(schema))]),
  )
  return (reply) => {
    const { status, body } = reply as { status: number; body: unknown }
    const checker = checkers.get(status)
    const where = `${route.service}.${route.name} ${status}`
    if (checker === undefined) throw new Error(`${where}: the status is not declared`)
    if (status === 204) return answerFromText({ status, body: undefined })
    if (!checker.Check(body)) {
      const [first] = checker.Errors(body)
      throw new Error(
        `${where}: the reply does not fit, ${first?.instancePath ?? '/'} ${first?.message ?? ''}`,
      )
    }
    // Providers that want to read `OK` do not want to read `"OK"`.
    if (route.raw === true && typeof body === 'string')
      return { status, headers: { 'content-type': 'text/plain' }, body }
    if (route.media !== undefined && typeof body === 'string')
      return { status, headers: { 'content-type': `${route.media}; charset=utf-8` }, body }
    return answerFromText({ status, body: JSON.stringify(body) })
  }
}

const isStatementTimeout = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === '57014'

/** 503: nothing is wrong with the request. `unknown` says that its work may have been done all the same. */
function unavailable(cause: unknown, unknown: boolean): Problem {
  const afterMs = cause instanceof Retryable ? cause.afterMs : undefined
  return new Problem(
    { ...kernelProblems.unavailable, money: unknown ? 'checking' : 'untouched' },
    {
      retryAfterSeconds: afterMs === undefined ? RETRY_AFTER_S : Math.ceil(afterMs / 1_000),
      ...(unknown
        ? {
            detail: 'It is not known yet whether this was done. Repeating it is safe with its key.',
          }
        : {}),
      cause,
    },
  )
}

/** What an error means to the caller. `committed`: part of the work has been. */
export function problemOf(error: unknown, committed: boolean): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Unavailable)
    return unavailable(error, committed || error.outcome === 'unknown')
  const passing =
    error instanceof Retryable ||
    isUnavailable(error) ||
    isLockTimeout(error) ||
    isConflict(error) ||
    isStatementTimeout(error)
  if (passing) return unavailable(error, committed)
  return new Problem(
    { ...kernelProblems.internal, money: committed ? 'checking' : 'untouched' },
    { cause: error },
  )
}

/** The answer to an error, logged by its kind: a refusal is daily business, what is down is a warning, a bug is an error. */
export function failureAnswer(
  error: unknown,
  about: { ctx: Context; route: AnyRoute; committed: boolean },
): RawReply {
  const { ctx, route, committed } = about
  const problem = problemOf(error, committed)
  const { code, status } = problem.kind
  const fields = { route: route.name, code, status }
  const reason = problem.options.cause ?? problem
  if (status < 500) ctx.log.info(fields, 'refused')
  else if (status === 500) ctx.log.error({ ...fields, err: reason }, 'request failed')
  else ctx.log.warn({ ...fields, err: reason }, 'request not possible now')
  return problemAnswer(problem, ctx.correlation)
}
