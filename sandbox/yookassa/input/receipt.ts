// The fiscal receipt inside a payment, capture or refund. Its lines must add up to the money moved: a register refuses a
// receipt that does not, so the stand-in refuses it at the same moment.

import { choiceOf, fieldsOf, integerOf, optional, textOf } from '../../input/fields.ts'
import { invalid } from '../errors.ts'
import { type Amount, amountOf } from './amount.ts'

const PAYMENT_MODES = [
  'full_prepayment',
  'partial_prepayment',
  'advance',
  'full_payment',
  'partial_payment',
  'credit',
  'credit_payment',
] as const

const ITEM_FIELDS = [
  ...['description', 'quantity', 'amount', 'vat_code', 'measure', 'payment_subject'],
  ...['payment_mode', 'mark_code_info', 'mark_mode', 'mark_quantity', 'country_of_origin_code'],
  ...['customs_declaration_number', 'excise', 'product_code', 'supplier', 'agent_type'],
]

const QUANTITY = /^(0|[1-9]\d{0,5})(\.\d{1,3})?$/

/** Thousandths, from a number or decimal text. */
function quantityOf(value: unknown, path: string): number {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || !QUANTITY.test(text))
    throw invalid(path, 'Must be a decimal with at most three digits after the point')
  const [whole, part = ''] = text.split('.')
  const thousandths = Number(`${whole}${part.padEnd(3, '0')}`)
  if (thousandths === 0) throw invalid(path, 'Must be greater than zero')
  return thousandths
}

function itemMinorOf(value: unknown, path: string, currency: string): number {
  const item = fieldsOf(value, path, ITEM_FIELDS)
  textOf(item.description, `${path}.description`, { max: 128 })
  const quantity = quantityOf(item.quantity, `${path}.quantity`)
  const unit = amountOf(item.amount, `${path}.amount`, { zero: true })
  if (unit.currency !== currency)
    throw invalid(`${path}.amount.currency`, 'Differs from the currency of the amount')
  integerOf(item.vat_code, `${path}.vat_code`, { min: 1, max: 12 })
  optional(item.payment_mode, (v) => choiceOf(v, `${path}.payment_mode`, PAYMENT_MODES))
  optional(item.payment_subject, (v) => textOf(v, `${path}.payment_subject`, { max: 64 }))
  optional(item.measure, (v) => textOf(v, `${path}.measure`, { max: 32 }))
  // Half up, on integers: unit price in minor units times thousandths of a piece.
  return Number((BigInt(unit.minor) * BigInt(quantity) + 500n) / 1000n)
}

/** Checks the shape of a receipt and that its lines give `total`. */
export function checkReceipt(value: unknown, path: string, total: Amount): void {
  const fields = fieldsOf(value, path, [
    ...['customer', 'items', 'tax_system_code', 'receipt_industry_details'],
    'receipt_operational_details',
  ])
  const customer = fieldsOf(fields.customer, `${path}.customer`, [
    ...['full_name', 'inn', 'email', 'phone'],
  ])
  optional(customer.full_name, (v) => textOf(v, `${path}.customer.full_name`, { max: 256 }))
  const inn = /^(\d{10}|\d{12})$/
  optional(customer.inn, (v) => textOf(v, `${path}.customer.inn`, { max: 12, pattern: inn }))
  const email = /^[^\s@]+@[^\s@]+$/
  optional(customer.email, (v) => textOf(v, `${path}.customer.email`, { max: 254, pattern: email }))
  const phone = /^\+?\d{5,15}$/
  optional(customer.phone, (v) => textOf(v, `${path}.customer.phone`, { max: 16, pattern: phone }))
  if (customer.email === undefined && customer.phone === undefined)
    throw invalid(`${path}.customer`, 'Needs an email or a phone')
  optional(fields.tax_system_code, (v) =>
    integerOf(v, `${path}.tax_system_code`, { min: 1, max: 6 }),
  )
  if (!Array.isArray(fields.items) || fields.items.length < 1 || fields.items.length > 100)
    throw invalid(`${path}.items`, 'Must be a list of 1 to 100 items')
  const sum = fields.items
    .map((item, index) => itemMinorOf(item, `${path}.items[${index}]`, total.currency))
    .reduce((a, b) => a + b, 0)
  if (sum !== total.minor) throw invalid(`${path}.items`, 'Items do not add up to the amount')
}
