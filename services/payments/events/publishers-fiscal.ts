// Publishing what became of a receipt: once when the register has it, once when it could not take it so far.

import { FiscalReceiptStatusUpdated } from '@rialto/contracts/payments/receipts.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { OpenReceipt, Registered } from '../store-fiscal.ts'

const fiscal = (r: Registered) => ({
  status: 'fiscalized_success' as const,
  fn_number: r.fnNumber,
  fiscal_document_number: r.documentNumber,
  fiscal_document_attribute: r.attribute,
  qr: r.qr,
  registered_at: isoInstant(r.registeredAtMs),
  ...(r.receiptUrl === null ? {} : { receipt_url: r.receiptUrl }),
})

export const publishReceiptStatus = (
  tx: Tx,
  row: OpenReceipt,
  registered: Registered | undefined,
) =>
  tx.publish(FiscalReceiptStatusUpdated, {
    receipt_id: row.receipt_id,
    transaction_id: row.payment_id,
    order_id: row.order_id,
    user_id: row.user_id,
    kind: row.kind,
    amount: toJsonMinor(row.amount_minor),
    currency: row.currency,
    ...(registered === undefined ? { status: 'failed' as const } : fiscal(registered)),
  })
