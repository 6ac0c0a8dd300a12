// What a database error means for the caller. One table of matchers, because a lost server must never look like a refusal:
// refusing money that was taken is worse than asking to try again.

/** 25P03: it closed our connection because we, or the machine, stood still in a transaction. */
const UNAVAILABLE_STATES = /^(08|53|57P0|25P03)/
const UNAVAILABLE_CODES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
])
/** Of a server that is spoken to by a socket: not there, or more who want in than it can hear. */
const UNAVAILABLE_SOCKET = new Set(['ENOENT', 'EAGAIN'])
const UNAVAILABLE_TEXTS =
  /Connection terminated|timeout exceeded when trying to connect|Client was closed|connection error and is not queryable|Query read timeout/

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

/** The server is unreachable, restarting or out of resources: nothing is known to be wrong with the request. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error)
  if (UNAVAILABLE_CODES.has(code)) return true
  if (UNAVAILABLE_SOCKET.has(code) && (error as NodeJS.ErrnoException).syscall === 'connect')
    return true
  if (code.length === 5 && UNAVAILABLE_STATES.test(code)) return true
  return error instanceof Error && UNAVAILABLE_TEXTS.test(error.message)
}

/** No way there, or what PostgreSQL says of a wrong user, password or database. */
const WRONG_ADDRESS = new Set([
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '28P01',
  '28000',
  '3D000',
])
/** The driver's words for a password that is missing or is another, and for encryption that the server has not. */
const WRONG_WAY = /^SASL: |does not support SSL/

const isUnusable = (error: unknown): boolean =>
  isUnavailable(error) ||
  WRONG_ADDRESS.has(codeOf(error)) ||
  (error instanceof Error && WRONG_WAY.test(error.message))

/** What an operator can mend about the server at DATABASE_URL, in words; undefined where something else is wrong. */
export function explainUnusable(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (!isUnusable(error)) return explainUnusable(error.cause)
  // Where a name has several addresses the error of all of them has no message of its own.
  const why = error.message || codeOf(error)
  return `The database at DATABASE_URL cannot be used (${why}). Check that it runs, and its address, name, user and password.`
}

/** A table or a schema that every platform has is not there: nothing was migrated here, or not up to this version. */
export const isUnmigrated = (error: unknown): boolean => ['42P01', '3F000'].includes(codeOf(error))

/** Deadlock or serialization failure: the same work may simply be run again. */
export const isConflict = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error))

/** An earlier statement of the transaction failed; this one was not even tried. */
export const isAborted = (error: unknown): boolean => codeOf(error) === '25P02'

/** A lock was not to be had in time; the work did nothing. */
export const isLockTimeout = (error: unknown): boolean => codeOf(error) === '55P03'

/** Unique violation, optionally of the named constraint. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (codeOf(error) !== '23505') return false
  return constraint === undefined || (error as { constraint?: string }).constraint === constraint
}
