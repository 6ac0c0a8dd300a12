import { getReceipt as route } from '@rialto/contracts/payments/receipts.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { problems } from '../errors.ts'
import { type ReceiptRow, selectReceiptsOf } from '../store-fiscal.ts'

function fiscalView(row: ReceiptRow) {
  if (row.state !== 'fiscalized_success') return {}
  return {
    fn_number: row.fn_number ?? '',
    fiscal_document_number: row.fiscal_document_number ?? '',
    fiscal_document_attribute: row.fiscal_document_attribute ?? '',
    qr: row.qr ?? '',
    registered_at: isoInstant(row.registered_at ?? 0),
    ...(row.receipt_url === null ? {} : { receipt_url: row.receipt_url }),
  }
}

const receiptView = (row: ReceiptRow) => ({
  receipt_id: row.receipt_id,
  kind: row.kind,
  status: row.state,
  amount: toJsonMinor(row.amount_minor),
  currency: row.currency,
  items: row.items.map(({ name: title, price, quantity, sum: amount, vat, vat_sum }) => ({
    ...{ title, price, quantity, amount, vat, vat_amount: vat_sum },
  })),
  ...fiscalView(row),
})

/** Somebody else's receipt reads as one that does not exist. */
export const getReceipt = query(route, ({ input, caller, ctx, read }) =>
  read(async (tx) => {
    const [sale, ...refunds] = await tx.many(selectReceiptsOf(input.params.transaction_id))
    const allowed = sale?.user_id === caller.id || caller.roles.includes('operator')
    if (sale === undefined || !allowed) throw new Problem(problems.unknown_receipt)
    ctx.flow = sale.order_id
    return reply(200, {
      transaction_id: sale.payment_id,
      order_id: sale.order_id,
      ...receiptView(sale),
      refunds: refunds.map(receiptView),
    })
  }),
)
