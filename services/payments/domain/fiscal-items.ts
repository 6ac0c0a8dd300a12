// The lines of a receipt. They add up to the money that moved, to the last kopeck, or there is no receipt: a register refuses
// one that does not, and the tax office reads the sum. Amounts are what the buyer paid, VAT contained. Pure.

import { vatPercent } from '@rialto/contracts/shapes/vat.ts'
import { money, percent, ratio, taxIncludedIn, toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { splitMinor } from '@rialto/kernel/pure/split.ts'

/** What a register takes. */
const ITEMS_MAX = 100
const NAME_MAX = 128

/** In kopecks, so that it can be kept as JSON. */
export interface FiscalItem {
  readonly name: string
  readonly price: number
  readonly quantity: number
  readonly sum: number
  readonly vat: string
  readonly vat_sum: number
}

/** What is used of an order's line. */
interface Line {
  readonly title: string
  readonly quantity: number
  readonly amount: number
  readonly tax_code: string
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

function isLine(value: unknown): value is Line {
  const line = (typeof value === 'object' && value !== null ? value : {}) as Partial<Line>
  return (
    typeof line.title === 'string' &&
    line.title !== '' &&
    isCount(line.amount) &&
    isCount(line.quantity) &&
    line.quantity !== 0 &&
    typeof line.tax_code === 'string' &&
    vatPercent(line.tax_code) !== undefined
  )
}

function itemOf(
  line: Pick<Line, 'title' | 'tax_code'>,
  quantity: number,
  price: bigint,
): FiscalItem {
  const sum = price * BigInt(quantity)
  const rate = percent(vatPercent(line.tax_code) ?? '0')
  const vat =
    rate.num === 0n ? 0n : taxIncludedIn(money(sum, 'RUB'), ratio(rate.num, rate.den)).minor
  return {
    name: [...line.title].slice(0, NAME_MAX).join(''),
    ...{ price: toJsonMinor(price), quantity, sum: toJsonMinor(sum), vat: line.tax_code },
    vat_sum: toJsonMinor(vat),
  }
}

/**
 * A register multiplies price by quantity. Where a line's amount does not divide, some pieces cost a kopeck more than the others,
 * and the line becomes two. What costs nothing is no settlement and does not appear.
 */
function itemsOfLine(line: Line): FiscalItem[] {
  const [whole, pieces] = [BigInt(line.amount), BigInt(line.quantity)]
  const [price, dearer] = [whole / pieces, Number(whole % pieces)]
  return [itemOf(line, line.quantity - dearer, price), itemOf(line, dearer, price + 1n)].filter(
    ({ sum }) => sum > 0,
  )
}

const sumOf = (items: readonly FiscalItem[]): bigint =>
  items.reduce((sum, item) => sum + BigInt(item.sum), 0n)

/** The items of a sale. Empty when its lines do not make a receipt of exactly this amount. */
export function saleItems(lines: unknown, amountMinor: bigint): FiscalItem[] {
  if (!Array.isArray(lines) || !lines.every(isLine)) return []
  const items = lines.flatMap(itemsOfLine)
  return items.length <= ITEMS_MAX && sumOf(items) === amountMinor ? items : []
}

/** The items of a refund mirror those of the sale; a part of the money is a part of each. Empty when it is more than was paid. */
export function refundItems(sale: readonly FiscalItem[], amountMinor: bigint): FiscalItem[] {
  const paid = sumOf(sale)
  if (amountMinor === paid) return [...sale]
  if (amountMinor > paid || amountMinor <= 0n) return []
  const parts = splitMinor(
    amountMinor,
    sale.map(({ sum }) => BigInt(sum)),
  )
  return sale
    .map((item, i) => itemOf({ title: item.name, tax_code: item.vat }, 1, parts[i] ?? 0n))
    .filter(({ sum }) => sum > 0)
}
