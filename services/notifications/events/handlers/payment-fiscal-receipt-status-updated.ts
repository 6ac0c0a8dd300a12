import { FiscalReceiptStatusUpdated } from '@rialto/contracts/payments/receipts.ts'
import { instant, present, sum, tell } from '../told.ts'

/** Of a receipt that failed the operator hears, not the buyer: it is tried on. */
export const paymentFiscalReceiptStatusUpdated = tell(FiscalReceiptStatusUpdated, (receipt) =>
  receipt.status === 'failed'
    ? undefined
    : {
        kind: 'fiscal_receipt_delivery',
        factId: receipt.receipt_id,
        userId: receipt.user_id,
        orderId: receipt.order_id,
        facts: present({
          order_id: receipt.order_id,
          total: sum(receipt.amount, receipt.currency),
          kind: { code: receipt.kind },
          fn_number: receipt.fn_number,
          fiscal_document_number: receipt.fiscal_document_number,
          fiscal_document_attribute: receipt.fiscal_document_attribute,
          qr: receipt.qr,
          receipt_url: receipt.receipt_url,
          registered_at: receipt.registered_at && instant(receipt.registered_at),
        }),
      },
)
