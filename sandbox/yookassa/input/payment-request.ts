// The body of POST /v3/payments, checked field by field against what is documented.

import { isIP } from 'node:net'
import {
  choiceOf,
  type Fields,
  fieldsOf,
  flagOf,
  optional,
  textOf,
  urlOf,
} from '../../input/fields.ts'
import { invalid, notSupported } from '../errors.ts'
import type { Confirmation, MethodType } from '../store.ts'
import { type Amount, amountOf, amountText } from './amount.ts'
import { checkReceipt } from './receipt.ts'

export interface PaymentRequest {
  readonly amount: Amount
  readonly capture: boolean
  readonly saveMethod: boolean
  readonly withReceipt: boolean
  readonly metadata: Readonly<Record<string, string>>
  readonly description?: string | undefined
  readonly merchantCustomerId?: string | undefined
  readonly gatewayId?: string | undefined
  readonly confirmation?: Confirmation | undefined
  readonly methodType?: MethodType | undefined
  /** A saved method to charge. */
  readonly methodId?: string | undefined
}

const NOT_SIMULATED = [
  ...['payment_token', 'statements', 'transfers', 'deal', 'airline', 'receiver'],
]
const ALLOWED = [
  ...['amount', 'description', 'capture', 'confirmation', 'payment_method_data'],
  ...['payment_method_id', 'save_payment_method', 'receipt', 'metadata', 'client_ip'],
  ...['merchant_customer_id', 'recipient', ...NOT_SIMULATED],
]

interface MethodRules {
  readonly confirmations: readonly Confirmation['type'][]
  readonly maxMinor: number
  readonly twoStage: boolean
}

const RULES: Readonly<Record<MethodType, MethodRules>> = {
  bank_card: { confirmations: ['redirect'], maxMinor: 35_000_000, twoStage: true },
  sbp: { confirmations: ['redirect', 'qr'], maxMinor: 70_000_000, twoStage: false },
  sberbank: { confirmations: ['redirect', 'qr'], maxMinor: 70_000_000, twoStage: true },
}
const MIN_MINOR = 100

export const METHOD_TYPES = Object.keys(RULES) as MethodType[]

/** Refuses what the chosen method cannot do. Limits are documented for roubles only. */
export function checkMethod(
  type: MethodType,
  payment: { readonly amount: Amount; readonly capture: boolean },
): void {
  const { maxMinor, twoStage } = RULES[type]
  const { minor, currency } = payment.amount
  if (currency === 'RUB' && (minor < MIN_MINOR || minor > maxMinor)) {
    const range = `${amountText(MIN_MINOR)} to ${amountText(maxMinor)}`
    throw invalid('amount.value', `${type} takes ${range} RUB`)
  }
  if (!payment.capture && !twoStage)
    throw invalid('capture', `${type} has no two-stage payments: capture must be true`)
}

function confirmationOf(value: unknown, methodType: MethodType | undefined): Confirmation {
  const fields = fieldsOf(value, 'confirmation', ['type', 'return_url', 'locale', 'enforce'])
  if (['mobile_application', 'external', 'embedded'].includes(String(fields.type)))
    throw notSupported('confirmation.type')
  const type = choiceOf(fields.type, 'confirmation.type', ['redirect', 'qr'])
  const allowed = methodType === undefined ? ['redirect'] : RULES[methodType].confirmations
  if (!allowed.includes(type))
    throw invalid('confirmation.type', `${type} is not possible with this payment method`)
  if (type === 'redirect' && fields.return_url === undefined)
    throw invalid('confirmation.return_url', 'Required')
  return {
    type,
    returnUrl: optional(fields.return_url, (v) => urlOf(v, 'confirmation.return_url')),
    locale: optional(fields.locale, (v) => choiceOf(v, 'confirmation.locale', ['ru_RU', 'en_US'])),
    enforce: optional(fields.enforce, (v) => flagOf(v, 'confirmation.enforce')),
  }
}

function methodTypeOf(value: unknown): MethodType {
  // No number of a card may enter: the payer's page is the only place for it, and ours asks for none.
  const fields = fieldsOf(value, 'payment_method_data', ['type'])
  return choiceOf(fields.type, 'payment_method_data.type', METHOD_TYPES)
}

function metadataOf(value: unknown): Record<string, string> {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const fields = fieldsOf(value, 'metadata', names)
  if (names.length > 16) throw invalid('metadata', 'Has more than 16 keys')
  return Object.fromEntries(
    names.map((name) => {
      if (name.length > 32) throw invalid('metadata', 'Has a key longer than 32 characters')
      return [name, textOf(fields[name], `metadata.${name}`, { max: 512, min: 0 })]
    }),
  )
}

function gatewayOf(value: unknown): string {
  const fields = fieldsOf(value, 'recipient', ['gateway_id'])
  return textOf(fields.gateway_id, 'recipient.gateway_id', { max: 64 })
}

function methodOf(fields: Fields): Pick<PaymentRequest, 'methodType' | 'methodId'> {
  const methodType = optional(fields.payment_method_data, methodTypeOf)
  const methodId = optional(fields.payment_method_id, (v) =>
    textOf(v, 'payment_method_id', { max: 64 }),
  )
  if (methodType !== undefined && methodId !== undefined)
    throw invalid('payment_method_id', 'Excludes payment_method_data')
  return { methodType, methodId }
}

export function paymentRequestOf(body: unknown): PaymentRequest {
  const fields = fieldsOf(body, '', ALLOWED)
  for (const name of NOT_SIMULATED) if (fields[name] !== undefined) throw notSupported(name)
  const amount = amountOf(fields.amount, 'amount')
  const capture = optional(fields.capture, (v) => flagOf(v, 'capture')) ?? false
  const method = methodOf(fields)
  const confirmation = optional(fields.confirmation, (v) => confirmationOf(v, method.methodType))
  if (confirmation === undefined && method.methodId === undefined)
    throw invalid('confirmation', 'Required unless a saved payment method is charged')
  if (method.methodType !== undefined) checkMethod(method.methodType, { amount, capture })
  optional(fields.client_ip, (v) => {
    if (isIP(textOf(v, 'client_ip', { max: 45 })) === 0) throw invalid('client_ip', 'Not an IP')
  })
  if (fields.receipt !== undefined) checkReceipt(fields.receipt, 'receipt', amount)
  return {
    ...method,
    amount,
    capture,
    confirmation,
    saveMethod:
      optional(fields.save_payment_method, (v) => flagOf(v, 'save_payment_method')) ?? false,
    withReceipt: fields.receipt !== undefined,
    metadata: optional(fields.metadata, metadataOf) ?? {},
    description: optional(fields.description, (v) => textOf(v, 'description', { max: 128 })),
    merchantCustomerId: optional(fields.merchant_customer_id, (v) =>
      textOf(v, 'merchant_customer_id', { max: 200 }),
    ),
    gatewayId: optional(fields.recipient, gatewayOf),
  }
}
