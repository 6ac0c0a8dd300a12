// What a sale gives to its developers, and what a refund takes back. The price is divided as the ledger divides it
// (contracts/wallets/revenue-share.ts), so that the statement and the ledger never differ by a rounding.

import { shareOf } from '@rialto/contracts/wallets/revenue-share.ts'
import { ratio, roundHalfUp } from '@rialto/kernel/pure/money.ts'
import { splitMinor } from '@rialto/kernel/pure/split.ts'

/** A line of a developer's account. Of a refund, the three amounts are negative. */
export interface Entry {
  readonly orderId: string
  readonly lineId: string
  /** `sale`, or the refund's id. */
  readonly cause: string
  readonly paymentId: string
  readonly developerId: string
  readonly productId: string
  readonly title: string
  readonly priceMinor: bigint
  readonly taxMinor: bigint
  readonly amountMinor: bigint
  readonly currency: string
  /** When the buyer paid, or got the money back. */
  readonly soldAt: string
}

export interface Paid {
  readonly orderId: string
  readonly paymentId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly paidAt: string
}

export interface SoldOrder {
  readonly status: string
  readonly total_amount: number
  readonly currency: string
  /** The current attempt; of one that is not open any more, the one that paid. */
  readonly payment_id?: string
  readonly items: readonly {
    readonly line_id: string
    readonly product_id: string
    readonly title: string
    readonly amount: number
    readonly tax_code: string
    readonly developer_id: string
  }[]
}

export type NotEarned = 'order_ended' | 'paid_twice' | 'amount_differs'

/** Why a payment earns nobody anything: it will go back to the buyer. */
export function refusalOf(paid: Paid, order: SoldOrder): NotEarned | undefined {
  if (order.status === 'canceled' || order.status === 'expired') return 'order_ended'
  if (order.status !== 'pending_payment' && order.payment_id !== paid.paymentId) return 'paid_twice'
  if (BigInt(order.total_amount) !== paid.amountMinor || order.currency !== paid.currency)
    return 'amount_differs'
  return undefined
}

/** One entry a line. */
export const salesOf = (paid: Paid, order: SoldOrder): Entry[] =>
  order.items.map((line) => {
    const { currency } = paid
    const priceMinor = BigInt(line.amount)
    const share = shareOf({ amountMinor: priceMinor, currency, taxCode: line.tax_code })
    return {
      ...{ orderId: paid.orderId, lineId: line.line_id, cause: 'sale', paymentId: paid.paymentId },
      ...{ developerId: line.developer_id, productId: line.product_id, title: line.title },
      ...{ priceMinor, taxMinor: share.taxMinor, amountMinor: share.developerMinor, currency },
      soldAt: paid.paidAt,
    }
  })

export interface Refund {
  readonly refundId: string
  readonly amountMinor: bigint
  readonly refundedAt: string
}

/** A sale and what refunds have taken of it so far, as positive amounts. */
interface Position {
  readonly sale: Entry
  readonly price: bigint
  readonly tax: bigint
  readonly amount: bigint
}

function positionsOf(entries: readonly Entry[]): Position[] {
  const taken = (lineId: string, field: 'priceMinor' | 'taxMinor' | 'amountMinor'): bigint =>
    entries
      .filter((e) => e.lineId === lineId && e.cause !== 'sale')
      .reduce((sum, e) => sum - e[field], 0n)
  return entries
    .filter((entry) => entry.cause === 'sale')
    .map((sale) => ({
      sale,
      price: taken(sale.lineId, 'priceMinor'),
      tax: taken(sale.lineId, 'taxMinor'),
      amount: taken(sale.lineId, 'amountMinor'),
    }))
}

/**
 * What a refund takes back: it is laid on the lines by what is left of their prices, and takes of each line's parts what is due
 * by then less what was taken before. Refunds that sum to the price thus take back exactly what the sale gave, in any pieces.
 * What is more than the rest is not the developers' to give.
 */
export function reversalsOf(entries: readonly Entry[], refund: Refund): Entry[] {
  if (entries.some((entry) => entry.cause === refund.refundId)) return []
  const positions = positionsOf(entries)
  const left = positions.map(({ sale, price }) => sale.priceMinor - price)
  const whole = left.reduce((sum, rest) => sum + rest, 0n)
  if (whole === 0n) return []
  const laid = splitMinor(refund.amountMinor < whole ? refund.amountMinor : whole, left)
  return positions.flatMap(({ sale, price, tax, amount }, index): Entry[] => {
    const part = laid[index] ?? 0n
    if (part === 0n) return []
    const due = (full: bigint): bigint => roundHalfUp(ratio(full * (price + part), sale.priceMinor))
    return [
      {
        ...sale,
        cause: refund.refundId,
        priceMinor: -part,
        taxMinor: tax - due(sale.taxMinor),
        amountMinor: amount - due(sale.amountMinor),
        soldAt: refund.refundedAt,
      },
    ]
  })
}
