// Fiscal receipts (54-FZ): what the register has about a payment and its refunds.

import { event, route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { amountMinor, closed, currency, id, instant, oneOf, open } from '../shapes/fields.ts'
import { paymentProblems } from './problems.ts'

/** The law asks for receipts in roubles; a sale in another currency is made under another country's. */
export const hasReceipt = (currencyOfSale: string): boolean => currencyOfSale === 'RUB'

const receiptState = oneOf('pending', 'fiscalized_success', 'failed')
const receiptKind = oneOf('sale', 'refund')

/** There as soon as the register has the document. Numbers are names here, so they are text. */
const fiscalFields = {
  /** Number of the fiscal storage (tag 1041). */
  fn_number: Type.Optional(Type.String()),
  /** Number of the document in it (tag 1040). */
  fiscal_document_number: Type.Optional(Type.String()),
  /** Its fiscal sign (tag 1077). */
  fiscal_document_attribute: Type.Optional(Type.String()),
  /** What the receipt's QR code says (tag 1196). */
  qr: Type.Optional(Type.String()),
  /** Where the operator of fiscal data shows it, if it does. */
  receipt_url: Type.Optional(Type.String()),
  registered_at: Type.Optional(instant),
}

export const FiscalReceiptStatusUpdated = event({
  type: 'payment.fiscal.receipt.status.updated.v1',
  source: 'payments',
  key: 'order_id',
  summary: 'The register has a receipt, or could not take it so far.',
  data: open({
    receipt_id: id('rcp'),
    transaction_id: id('pay'),
    order_id: id('ord'),
    user_id: id('usr'),
    kind: receiptKind,
    amount: amountMinor,
    currency,
    status: oneOf('fiscalized_success', 'failed'),
    ...fiscalFields,
  }),
})

const Receipt = {
  receipt_id: id('rcp'),
  kind: receiptKind,
  status: receiptState,
  amount: amountMinor,
  currency,
  items: Type.Array(
    closed({
      title: Type.String(),
      price: amountMinor,
      quantity: Type.Integer({ minimum: 1 }),
      amount: amountMinor,
      vat: Type.String(),
      vat_amount: amountMinor,
    }),
  ),
  ...fiscalFields,
}

export const getReceipt = route({
  name: 'getReceipt',
  service: 'payments',
  method: 'GET',
  path: '/payments/transactions/:transaction_id/receipt',
  summary: 'The fiscal receipt of one of the caller’s payments, and those of its refunds.',
  access: ['customer', 'operator'],
  params: closed({ transaction_id: id('pay') }),
  replies: {
    200: closed({
      transaction_id: id('pay'),
      order_id: id('ord'),
      ...Receipt,
      refunds: Type.Array(closed(Receipt)),
    }),
  },
  problems: [paymentProblems.unknown_receipt],
})

/** Only a hint: what counts is what the register answers when asked. */
export const receiveFiscalCallback = route({
  name: 'receiveFiscalCallback',
  service: 'payments',
  method: 'POST',
  path: '/webhooks/atol',
  summary: 'The fiscal register’s callback.',
  access: 'public',
  raw: true,
  caller: 'OFD',
  body: Type.Unknown(),
  replies: { 200: Type.String() },
  problems: [paymentProblems.webhook_invalid],
})
