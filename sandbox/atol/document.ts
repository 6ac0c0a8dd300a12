// A document of FFD 1.2 as protocol v5 takes it. Everything must add up to the last kopeck, as the register itself asks for:
// price times quantity is the item's sum, the items are the total, the payments are the total, VAT is contained as its rate says.

import {
  choiceOf,
  type Fields,
  fieldsOf,
  flagOf,
  InvalidInput,
  integerOf,
  optional,
  textOf,
  urlOf,
} from '../input/fields.ts'
import type { JsonObject } from './store.ts'

const SNO = ['osn', 'usn_income', 'usn_income_outcome', 'envd', 'esn', 'patent'] as const
const METHODS = [
  ...(['full_prepayment', 'prepayment', 'advance', 'full_payment'] as const),
  ...(['partial_payment', 'credit', 'credit_payment'] as const),
]
const MEASURES = new Set([
  ...[
    0, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 70, 71, 72, 73, 80, 81, 82, 83, 255,
  ],
])
/** Per cent, and whether the rate is the calculated one; undefined: no tax inside. */
const VATS: Readonly<Record<string, number | undefined>> = {
  ...{ none: undefined, vat0: undefined, vat5: 5, vat7: 7, vat10: 10, vat20: 20, vat22: 22 },
  ...{ vat105: 5, vat107: 7, vat110: 10, vat120: 20, vat122: 22 },
}
const EMAIL = /^[^\s@]+@[^\s@]+$/
const PHONE = /^\+?\d{5,15}$/
const INN = /^(\d{10}|\d{12})$/
const TIMESTAMP = /^\d{2}\.\d{2}\.\d{4} \d{2}:\d{2}:\d{2}$/
const TOTAL_MAX_MINOR = 4_294_967_295

export interface DocumentRequest {
  readonly externalId: string
  readonly callbackUrl: string | undefined
  readonly receipt: JsonObject
  readonly totalMinor: number
  /** The driver only finds it out at the register. */
  readonly hasZeroQuantity: boolean
}

/** A JSON number with so many digits after the point, as an integer of its last digit. */
function scaledOf(value: unknown, path: string, scale: { digits: number; max: number }): number {
  const { digits, max } = scale
  const match = typeof value === 'number' ? /^(\d{1,10})(?:\.(\d+))?$/.exec(String(value)) : null
  const fraction = match?.[2] ?? ''
  if (match === null || fraction.length > digits)
    throw new InvalidInput(path, `Must be a number with at most ${digits} digits after the point`)
  const scaled = Number(`${match[1]}${fraction.padEnd(digits, '0')}`)
  if (scaled > max) throw new InvalidInput(path, 'Is too large')
  return scaled
}

const roublesOf = (value: unknown, path: string): number =>
  scaledOf(value, path, { digits: 2, max: TOTAL_MAX_MINOR })

const halfUp = (numerator: bigint, denominator: bigint): number =>
  Number((2n * numerator + denominator) / (2n * denominator))

function checkVat(value: unknown, path: string, sumMinor: number): void {
  const vat = fieldsOf(value, path, ['type', 'sum'])
  const type = choiceOf(vat.type, `${path}.type`, Object.keys(VATS))
  const rate = VATS[type]
  const contained = rate === undefined ? 0 : halfUp(BigInt(sumMinor * rate), BigInt(100 + rate))
  const told = optional(vat.sum, (v) => roublesOf(v, `${path}.sum`))
  if (told !== undefined && told !== contained)
    throw new InvalidInput(`${path}.sum`, 'Is not what the rate gives of the item’s sum')
}

function itemOf(value: unknown, path: string): { sumMinor: number; quantity: number } {
  const item = fieldsOf(value, path, [
    ...['name', 'price', 'quantity', 'sum', 'measure', 'payment_method', 'payment_object', 'vat'],
    ...['user_data', 'excise', 'country_code', 'declaration_number', 'agent_info', 'supplier_info'],
    ...['mark_code', 'mark_quantity', 'mark_processing_mode', 'planned_status', 'wholesale'],
  ])
  textOf(item.name, `${path}.name`, { max: 128 })
  const priceMinor = roublesOf(item.price, `${path}.price`)
  const scale = { digits: 3, max: 99_999_999 }
  const quantity = scaledOf(item.quantity, `${path}.quantity`, scale)
  const sumMinor = roublesOf(item.sum, `${path}.sum`)
  if (!MEASURES.has(integerOf(item.measure, `${path}.measure`, { min: 0, max: 255 })))
    throw new InvalidInput(`${path}.measure`, 'Is no measure of FFD 1.2')
  choiceOf(item.payment_method, `${path}.payment_method`, METHODS)
  integerOf(item.payment_object, `${path}.payment_object`, { min: 1, max: 33 })
  checkVat(item.vat, `${path}.vat`, sumMinor)
  optional(item.user_data, (v) => textOf(v, `${path}.user_data`, { max: 64 }))
  if (halfUp(BigInt(priceMinor) * BigInt(quantity), 1_000n) !== sumMinor)
    throw new InvalidInput(`${path}.sum`, 'Is not price times quantity')
  return { sumMinor, quantity }
}

function listOf(value: unknown, path: string, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > max)
    throw new InvalidInput(path, `Must be a list of 1 to ${max}`)
  return value
}

function checkClient(value: unknown): void {
  const path = 'receipt.client'
  const client = fieldsOf(value, path, [
    ...['email', 'phone', 'name', 'inn', 'birthdate', 'citizenship'],
    ...['document_code', 'document_data', 'address'],
  ])
  optional(client.email, (v) => textOf(v, `${path}.email`, { max: 64, pattern: EMAIL }))
  optional(client.phone, (v) => textOf(v, `${path}.phone`, { max: 64, pattern: PHONE }))
  optional(client.name, (v) => textOf(v, `${path}.name`, { max: 256 }))
  optional(client.inn, (v) => textOf(v, `${path}.inn`, { max: 12, pattern: INN }))
  if (client.email === undefined && client.phone === undefined)
    throw new InvalidInput(path, 'Needs an email or a phone')
}

function checkCompany(value: unknown): void {
  const path = 'receipt.company'
  const fields = ['email', 'sno', 'inn', 'payment_address', 'location']
  const company = fieldsOf(value, path, fields)
  textOf(company.email, `${path}.email`, { max: 64, pattern: EMAIL })
  optional(company.sno, (v) => choiceOf(v, `${path}.sno`, SNO))
  textOf(company.inn, `${path}.inn`, { max: 12, pattern: INN })
  textOf(company.payment_address, `${path}.payment_address`, { max: 256 })
}

function paidMinorOf(value: unknown): number {
  const sums = listOf(value, 'receipt.payments', 10).map((one, index) => {
    const path = `receipt.payments[${index}]`
    const payment = fieldsOf(one, path, ['type', 'sum'])
    integerOf(payment.type, `${path}.type`, { min: 0, max: 9 })
    return roublesOf(payment.sum, `${path}.sum`)
  })
  return sums.reduce((a, b) => a + b, 0)
}

function checkVats(value: unknown): void {
  for (const [index, one] of listOf(value, 'receipt.vats', 6).entries()) {
    const path = `receipt.vats[${index}]`
    const vat = fieldsOf(one, path, ['type', 'sum'])
    choiceOf(vat.type, `${path}.type`, Object.keys(VATS))
    roublesOf(vat.sum, `${path}.sum`)
  }
}

function receiptOf(value: unknown) {
  const receipt: Fields = fieldsOf(value, 'receipt', [
    ...['client', 'company', 'items', 'payments', 'vats', 'total', 'additional_check_props'],
    ...['additional_user_props', 'cashier', 'cashier_inn', 'internet', 'cashless_payments'],
    ...['device_number', 'timezone', 'operating_check_props', 'sectoral_check_props'],
  ])
  checkClient(receipt.client)
  checkCompany(receipt.company)
  const items = listOf(receipt.items, 'receipt.items', 100).map((one, index) =>
    itemOf(one, `receipt.items[${index}]`),
  )
  const totalMinor = roublesOf(receipt.total, 'receipt.total')
  if (items.reduce((sum, item) => sum + item.sumMinor, 0) !== totalMinor)
    throw new InvalidInput('receipt.items', 'Do not add up to the total')
  if (paidMinorOf(receipt.payments) !== totalMinor)
    throw new InvalidInput('receipt.payments', 'Do not add up to the total')
  optional(receipt.vats, checkVats)
  optional(receipt.internet, (v) => flagOf(v, 'receipt.internet'))
  const props = 'receipt.additional_check_props'
  optional(receipt.additional_check_props, (v) => textOf(v, props, { max: 16 }))
  return {
    receipt,
    totalMinor,
    hasZeroQuantity: items.some(({ quantity }) => quantity === 0),
  }
}

/** Reads a document; throws `InvalidInput` that names what does not fit. */
export function documentOf(body: unknown): DocumentRequest {
  const fields = fieldsOf(body, '', [
    ...['external_id', 'timestamp', 'service', 'receipt', 'source_id', 'ism_optional'],
  ])
  const externalId = textOf(fields.external_id, 'external_id', { max: 128 })
  textOf(fields.timestamp, 'timestamp', { max: 19, pattern: TIMESTAMP })
  const service = optional(fields.service, (v) => fieldsOf(v, 'service', ['callback_url']))
  const callbackUrl = optional(service?.callback_url, (v) => {
    if (typeof v === 'string' && v.length > 256)
      throw new InvalidInput('service.callback_url', 'Is longer than 256 characters')
    return urlOf(v, 'service.callback_url')
  })
  return { externalId, callbackUrl, ...receiptOf(fields.receipt) }
}
