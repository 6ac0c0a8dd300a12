// The one way in which news from the register reaches a receipt: the answer to a send, a look, a callback's look. Whoever is
// late finds the receipt moved on and changes nothing. What was read a moment ago is mostly still so: then one conditional update
// is all, and the receipt is locked and read again only where that update finds it changed.

import { receiptStates } from '@rialto/contracts/payments/receipt-states.ts'
import type { Unit } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { qrOf } from '../domain/fiscal-qr.ts'
import {
  externalIdOf,
  FAILED_AGAIN_MS,
  type News,
  type Next,
  nextOf,
  type Progress,
} from '../domain/fiscal-receipt.ts'
import type { FiscalFacts, Report } from '../domain/fiscal-register.ts'
import { publishReceiptStatus } from '../events/publishers-fiscal.ts'
import {
  lockReceipt,
  type OpenReceipt,
  setProgress,
  setProgressOf,
  setRegistered,
  setReopened,
} from '../store-fiscal.ts'
import { openReview } from './open-review.ts'

/** News about one document; `attempt` and `uuid` say which, `sends` by which call. */
export interface Told {
  readonly receiptId: string
  readonly attempt?: number
  readonly sends?: number
  readonly uuid?: string
  readonly news: News
}

/** What a report says about the receipt that asked; undefined: it is about another document. */
export function newsOf(report: Report, name: string): News | undefined {
  const told = 'externalId' in report ? report.externalId : undefined
  if (told !== undefined && told !== name) return undefined
  return report
}

function review(tx: Tx, row: OpenReceipt, facts: FiscalFacts): void {
  const details = { ...facts, totalMinor: String(facts.totalMinor), receipt_id: row.receipt_id }
  const about = { paymentId: row.payment_id, subject: row.receipt_id, details }
  openReview(tx, { ...about, reason: 'receipt_differs', now: tx.ctx.now() })
}

/** The code of a document that is what was sent. */
function qrFor({ amount_minor: totalMinor, kind }: OpenReceipt, facts: FiscalFacts) {
  return facts.totalMinor === totalMinor ? qrOf({ ...facts, totalMinor, kind }) : undefined
}

/** A document that is not what was sent is no receipt of this payment; a person looks at it. */
function checked(tx: Tx, row: OpenReceipt, next: Next): { next: Next; qr?: string } {
  const { facts } = next
  if (facts === undefined) return { next }
  const qr = qrFor(row, facts)
  if (qr !== undefined) return { next, qr }
  review(tx, row, facts)
  const error = 'the register has another document under this name'
  const { facts: _facts, ...rest } = next
  return { next: { ...rest, state: 'failed', error, againInMs: FAILED_AGAIN_MS } }
}

/** Whether the receipt was still waiting for this document. */
async function register(
  tx: Tx,
  row: OpenReceipt,
  done: { facts: FiscalFacts; qr: string; uuid: string },
): Promise<boolean> {
  const { facts, qr, uuid } = done
  const { fnNumber, documentNumber, attribute, registeredAtMs, receiptUrl = null } = facts
  const registered = { fnNumber, documentNumber, attribute, qr, receiptUrl, registeredAtMs }
  if ((await tx.run(setRegistered(row, uuid, registered))) === 0) return false
  tx.step(receiptStates, 'fiscalized_success')
  publishReceiptStatus(tx, row, registered)
  return true
}

async function keep(tx: Tx, row: OpenReceipt, next: Next): Promise<void> {
  const { receipt_id: receiptId } = row
  const update = setProgress(receiptId, next, tx.ctx.now())
  if (next.state === 'pending') {
    tx.write(update)
    return
  }
  await tx.move(receiptStates, 'pending', next.state, update)
  const about = { receipt: receiptId, payment: row.payment_id, error: next.error }
  tx.ctx.log.error(about, 'no fiscal receipt so far: the register has to be looked at')
  if (!row.failure_told) publishReceiptStatus(tx, row, undefined)
}

/** Whether the news is about the document that counts. That one call was not answered says nothing once another is under way. */
function isAbout(row: OpenReceipt, { attempt, sends, uuid, news }: Told): boolean {
  if (attempt !== undefined && attempt !== row.attempt) return false
  const isNoAnswer = news.kind === 'silent' || news.kind === 'unsent'
  if (isNoAnswer && sends !== undefined && sends !== row.sends) return false
  return uuid === undefined || row.register_uuid === null || row.register_uuid === uuid
}

const progressOf = (row: OpenReceipt, told: Told): Progress => ({
  ...{ attempt: row.attempt, sends: row.sends, tries: row.tries, polls: row.polls },
  uuid: told.uuid ?? row.register_uuid,
})

/** Writes progress unless somebody else has made some. */
async function isKept(unit: Unit, row: OpenReceipt, next: Next): Promise<boolean> {
  let isWritten = false
  await unit(async (tx) => {
    const heard = (rows: readonly unknown[]) => {
      isWritten = rows.length === 1
    }
    tx.write({ ...setProgressOf(row, next, tx.ctx.now()), heard })
  })
  return isWritten
}

async function applyNews(tx: Tx, told: Told): Promise<void> {
  const row = await tx.one(lockReceipt(told.receiptId))
  if (row.state === 'fiscalized_success' || !isAbout(row, told)) return
  if (row.state === 'failed')
    await tx.move(receiptStates, 'failed', 'pending', setReopened(row.receipt_id))
  const at = progressOf(row, told)
  const { next, qr } = checked(tx, row, nextOf(at, told.news))
  if (next.facts === undefined || qr === undefined || at.uuid === null) await keep(tx, row, next)
  else if (!(await register(tx, row, { facts: next.facts, qr, uuid: at.uuid })))
    throw new Error(`receipt ${row.receipt_id} changed under its lock`)
}

/** News about a receipt that was read a moment ago. */
export async function applyAsRead(unit: Unit, row: OpenReceipt, told: Told): Promise<void> {
  const at = progressOf(row, told)
  const isOpen = row.state === 'pending' && isAbout(row, told)
  const next = isOpen ? nextOf(at, told.news) : undefined
  if (next?.state === 'pending' && (await isKept(unit, row, next))) return
  await unit(async (tx) => {
    const { facts } = next ?? {}
    const qr = facts && qrFor(row, facts)
    if (facts !== undefined && qr !== undefined && at.uuid !== null)
      if (await register(tx, row, { facts, qr, uuid: at.uuid })) return
    await applyNews(tx, told)
  })
}

/** The name of the document that counts. */
export const nameOf = (row: Pick<OpenReceipt, 'receipt_id' | 'attempt'>): string =>
  externalIdOf(row.receipt_id, row.attempt)
