// The parts of ATOL's answers that we read, checked. Unknown fields are passed over: the service may add some any day.

import { fromDecimal, MalformedAmount } from '@rialto/kernel/pure/money.ts'
import { HOUR } from '@rialto/kernel/pure/time.ts'
import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { FiscalFacts } from '../domain/fiscal-register.ts'

const uuid = Type.String({ pattern: '^[0-9A-Za-z-]{1,64}$' })
const number = Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: '^\\d{1,20}$' })])

const Failure = Type.Object({
  error: Type.Object({ code: Type.Integer(), text: Type.Optional(Type.String()) }),
  uuid: Type.Optional(Type.Union([uuid, Type.Null()])),
})
const Token = Type.Object({ token: Type.String({ minLength: 1 }) })
const Accepted = Type.Object({ uuid, status: Type.String() })
const Payload = Type.Object({
  total: Type.Number(),
  fn_number: number,
  fiscal_document_number: number,
  fiscal_document_attribute: number,
  receipt_datetime: Type.String(),
  ofd_receipt_url: Type.Optional(
    Type.Union([Type.String({ pattern: '^https?://', maxLength: 2048 }), Type.Null()]),
  ),
})
const Report = Type.Object({
  uuid,
  status: Type.Union([Type.Literal('wait'), Type.Literal('done'), Type.Literal('fail')]),
  error: Type.Optional(Type.Union([Failure.properties.error, Type.Null()])),
  payload: Type.Optional(Type.Unknown()),
  external_id: Type.Optional(Type.Union([Type.String({ maxLength: 128 }), Type.Null()])),
})

const checks = {
  failure: Compile(Failure),
  token: Compile(Token),
  accepted: Compile(Accepted),
  payload: Compile(Payload),
  report: Compile(Report),
}

export type ReportBody = Static<typeof Report>

export const failureOf = (body: unknown): Static<typeof Failure> | undefined =>
  checks.failure.Check(body) ? (body as Static<typeof Failure>) : undefined
export const tokenOf = (body: unknown): string | undefined =>
  checks.token.Check(body) ? (body as Static<typeof Token>).token : undefined
export const acceptedOf = (body: unknown): string | undefined =>
  checks.accepted.Check(body) ? (body as Static<typeof Accepted>).uuid : undefined
export const reportOf = (body: unknown): ReportBody | undefined =>
  checks.report.Check(body) ? (body as ReportBody) : undefined

const DATETIME = /^(\d{2})\.(\d{2})\.(\d{4}) (\d{2}):(\d{2}):(\d{2})$/
/** The service writes Moscow time, which has had no summer time since 2014. */
const OFFSET_MS = 3 * HOUR

/** `15.01.2026 15:00:00` for an instant. */
export function timestampOf(ms: number): string {
  const [date = '', time = ''] = new Date(ms + OFFSET_MS).toISOString().split('T')
  return `${date.split('-').reverse().join('.')} ${time.slice(0, 8)}`
}

function instantOf(text: string): number | undefined {
  const match = DATETIME.exec(text)
  if (match === null) return undefined
  const [, day, month, year, hour, minute, second] = match
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - OFFSET_MS
  return Number.isNaN(ms) ? undefined : ms
}

/** What was registered; undefined when it cannot be read, which says nothing about the document. */
export function factsOf(payload: unknown): FiscalFacts | undefined {
  if (!checks.payload.Check(payload)) return undefined
  const p = payload as Static<typeof Payload>
  const registeredAtMs = instantOf(p.receipt_datetime)
  if (registeredAtMs === undefined) return undefined
  try {
    return {
      totalMinor: fromDecimal(String(p.total), 'RUB').minor,
      fnNumber: String(p.fn_number),
      documentNumber: String(p.fiscal_document_number),
      attribute: String(p.fiscal_document_attribute),
      receiptDatetime: p.receipt_datetime,
      registeredAtMs,
      ...(p.ofd_receipt_url && { receiptUrl: p.ofd_receipt_url }),
    }
  } catch (error) {
    if (error instanceof MalformedAmount) return undefined
    throw error
  }
}

/** ATOL signs nothing, so this only says what to ask for. */
export function callbackOf(raw: Uint8Array): { uuid: string; externalId?: string } | undefined {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw))
  } catch {
    return undefined
  }
  const report = reportOf(body)
  if (report === undefined) return undefined
  const { external_id: externalId } = report
  return { uuid: report.uuid, ...(externalId ? { externalId } : {}) }
}
