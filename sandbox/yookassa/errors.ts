// Refusals in YooKassa's documented body. A declined payment is not one of these: it is a payment with status `canceled`
// and HTTP 200. A 500 means "outcome unknown" and tells the caller to repeat with the same key.

import type { JsonObject } from './store.ts'

export type ErrorCode =
  | 'invalid_request'
  | 'not_supported'
  | 'invalid_credentials'
  | 'forbidden'
  | 'not_found'
  | 'too_many_requests'
  | 'internal_server_error'

export interface ErrorDetails {
  readonly status: number
  /** Absent for 405 and 415, for which none is documented. */
  readonly code?: ErrorCode | undefined
  readonly description: string
  readonly parameter?: string | undefined
  readonly retryAfterMs?: number | undefined
}

export class ApiError extends Error {
  readonly details: ErrorDetails

  constructor(details: ErrorDetails) {
    super(details.description)
    this.name = 'ApiError'
    this.details = details
  }
}

export const errorBody = (details: ErrorDetails, id: string): JsonObject => ({
  type: 'error',
  id,
  code: details.code,
  description: details.description,
  parameter: details.parameter,
  retry_after: details.retryAfterMs,
})

export const invalid = (parameter: string, description: string): ApiError =>
  new ApiError({ status: 400, code: 'invalid_request', description, parameter })

/** For what YooKassa offers and this stand-in does not imitate; silence would make a test pass for nothing. */
export const notSupported = (parameter: string): ApiError =>
  new ApiError({
    status: 400,
    code: 'not_supported',
    description: `${parameter} is not simulated by this sandbox`,
    parameter,
  })

export const notFound = (parameter: string, description: string): ApiError =>
  new ApiError({ status: 404, code: 'not_found', description, parameter })

export const invalidCredentials = (): ApiError =>
  new ApiError({
    status: 401,
    code: 'invalid_credentials',
    description: 'Basic authentication required: shopId as the login, secret key as the password',
    parameter: 'Authorization',
  })

export const tooManyRequests = (retryAfterMs: number): ApiError =>
  new ApiError({
    status: 429,
    code: 'too_many_requests',
    description: 'Too many requests: repeat later',
    retryAfterMs,
  })

export const unknownOutcome = (): ApiError =>
  new ApiError({
    status: 500,
    code: 'internal_server_error',
    description: 'Outcome unknown: repeat with the same Idempotence-Key',
  })
