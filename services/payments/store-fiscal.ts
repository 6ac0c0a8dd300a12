// All SQL of fiscal receipts, one function a statement. Instants are passed in: schedules run on the injected clock.

import type { ReceiptState } from '@rialto/contracts/payments/receipt-states.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import type { FiscalItem } from './domain/fiscal-items.ts'
import type { Next } from './domain/fiscal-receipt.ts'

export interface ReceiptRow {
  readonly receipt_id: string
  readonly payment_id: string
  readonly order_id: string
  readonly user_id: string
  readonly kind: 'sale' | 'refund'
  readonly state: ReceiptState
  readonly amount_minor: bigint
  readonly currency: string
  readonly items: readonly FiscalItem[]
  readonly attempt: number
  readonly sends: number
  readonly register_uuid: string | null
  readonly tries: number
  readonly polls: number
  readonly failure_told: boolean
  readonly fn_number: string | null
  readonly fiscal_document_number: string | null
  readonly fiscal_document_attribute: string | null
  readonly qr: string | null
  readonly receipt_url: string | null
  readonly registered_at: number | null
  readonly created_at: number
}

/** What the work on a receipt needs of it. */
export type OpenReceipt = Omit<
  ReceiptRow,
  | 'fn_number'
  | 'fiscal_document_number'
  | 'fiscal_document_attribute'
  | 'qr'
  | 'receipt_url'
  | 'registered_at'
>

/** A receipt to work on, and of a refund's what became of its sale's. */
export interface ClaimedRow extends OpenReceipt {
  readonly sale_attribute: string | null
}

/** What a sale's receipt is made of, and whether there is one. */
export const selectSale = (
  paymentId: string,
): Sql<{
  order_id: string
  user_id: string
  amount_minor: bigint
  currency: string
  receipt_items: unknown
  begun: boolean
}> => sql`
  select order_id, user_id, amount_minor, currency, receipt_items,
         exists (select from payments.receipts r where r.kind = 'sale' and r.cause_id = p.payment_id) as begun
    from payments.payments p where payment_id = ${paymentId}`

/** The sale's receipt of a payment, and whether this refund has one. */
export const selectRefunded = (
  paymentId: string,
  refundId: string,
): Sql<{
  order_id: string
  user_id: string
  currency: string
  items: readonly FiscalItem[]
  sale_attribute: string | null
  begun: boolean
}> => sql`
  select order_id, user_id, currency, items, fiscal_document_attribute as sale_attribute,
         exists (select from payments.receipts r where r.kind = 'refund' and r.cause_id = ${refundId}) as begun
    from payments.receipts where kind = 'sale' and cause_id = ${paymentId}`

/** A receipt that is claimed for its first send from the start. */
export const insertReceipt = (
  r: ClaimedRow,
  { causeId, dueAtMs }: { causeId: string; dueAtMs: number },
): Sql => sql`
  insert into payments.receipts (receipt_id, payment_id, order_id, user_id, kind, cause_id, state, amount_minor, currency, items,
                                 sends, next_at, created_at)
  values (${r.receipt_id}, ${r.payment_id}, ${r.order_id}, ${r.user_id}, ${r.kind}, ${causeId}, 'pending', ${r.amount_minor},
          ${r.currency}, ${JSON.stringify(r.items)}::jsonb, ${r.sends}, to_timestamp(${dueAtMs}::float8 / 1000),
          to_timestamp(${r.created_at}::float8 / 1000))`

/** Takes a receipt whose present claim this is. A call that may follow is counted before it is made. */
export const claimReceipt = (receiptId: string, dueAtMs: number): Sql<ClaimedRow> => sql`
  update payments.receipts r set sends = sends + (register_uuid is null)::int
   where receipt_id = ${receiptId} and next_at = to_timestamp(${dueAtMs}::float8 / 1000)
  returning receipt_id, payment_id, order_id, user_id, kind, state, amount_minor, currency, items, attempt, sends, register_uuid,
            tries, polls, failure_told, created_at,
            (select s.fiscal_document_attribute from payments.receipts s
              where r.kind = 'refund' and s.kind = 'sale' and s.cause_id = r.payment_id) as sale_attribute`

export const lockReceipt = (receiptId: string): Sql<OpenReceipt> => sql`
  select receipt_id, payment_id, order_id, user_id, kind, state, amount_minor, currency, items, attempt, sends, register_uuid, tries,
         polls, failure_told, created_at
    from payments.receipts where receipt_id = ${receiptId} for update`

export const selectReceiptsOf = (paymentId: string): Sql<ReceiptRow> => sql`
  select receipt_id, payment_id, order_id, user_id, kind, state, amount_minor, currency, items, attempt, sends, register_uuid, tries,
         polls, failure_told, fn_number, fiscal_document_number, fiscal_document_attribute, qr, receipt_url, registered_at,
         created_at
    from payments.receipts where payment_id = ${paymentId} order by kind desc, created_at, receipt_id`

/** Whose document a callback is about. */
export const findReceipt = (by: {
  receiptId: string | null
  uuid: string
}): Sql<OpenReceipt> => sql`
  select receipt_id, payment_id, order_id, user_id, kind, state, amount_minor, currency, items, attempt, sends, register_uuid, tries,
         polls, failure_told, created_at
    from payments.receipts
   where receipt_id = ${by.receiptId} or register_uuid = ${by.uuid}
   order by (receipt_id = ${by.receiptId}) desc nulls last limit 1`

export const setReopened = (receiptId: string): Sql => sql`
  update payments.receipts set state = 'pending' where receipt_id = ${receiptId}`

export const setProgress = (receiptId: string, next: Next, atMs: number): Sql => sql`
  update payments.receipts set state = ${next.state}, attempt = ${next.attempt}, sends = ${next.sends}, register_uuid = ${next.uuid},
         tries = ${next.tries}, polls = ${next.polls}, error = ${next.error}, failure_told = failure_told or ${next.state} = 'failed',
         next_at = to_timestamp((${atMs}::float8 + ${next.againInMs}::float8) / 1000)
   where receipt_id = ${receiptId}`

/** The same for a receipt on which nobody else has worked since it was read; no row otherwise. */
export const setProgressOf = (
  r: OpenReceipt,
  next: Next,
  atMs: number,
): Sql<{ receipt_id: string }> => sql`
  update payments.receipts set attempt = ${next.attempt}, sends = ${next.sends}, register_uuid = ${next.uuid},
         tries = ${next.tries}, polls = ${next.polls}, error = ${next.error},
         next_at = to_timestamp((${atMs}::float8 + ${next.againInMs}::float8) / 1000)
   where receipt_id = ${r.receipt_id} and state = 'pending' and attempt = ${r.attempt} and sends = ${r.sends}
     and tries = ${r.tries} and polls = ${r.polls} and register_uuid is not distinct from ${r.register_uuid}::text
  returning receipt_id`

export interface Registered {
  readonly fnNumber: string
  readonly documentNumber: string
  readonly attribute: string
  readonly qr: string
  readonly receiptUrl: string | null
  readonly registeredAtMs: number
}

/** No row: the receipt waits for another document, or for none. */
export const setRegistered = (
  of: { receipt_id: string; attempt: number },
  uuid: string,
  r: Registered,
): Sql => sql`
  update payments.receipts set state = 'fiscalized_success', register_uuid = ${uuid}, error = null, next_at = null,
         fn_number = ${r.fnNumber}, fiscal_document_number = ${r.documentNumber}, fiscal_document_attribute = ${r.attribute},
         qr = ${r.qr}, receipt_url = ${r.receiptUrl}, registered_at = to_timestamp(${r.registeredAtMs}::float8 / 1000)
   where receipt_id = ${of.receipt_id} and state = 'pending' and attempt = ${of.attempt}
     and coalesce(register_uuid, ${uuid}) = ${uuid}`

/** Takes receipts that are due, so that no other process takes them meanwhile; not those that this one is at. */
export const claimDueReceipts = (claim: {
  atMs: number
  untilMs: number
  busy: readonly string[]
  limit: number
}): Sql<{ receipt_id: string }> => sql`
  update payments.receipts set next_at = to_timestamp(${claim.untilMs}::float8 / 1000)
   where receipt_id in (
     select receipt_id from payments.receipts
      where next_at <= to_timestamp(${claim.atMs}::float8 / 1000) and receipt_id <> all(${claim.busy}::text[])
      order by next_at limit ${claim.limit} for update skip locked)
  returning receipt_id`
