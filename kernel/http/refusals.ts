// What goes wrong before a request reaches a service, as problems with codes of ours.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { Problem, type ProblemKind } from '../pure/problem.ts'
import { problemOf } from '../service/answer.ts'
import { kernelProblems } from '../service/problems.ts'

/** By the framework's code. */
const HTTP_ERRORS: Readonly<Record<string, ProblemKind>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: kernelProblems.payload_too_large,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: kernelProblems.unsupported_media_type,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: kernelProblems.malformed_request,
  FST_ERR_CTP_EMPTY_JSON_BODY: kernelProblems.malformed_json,
  FST_ERR_CTP_INVALID_JSON_BODY: kernelProblems.malformed_json,
}

/**
 * By the status that the framework, or a plugin of it, gave its error: what it refuses is the client's doing, and must not be told as a
 * bug of ours. Addresses that it will not serve are nobody's.
 */
function kindOfRefused(error: unknown): ProblemKind | undefined {
  const { statusCode = 500 } = (error ?? {}) as { statusCode?: number }
  if (error instanceof Problem || statusCode < 400 || statusCode > 499) return undefined
  const isNobodys = statusCode === 403 || statusCode === 404
  return isNobodys ? kernelProblems.not_found : kernelProblems.malformed_request
}

/** The body ended before it was whole: the client broke off, or we did because it took too long. */
const isBrokenOff = ({ aborted, complete }: IncomingMessage): boolean => aborted && !complete

/** The problem that an error at the edge is. */
export function problemOfHttp(error: unknown, request: IncomingMessage): Problem {
  const code = String((error as { code?: unknown } | null)?.code ?? '')
  // Nobody hears it; it is counted as the client's, and not told as an outage of ours.
  if (code === 'ECONNRESET' && isBrokenOff(request))
    return new Problem(kernelProblems.malformed_request, { cause: error })
  const kind = HTTP_ERRORS[code] ?? kindOfRefused(error)
  return kind === undefined ? problemOf(error, false) : new Problem(kind, { cause: error })
}

const BROKEN: Readonly<Record<string, ProblemKind>> = {
  ERR_HTTP_REQUEST_TIMEOUT: kernelProblems.request_timeout,
  HPE_HEADER_OVERFLOW: kernelProblems.headers_too_large,
}

export interface BrokenRequest {
  readonly code: string
  readonly socket: Duplex
  readonly traceId: string
  /** Those of every answer. */
  readonly headers: Readonly<Record<string, string>>
}

/** Where requests are led whose address cannot be decoded, so that they are headed, limited and counted like all others. */
export const UNREADABLE = '/%00'

/** The address by which a request finds its route. */
export function readableUrl(url = '/'): string {
  if (!url.includes('%')) return url
  try {
    decodeURIComponent(url.split('?', 1)[0] ?? '')
    return url
  } catch {
    return UNREADABLE
  }
}

/** Answers what is not even HTTP, on the bare socket, and closes it. */
export function answerBrokenRequest({ code, socket, traceId, headers }: BrokenRequest): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const kind = BROKEN[code] ?? kernelProblems.malformed_request
  const body = JSON.stringify(new Problem(kind).body({ traceId }))
  socket.end(
    [
      `HTTP/1.1 ${kind.status} ${kind.title}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      'cache-control: no-store',
      `x-correlation-id: ${traceId}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
