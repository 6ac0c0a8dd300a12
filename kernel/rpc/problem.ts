// Problems over gRPC. The code of a problem travels whole in the metadata `x-problem-bin`, the gRPC status only says its kind
// to callers that know nothing of us; so a refusal reads the same over HTTP, gRPC and in process. A bug is told to nobody:
// the caller gets `internal`, the log gets the rest.

import { Code, ConnectError, decodeBinaryHeader, encodeBinaryHeader } from '@connectrpc/connect'
import { Retryable, Unavailable } from '../pure/failure.ts'
import { Problem, type ProblemBody, problemFrom, problems } from '../pure/problem.ts'

const HEADER = 'x-problem-bin'
export const FLOW_HEADER = 'x-flow'

/** What the rpc edge itself refuses. */
export const rpcProblems = problems('rpc', {
  unauthenticated: [
    401,
    'Not signed in',
    'Send a valid service token as "authorization: Bearer …".',
  ],
  forbidden: [403, 'Not allowed', 'Only services of the platform call this port.'],
})

const CODES: Readonly<Record<number, Code>> = {
  400: Code.InvalidArgument,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  404: Code.NotFound,
  409: Code.FailedPrecondition,
  412: Code.Aborted,
  422: Code.InvalidArgument,
  429: Code.ResourceExhausted,
  502: Code.Unavailable,
  503: Code.Unavailable,
  504: Code.DeadlineExceeded,
}

/** The error that travels. */
export function toConnectError(error: unknown, flow?: string): ConnectError {
  const metadata = new Headers(flow === undefined ? {} : { [FLOW_HEADER]: flow })
  if (error instanceof Problem) {
    metadata.set(HEADER, encodeBinaryHeader(new TextEncoder().encode(JSON.stringify(error.body()))))
    return new ConnectError(error.message, CODES[error.kind.status] ?? Code.Internal, metadata)
  }
  if (error instanceof ConnectError) return error
  if (error instanceof Unavailable || error instanceof Retryable)
    return new ConnectError('temporarily unavailable', Code.Unavailable, metadata)
  return new ConnectError('internal error', Code.Internal, metadata, undefined, error)
}

/** Whether the callee's log shall hold it: neither a refusal nor a known kind of failure. */
export const isBug = (error: unknown): boolean =>
  !(error instanceof Problem || error instanceof Unavailable || error instanceof Retryable) &&
  !(error instanceof ConnectError)

export interface Failed {
  /** What the caller's code gets: the callee's Problem, or `Unavailable` for everything that is not a refusal. */
  readonly error: Problem | Unavailable
  /** HTTP status that stands for it. */
  readonly status: number
  readonly flow: string | undefined
}

/** Reads what arrived. A callee that fails otherwise than by a refusal is infrastructure: nothing is known to be wrong. */
export function fromConnectError(reason: unknown, name: string): Failed {
  const error = ConnectError.from(reason)
  const flow = error.metadata.get(FLOW_HEADER) ?? undefined
  const encoded = error.metadata.get(HEADER)
  if (encoded !== null) {
    const body = JSON.parse(new TextDecoder().decode(decodeBinaryHeader(encoded))) as ProblemBody
    return { error: problemFrom(body), status: body.status, flow }
  }
  const cause = { cause: reason }
  if (error.code === Code.DeadlineExceeded)
    return { error: new Unavailable(`${name}: no answer in time`, cause), status: 504, flow }
  const status = error.code === Code.Internal ? 500 : 503
  return { error: new Unavailable(`${name}: ${error.rawMessage}`, cause), status, flow }
}
