// The port to fiscal registers. A document has a name of ours; sending it again under the same name never makes a second one,
// so what got no answer is simply sent again. Only what the register itself has called dead gets a new name.

import type { FiscalItem } from './fiscal-items.ts'

export interface FiscalDocument {
  readonly externalId: string
  readonly kind: 'sale' | 'refund'
  /** Where the buyer's copy goes; the law wants one address. */
  readonly email: string
  readonly items: readonly FiscalItem[]
  readonly totalMinor: bigint
  readonly createdAtMs: number
  /** Fiscal sign of the sale that a refund undoes. */
  readonly saleAttribute?: string
}

/** What the register wrote. */
export interface FiscalFacts {
  readonly totalMinor: bigint
  readonly fnNumber: string
  readonly documentNumber: string
  readonly attribute: string
  readonly receiptDatetime: string
  readonly registeredAtMs: number
  readonly receiptUrl?: string
}

export type Report =
  | { readonly kind: 'waiting' }
  /** The register does not know it, or not yet. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'done'; readonly facts: FiscalFacts; readonly externalId?: string }
  /** It will never be a receipt. */
  | { readonly kind: 'dead'; readonly error: string; readonly externalId?: string }

export interface Register {
  /** Names of its calls in the diagrams. */
  readonly calls: { readonly sale: string; readonly refund: string; readonly report: string }
  /** Answers the register's own id of the document, which may have been there before. */
  register(document: FiscalDocument): Promise<string>
  report(uuid: string): Promise<Report>
  /** Undefined: not a callback of this register. Nothing in it is believed; the report is fetched. */
  parseCallback(raw: Uint8Array): { uuid: string; externalId?: string } | undefined
}

/** A definite no: there is no document of this name. */
export class RegisterRefused extends Error {
  readonly code: number
  readonly status: number
  constructor(code: number, status: number, message: string) {
    super(message)
    this.name = 'RegisterRefused'
    this.code = code
    this.status = status
  }
}

/** No answer, or none that says what was done. */
export class RegisterSilent extends Error {
  /** HTTP status as text, `timeout`, or `unreachable`. */
  readonly outcome: string
  /** What was asked never left: no connection, or no token for it. Only where that is certain. */
  readonly isUnsent: boolean
  constructor(
    outcome: string,
    message: string,
    { isUnsent = false, ...options }: { cause?: unknown; isUnsent?: boolean } = {},
  ) {
    super(message, options)
    this.name = 'RegisterSilent'
    this.outcome = outcome
    this.isUnsent = isUnsent
  }
}
