// Money is a whole number of minor units and a currency; there is no other form of it inside.
// Percentages and taxes are exact fractions that are multiplied first and rounded once, at the end
// of a line: half away from zero, so that a refund is the exact mirror of its sale. Text and JSON
// are read and written only here; a value that does not fit is refused, never bent.

import { type Currency, exponentOf } from './currency.ts'

export interface Money {
  readonly minor: bigint
  readonly currency: Currency
}

/**
 * Outside text or JSON that is not an amount. The message names what was got, for the log and the
 * review queue.
 */
export class MalformedAmount extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MalformedAmount'
  }
}

/** Checks the currency, so that a misspelt one fails where it is written. */
export function money(minor: bigint, currency: Currency): Money {
  exponentOf(currency)
  return { minor, currency }
}

function sameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency)
    throw new TypeError(`${a.currency} and ${b.currency} do not add up`)
}

export function add(a: Money, b: Money): Money {
  sameCurrency(a, b)
  return { minor: a.minor + b.minor, currency: a.currency }
}

export function subtract(a: Money, b: Money): Money {
  sameCurrency(a, b)
  return { minor: a.minor - b.minor, currency: a.currency }
}

/** Negative, zero or positive, as for sorting. */
export function compare(a: Money, b: Money): -1 | 0 | 1 {
  sameCurrency(a, b)
  if (a.minor === b.minor) return 0
  return a.minor < b.minor ? -1 : 1
}

/** Sum of any number of amounts; the currency is named because there may be none. */
export const total = (currency: Currency, parts: readonly Money[]): Money =>
  parts.reduce(add, money(0n, currency))

/** An exact fraction. The denominator is positive. */
export interface Ratio {
  readonly num: bigint
  readonly den: bigint
}

export function ratio(num: bigint, den = 1n): Ratio {
  if (den === 0n) throw new RangeError('a ratio by zero')
  return den < 0n ? { num: -num, den: -den } : { num, den }
}

/** `percent('12.5')` is 1/8, exactly. */
export function percent(text: string): Ratio {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,12}))?$/.exec(text)
  if (match === null) throw new MalformedAmount(`"${text}" is not a percentage`)
  const [, sign, whole, fraction = ''] = match
  return ratio(BigInt(`${sign}${whole}${fraction}`), 100n * 10n ** BigInt(fraction.length))
}

/** What is left after this part is taken off: `remainderOf(percent('15'))` is 85/100. */
export const remainderOf = (part: Ratio): Ratio => ratio(part.den - part.num, part.den)

/** Nearest whole number; exactly half goes away from zero. */
export function roundHalfUp({ num, den }: Ratio): bigint {
  const magnitude = num < 0n ? -num : num
  const rounded = (2n * magnitude + den) / (2n * den)
  return num < 0n ? -rounded : rounded
}

/**
 * One line of a bill: the amount times all factors (quantity, discounts, exchange rate), exact
 * until the single rounding at the end. Rounding after each factor would drift by a unit a factor.
 */
export function scale(amount: Money, ...factors: readonly Ratio[]): Money {
  const exact = factors.reduce(
    (a, b) => ({ num: a.num * b.num, den: a.den * b.den }),
    ratio(amount.minor),
  )
  return { minor: roundHalfUp(exact), currency: amount.currency }
}

/** Tax that an amount already contains: 20 of 120 at 20 %. */
export const taxIncludedIn = (gross: Money, rate: Ratio): Money =>
  scale(gross, ratio(rate.num, rate.den + rate.num))

/** Tax that comes on top of an amount: 20 on 100 at 20 %. */
export const taxOn = (net: Money, rate: Ratio): Money => scale(net, rate)

// What a PostgreSQL bigint holds; an amount beyond it could be computed but not be stored.
const MINOR_MAX = 2n ** 63n - 1n

/** `100.00` for 10000 kopecks, as providers write it: all digits of the minor unit, no grouping. */
export function toDecimal({ minor, currency }: Money): string {
  const exponent = exponentOf(currency)
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0')
  const point = digits.length - exponent
  const fraction = exponent === 0 ? '' : `.${digits.slice(point)}`
  return `${minor < 0n ? '-' : ''}${digits.slice(0, point)}${fraction}`
}

/**
 * Reads a provider's decimal text. Fewer fraction digits than the currency has are exact and
 * accepted; more, an exponent, a plus, blanks, grouping, leading zeros, `-0` or an amount beyond 64
 * bits are refused: guessing at money is the worse failure.
 */
export function fromDecimal(text: string, currency: Currency): Money {
  const exponent = exponentOf(currency)
  const match = /^(-?)(0|[1-9]\d{0,18})(?:\.(\d{1,4}))?$/.exec(text)
  const fraction = match?.[3] ?? ''
  if (match === null || fraction.length > exponent)
    throw new MalformedAmount(`${JSON.stringify(text)} is not an amount in ${currency}`)
  const magnitude = BigInt(`${match[2]}${fraction.padEnd(exponent, '0')}`)
  const negative = match[1] === '-'
  if (magnitude > MINOR_MAX || (negative && magnitude === 0n))
    throw new MalformedAmount(`${JSON.stringify(text)} is not an amount in ${currency}`)
  return { minor: negative ? -magnitude : magnitude, currency }
}

/**
 * Minor units as a JSON integer. Throws beyond 2^53 - 1, where JSON readers would silently lose the
 * last digit.
 */
export function toJsonMinor(minor: bigint): number {
  const value = Number(minor)
  if (!Number.isSafeInteger(value))
    throw new MalformedAmount(`${minor} does not fit a JSON integer`)
  return value
}

/** Minor units out of JSON: an integer, not `1.5`, not `1e300`, not text. */
export function fromJsonMinor(value: unknown): bigint {
  if (!Number.isSafeInteger(value))
    throw new MalformedAmount(`${JSON.stringify(value)} is not a whole number of minor units`)
  return BigInt(value as number)
}
