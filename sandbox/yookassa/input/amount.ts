// Amounts travel as decimal text with two digits; inside they are integer minor units, so that no sum is ever rounded.

import { choiceOf, fieldsOf, textOf } from '../../input/fields.ts'
import { invalid } from '../errors.ts'

export interface Amount {
  readonly minor: number
  readonly currency: string
}

// Every currency the provider settles in has two decimal digits.
const CURRENCIES = [
  ...['RUB', 'USD', 'EUR', 'BYN', 'CNY', 'KZT', 'UAH', 'UZS'],
  ...['TRY', 'INR', 'MDL', 'AZN', 'AMD', 'GEL', 'KGS'],
]

const minorOf = (text: string): number => Number(text.replace('.', ''))

export function amountOf(value: unknown, path: string, options: { zero?: boolean } = {}): Amount {
  const fields = fieldsOf(value, path, ['value', 'currency'])
  const text = textOf(fields.value, `${path}.value`, { max: 13, pattern: /^(0|[1-9]\d*)\.\d{2}$/ })
  const currency = choiceOf(fields.currency, `${path}.currency`, CURRENCIES)
  const minor = minorOf(text)
  if (minor === 0 && options.zero !== true)
    throw invalid(`${path}.value`, 'Must be greater than zero')
  return { minor, currency }
}

export const amountText = (minor: number): string => {
  const text = String(minor).padStart(3, '0')
  return `${text.slice(0, -2)}.${text.slice(-2)}`
}

export const amountObject = (
  minor: number,
  currency: string,
): { value: string; currency: string } => ({
  value: amountText(minor),
  currency,
})
