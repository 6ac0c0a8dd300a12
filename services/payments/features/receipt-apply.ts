// The one way in which news from the register reaches a receipt: the answer to a send, a look, a callback's look. Whoever is
// late finds the receipt moved on and changes nothing.

import { receiptStates } from '@rialto/contracts/payments/receipt-states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { qrOf } from '../domain/fiscal-qr.ts'
import {
  externalIdOf,
  FAILED_AGAIN_MS,
  type News,
  type Next,
  nextOf,
} from '../domain/fiscal-receipt.ts'
import type { FiscalFacts, Report } from '../domain/fiscal-register.ts'
import { publishReceiptStatus } from '../events/publishers-fiscal.ts'
import { insertReview } from '../store.ts'
import {
  lockReceipt,
  type ReceiptRow,
  setProgress,
  setRegistered,
  setReopened,
} from '../store-fiscal.ts'

/** News about one document; `attempt` and `uuid` say which. */
export interface Told {
  readonly receiptId: string
  readonly attempt?: number
  readonly uuid?: string
  readonly news: News
}

/** What a report says about the receipt that asked; undefined: it is about another document. */
export function newsOf(report: Report, name: string): News | undefined {
  const told = 'externalId' in report ? report.externalId : undefined
  if (told !== undefined && told !== name) return undefined
  return report
}

function review(tx: Tx, row: ReceiptRow, facts: FiscalFacts): void {
  const details = { ...facts, totalMinor: String(facts.totalMinor), receipt_id: row.receipt_id }
  const about = { reviewId: tx.ctx.env.ids.next('rev'), paymentId: row.payment_id, details }
  const reason = 'receipt_differs'
  tx.write(insertReview({ ...about, subject: row.receipt_id, reason, atMs: tx.ctx.now() }))
}

/** A document that is not what was sent is no receipt of this payment; a person looks at it. */
function checked(tx: Tx, row: ReceiptRow, next: Next): { next: Next; qr?: string } {
  const { facts } = next
  if (facts === undefined) return { next }
  const { amount_minor: totalMinor, kind } = row
  const qr = qrOf({ ...facts, totalMinor, kind })
  if (facts.totalMinor === totalMinor && qr !== undefined) return { next, qr }
  review(tx, row, facts)
  const error = 'the register has another document under this name'
  const { facts: _facts, ...rest } = next
  return { next: { ...rest, state: 'failed', error, againInMs: FAILED_AGAIN_MS } }
}

async function register(
  tx: Tx,
  row: ReceiptRow,
  done: { facts: FiscalFacts; qr: string; uuid: string },
) {
  const { facts, qr, uuid } = done
  const { fnNumber, documentNumber, attribute, registeredAtMs, receiptUrl = null } = facts
  const registered = { fnNumber, documentNumber, attribute, qr, receiptUrl, registeredAtMs }
  const update = setRegistered(row.receipt_id, uuid, registered)
  await tx.move(receiptStates, 'pending', 'fiscalized_success', update)
  publishReceiptStatus(tx, row, registered)
}

async function keep(tx: Tx, row: ReceiptRow, next: Next): Promise<void> {
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

/** Whether the news is about the document that counts. */
function isAbout(row: ReceiptRow, { attempt, uuid }: Told): boolean {
  if (attempt !== undefined && attempt !== row.attempt) return false
  return uuid === undefined || row.register_uuid === null || row.register_uuid === uuid
}

export async function applyNews(tx: Tx, told: Told): Promise<void> {
  const row = await tx.one(lockReceipt(told.receiptId))
  if (row.state === 'fiscalized_success' || !isAbout(row, told)) return
  if (row.state === 'failed')
    await tx.move(receiptStates, 'failed', 'pending', setReopened(row.receipt_id))
  const at = {
    ...{ attempt: row.attempt, sends: row.sends, tries: row.tries, polls: row.polls },
    uuid: told.uuid ?? row.register_uuid,
  }
  const { next, qr } = checked(tx, row, nextOf(at, told.news))
  if (next.facts !== undefined && qr !== undefined && at.uuid !== null)
    await register(tx, row, { facts: next.facts, qr, uuid: at.uuid })
  else await keep(tx, row, next)
}

/** The name of the document that counts. */
export const nameOf = (row: Pick<ReceiptRow, 'receipt_id' | 'attempt'>): string =>
  externalIdOf(row.receipt_id, row.attempt)
