// A receipt begins with the fact that asks for it: money that arrived, or went back. From here on it is sent until the register
// has it; the buyer does not wait for it.

import { receiptStates } from '@rialto/contracts/payments/receipt-states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { refundItems, saleItems } from '../domain/fiscal-items.ts'
import { CLAIM_MS } from '../domain/fiscal-receipt.ts'
import { insertReceipt, type NewReceipt, selectRefunded, selectSale } from '../store-fiscal.ts'
import { fiscalizeJob } from './receipt-run.ts'

/** The law asks for receipts in roubles; a sale in another currency is made under another country's. */
const FISCAL_CURRENCY = 'RUB'

interface Work {
  readonly tx: Tx
  readonly parts: Parts
  readonly now: number
}

type About = Omit<NewReceipt, 'receiptId' | 'createdAtMs' | 'dueAtMs'>

async function begin({ tx, parts, now }: Work, about: About): Promise<void> {
  const receiptId = tx.ctx.env.ids.next('rcp')
  const dueAtMs = now + CLAIM_MS
  tx.begin(
    receiptStates,
    'pending',
    insertReceipt({ ...about, receiptId, createdAtMs: now, dueAtMs }),
  )
  await parts.jobs.now(tx, fiscalizeJob, { receipt_id: receiptId, due_at: dueAtMs })
}

/** A payment was completed. */
export async function beginSaleReceipt(work: Work, paymentId: string): Promise<void> {
  const sale = await work.tx.one(selectSale(paymentId))
  if (sale.begun || sale.currency !== FISCAL_CURRENCY) return
  const { order_id: orderId, user_id: userId, amount_minor: amountMinor, currency } = sale
  const items = saleItems(sale.receipt_items, amountMinor)
  const about = { paymentId, orderId, userId, kind: 'sale', causeId: paymentId } as const
  await begin(work, { ...about, amountMinor, currency, items })
}

/** Money of a payment went back; its receipt mirrors the sale's. */
export async function beginRefundReceipt(
  work: Work,
  refund: { paymentId: string; refundId: string; amountMinor: bigint },
): Promise<void> {
  const { paymentId, refundId, amountMinor } = refund
  const sale = await work.tx.maybe(selectRefunded(paymentId, refundId))
  if (sale === undefined || sale.begun) return
  const { order_id: orderId, user_id: userId, currency } = sale
  const items = refundItems(sale.items, amountMinor)
  const about = { paymentId, orderId, userId, kind: 'refund', causeId: refundId } as const
  await begin(work, { ...about, amountMinor, currency, items })
}
