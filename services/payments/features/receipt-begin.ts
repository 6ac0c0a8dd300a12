// A receipt begins with the fact that asks for it: money that arrived, or went back. From here on it is sent until the register
// has it; the buyer does not wait for it.

import { receiptStates } from '@rialto/contracts/payments/receipt-states.ts'
import { hasReceipt } from '@rialto/contracts/payments/receipts.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { refundItems, saleItems } from '../domain/fiscal-items.ts'
import { CLAIM_MS } from '../domain/fiscal-receipt.ts'
import { type ClaimedRow, insertReceipt, selectRefunded, selectSale } from '../store-fiscal.ts'
import { fiscalizeJob } from './receipt-run.ts'

interface Work {
  readonly tx: Tx
  readonly parts: Parts
  readonly now: number
}

type About = Pick<
  ClaimedRow,
  | 'payment_id'
  | 'order_id'
  | 'user_id'
  | 'kind'
  | 'amount_minor'
  | 'currency'
  | 'items'
  | 'sale_attribute'
>

/** The receipt begins as claimed, so that its document is sent right after the commit that owes it. */
function begin({ tx, parts, now }: Work, causeId: string, about: About): void {
  const row: ClaimedRow = {
    ...about,
    receipt_id: tx.ctx.env.ids.next('rcp'),
    state: 'pending',
    ...{ attempt: 1, sends: 1, register_uuid: null, tries: 0, polls: 0 },
    ...{ failure_told: false, created_at: now },
  }
  tx.begin(receiptStates, 'pending', insertReceipt(row, { causeId, dueAtMs: now + CLAIM_MS }))
  parts.jobs.after(tx, fiscalizeJob, () => ({ row }))
}

/** A payment was completed. */
export async function beginSaleReceipt(work: Work, paymentId: string): Promise<void> {
  const sale = await work.tx.one(selectSale(paymentId))
  if (sale.begun || !hasReceipt(sale.currency)) return
  const { order_id, user_id, amount_minor, currency } = sale
  const items = saleItems(sale.receipt_items, amount_minor)
  const about = { payment_id: paymentId, order_id, user_id, amount_minor, currency, items }
  begin(work, paymentId, { ...about, kind: 'sale', sale_attribute: null })
}

/** Money of a payment went back; its receipt mirrors the sale's. */
export async function beginRefundReceipt(
  work: Work,
  refund: { paymentId: string; refundId: string; amountMinor: bigint },
): Promise<void> {
  const { paymentId, refundId, amountMinor } = refund
  const sale = await work.tx.maybe(selectRefunded(paymentId, refundId))
  if (sale === undefined || sale.begun) return
  const { order_id, user_id, currency, sale_attribute } = sale
  const items = refundItems(sale.items, amountMinor)
  const about = { payment_id: paymentId, order_id, user_id, amount_minor: amountMinor, currency }
  begin(work, refundId, { ...about, items, kind: 'refund', sale_attribute })
}
