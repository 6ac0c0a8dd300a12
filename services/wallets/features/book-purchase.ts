// A paid purchase enters the book: clearing:<provider> → revenue, tax, each line's developer. Once for its order, by the
// posting's key.

import type { OrderCompleted } from '@rialto/contracts/orders/events.ts'
import type { DataOf } from '@rialto/kernel/pure/contract.ts'
import { fromJsonMinor } from '@rialto/kernel/pure/money.ts'
import { digestOf, type Leg, type Posting } from '../domain/posting.ts'
import { type PaidOrder, purchaseLegs, purchaseText } from '../domain/purchase.ts'
import type { Ledger } from '../ledger/ledger.ts'

/** Whose the money was before events named their provider. */
const FIRST_PROVIDER = 'yookassa'

export interface Purchase {
  readonly order: PaidOrder
  readonly legs: readonly Leg[]
}

function paidOrder(data: DataOf<typeof OrderCompleted>): PaidOrder {
  return {
    orderId: data.order_id,
    totalMinor: fromJsonMinor(data.total_amount),
    currency: data.currency,
    provider: data.provider ?? FIRST_PROVIDER,
    lines: data.items.map((line) => ({
      lineId: line.line_id,
      amountMinor: fromJsonMinor(line.amount),
      taxCode: line.tax_code,
      developerId: line.developer_id,
    })),
  }
}

/** The legs with their accounts, which are opened when this is their first money. */
export async function askPurchase(
  ledger: Ledger,
  data: DataOf<typeof OrderCompleted>,
): Promise<Purchase | undefined> {
  if (data.order_type !== 'purchase') return undefined
  const order = paidOrder(data)
  const legs = purchaseLegs(order)
  if (legs.length === 0) return undefined
  const accounts = await ledger.accounts.named(legs.map((leg) => leg.account))
  return {
    order,
    legs: legs.map(({ account, amountMinor }, i) => ({
      account: accounts[i] as bigint,
      currency: account.currency,
      amountMinor,
    })),
  }
}

export const postingOf = ({ order, legs }: Purchase, id: string): Posting => ({
  id,
  key: `order:${order.orderId}`,
  requestHash: digestOf(purchaseText(order)),
  kind: 'purchase',
  reference: order.orderId,
  legs,
})
