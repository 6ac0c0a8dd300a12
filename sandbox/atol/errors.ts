// Refusals in ATOL's documented body. Codes are those of protocol v5; negative ones come from the register's driver.

import type { JsonObject } from './store.ts'

type ErrorType = 'unknown' | 'system' | 'driver' | 'timeout' | 'agent'

const KNOWN: Readonly<Record<number, readonly [status: number, text: string]>> = {
  0: [400, 'The body is not JSON'],
  1: [400, 'The document could not be processed; send it again with a new external_id'],
  10: [401, 'The token is missing'],
  11: [401, 'The token has expired'],
  12: [401, 'Wrong login or password'],
  13: [400, 'The request does not fit its schema'],
  14: [401, 'The user is blocked'],
  20: [401, 'The token is of another group'],
  21: [401, 'The group is not supported'],
  30: [400, 'The uuid is missing'],
  31: [400, 'The operation is not supported'],
  32: [400, 'The receipt does not fit its schema'],
  33: [400, 'A document with this external_id exists already'],
  34: [400, 'The document is not found or not processed yet'],
  40: [400, 'Bad request'],
  41: [400, 'Content-Type must be application/json'],
  50: [500, 'The server is misconfigured'],
  [-3804]: [400, 'Zero quantity'],
}

/** Codes that a stand-in can be told to answer with. */
export const isKnownCode = (code: number): boolean => code in KNOWN || code < 0

const typeOf = (code: number): ErrorType => (code < 0 ? 'driver' : 'system')

export class AtolError extends Error {
  readonly code: number
  readonly status: number
  /** Of the document that exists already. */
  readonly uuid: string | undefined

  constructor(code: number, more: { text?: string; status?: number; uuid?: string } = {}) {
    const [status, text] = KNOWN[code] ?? [400, `The register refused the document (${code})`]
    super(more.text ?? text)
    this.name = 'AtolError'
    this.code = code
    this.status = more.status ?? status
    this.uuid = more.uuid
  }
}

/** The `error` of an answer or a report. */
export const errorObject = (code: number, text: string, id: string): JsonObject => ({
  error_id: id,
  code,
  text,
  type: typeOf(code),
})

/** Moscow time, in which the service writes all its times. */
export function timestampOf(ms: number): string {
  const [date = '', time = ''] = new Date(ms + 3 * 3_600_000).toISOString().split('T')
  return `${date.split('-').reverse().join('.')} ${time.slice(0, 8)}`
}
