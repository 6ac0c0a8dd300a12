// The register at work: it takes documents, writes them into its fiscal storage when their time has come, and tells about it.
// Every step is made and committed in one go, so that no request sees half of one and no external_id gives two documents.

import { createHash } from 'node:crypto'
import { type Clock, HOUR } from '@rialto/kernel/pure/time.ts'
import { Calendar } from '../engine/calendar.ts'
import { Callbacks } from './callbacks.ts'
import type { DocumentRequest } from './document.ts'
import { AtolError, errorObject, timestampOf } from './errors.ts'
import {
  type Books,
  type Change,
  type DocumentRecord,
  type FiscalRecord,
  type JsonObject,
  type Operation,
  openStore,
  type Store,
} from './store.ts'

export interface RegisterOptions {
  readonly clock: Clock
  readonly seed: string
  readonly group: string
  readonly journal: string | undefined
  readonly processingMs: number
  readonly redeliveryDelaysMs: readonly number[]
  readonly callbackTimeoutMs: number
  receiptUrl(uuid: string): string
}

const TOKEN_MS = 24 * HOUR
const RECEIPTS_A_SHIFT = 1_000
/** A register of the simulation: numbers of the right form, never issued to anybody. */
const FN_NUMBER = '9999078900000001'
const ECR_REGISTRATION_NUMBER = '0000000000012345'
const OFD_INN = '0000000000'

export class Register {
  readonly callbacks: Callbacks
  readonly books: Books
  readonly group: string
  /** How processing ends for the next documents: a code to fail with, or undefined for done. */
  readonly plans: (number | undefined)[] = []
  processingMs: number
  readonly #options: RegisterOptions
  readonly #store: Store
  readonly #calendar: Calendar<'document' | 'callback'>
  readonly #tokens = new Map<string, number>()
  #issued: number
  #closed = false

  constructor(options: RegisterOptions) {
    this.#options = options
    this.group = options.group
    this.processingMs = options.processingMs
    this.#store = openStore(options.journal)
    this.books = this.#store.books
    this.#issued = this.#store.issuedBefore
    this.#calendar = new Calendar({
      now: () => this.now(),
      attend: ({ kind, id }) => (kind === 'callback' ? this.callbacks.due(id) : this.#process(id)),
      moveClock: (byMs) => this.commit([['clock_offset', this.books.clockOffsetMs + byMs]]),
      quiet: () => this.callbacks.quiet(),
    })
    this.callbacks = new Callbacks({
      ...{ books: this.books, now: () => this.now(), id: () => this.#uuid() },
      redeliveryDelaysMs: options.redeliveryDelaysMs,
      timeoutMs: options.callbackTimeoutMs,
      commit: (changes) => this.commit(changes),
    })
    for (const document of this.books.documents.values()) this.#remember(['document', document])
    for (const callback of this.books.callbacks.values()) this.#remember(['callback', callback])
  }

  now(): number {
    return this.#options.clock.now() + this.books.clockOffsetMs
  }

  newId(): string {
    return this.#uuid()
  }

  /** Tokens live in memory: after a restart the old ones count as expired. */
  issueToken(): string {
    const token = this.#hash()
    this.#tokens.set(token, this.now() + TOKEN_MS)
    return token
  }

  expireTokens(): void {
    this.#tokens.clear()
  }

  checkToken(token: unknown): void {
    if (typeof token !== 'string' || token === '') throw new AtolError(10)
    const endsAt = this.#tokens.get(token)
    if (endsAt === undefined || endsAt <= this.now()) throw new AtolError(11)
  }

  accept(operation: Operation, request: DocumentRequest): JsonObject {
    this.settle()
    const known = this.books.externalIds.get(request.externalId)
    if (known !== undefined) throw new AtolError(33, { uuid: known })
    const at = this.now()
    const planned = this.plans.shift()
    const failsWith = request.hasZeroQuantity ? -3804 : planned
    const { externalId, callbackUrl, receipt, totalMinor } = request
    const document: DocumentRecord = {
      ...{ uuid: this.#uuid(), externalId, operation, createdAt: at, status: 'wait' },
      ...{ dueAt: at + this.processingMs, receipt, totalMinor, callbackUrl, failsWith },
    }
    this.commit([['document', document]])
    return { uuid: document.uuid, timestamp: timestampOf(at), status: 'wait', error: null }
  }

  /** The report as it is asked for and as it is called back. */
  report(uuid: string): JsonObject {
    this.settle()
    const document = this.books.documents.get(uuid)
    if (document === undefined) throw new AtolError(34)
    return this.#reportOf(document)
  }

  commit(changes: readonly Change[]): void {
    if (this.#closed) throw new Error('the sandbox is closed')
    this.#store.commit(changes, this.#issued)
    for (const change of changes) this.#remember(change)
    this.settle()
    this.callbacks.wake()
  }

  /** Does everything that is due by now. */
  settle(): void {
    this.#calendar.settle()
  }

  advance(ms: number): Promise<void> {
    return this.#calendar.advance(ms)
  }

  get waiting(): boolean {
    return [...this.books.documents.values()].some(({ status }) => status === 'wait')
  }

  async close(): Promise<void> {
    this.#calendar.close()
    await this.callbacks.close()
    this.#closed = true
    this.#store.close()
  }

  #process(uuid: string): void {
    const document = this.books.documents.get(uuid)
    if (document?.status !== 'wait' || document.dueAt > this.now()) return
    const ended: DocumentRecord =
      document.failsWith === undefined
        ? { ...document, status: 'done', fiscal: this.#registered() }
        : { ...document, status: 'fail' }
    const body = this.#reportOf(ended)
    const callbacks = this.callbacks.announce({ uuid, url: document.callbackUrl, body })
    this.commit([['document', ended], ...callbacks])
  }

  #registered(): FiscalRecord {
    const documentNumber = this.books.registered + 1
    return {
      ...{ fnNumber: FN_NUMBER, ecrRegistrationNumber: ECR_REGISTRATION_NUMBER, documentNumber },
      shiftNumber: 1 + Math.floor((documentNumber - 1) / RECEIPTS_A_SHIFT),
      receiptNumber: 1 + ((documentNumber - 1) % RECEIPTS_A_SHIFT),
      attribute: Number.parseInt(this.#hash().slice(0, 8), 16),
      at: this.now(),
    }
  }

  #reportOf(document: DocumentRecord): JsonObject {
    const { uuid, externalId, status, fiscal, totalMinor, failsWith, callbackUrl } = document
    const error =
      status === 'fail' && failsWith !== undefined
        ? errorObject(failsWith, new AtolError(failsWith).message, uuid)
        : null
    const payload =
      fiscal === undefined
        ? null
        : {
            total: totalMinor / 100,
            fns_site: 'www.nalog.gov.ru',
            fn_number: fiscal.fnNumber,
            shift_number: fiscal.shiftNumber,
            receipt_datetime: timestampOf(fiscal.at),
            fiscal_receipt_number: fiscal.receiptNumber,
            fiscal_document_number: fiscal.documentNumber,
            ecr_registration_number: fiscal.ecrRegistrationNumber,
            fiscal_document_attribute: fiscal.attribute,
            ofd_inn: OFD_INN,
            ofd_receipt_url: this.#options.receiptUrl(uuid),
          }
    return {
      ...{ uuid, error, status, payload, timestamp: timestampOf(this.now()) },
      ...{ group_code: this.group, daemon_code: 'sandbox', device_code: 'KSR-SANDBOX-1' },
      ...{ external_id: externalId, callback_url: callbackUrl ?? '' },
    }
  }

  #remember([kind, record]: Change): void {
    if (kind === 'document' && record.status === 'wait')
      this.#calendar.remember({ at: record.dueAt, kind, id: record.uuid })
    else if ((kind === 'callback' || kind === 'progress') && record.state === 'pending')
      this.#calendar.remember({ at: record.dueAt, kind: 'callback', id: record.id })
  }

  #hash(): string {
    this.#issued += 1
    return createHash('sha256').update(`${this.#options.seed}:${this.#issued}`).digest('hex')
  }

  #uuid(): string {
    const hash = this.#hash()
    const parts = [
      [0, 8],
      [8, 12],
      [12, 16],
      [16, 20],
      [20, 32],
    ] as const
    return parts.map(([from, to]) => hash.slice(from, to)).join('-')
  }
}
