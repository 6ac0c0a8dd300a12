// A paid order as the ledger sees it: the provider owes us the total; the platform, the tax office and each line's developer
// get their parts.

import { shareOf } from '@rialto/contracts/wallets/revenue-share.ts'
import type { AccountName } from './accounts.ts'

export interface PaidOrder {
  readonly orderId: string
  readonly totalMinor: bigint
  readonly currency: string
  readonly provider: string
  readonly lines: readonly {
    readonly lineId: string
    readonly amountMinor: bigint
    readonly taxCode: string
    readonly developerId: string
  }[]
}

export interface NamedLeg {
  readonly account: AccountName
  readonly amountMinor: bigint
}

/** The legs of a paid order; none when nothing was charged. Throws when the lines are not the total. */
export function purchaseLegs(order: PaidOrder): NamedLeg[] {
  const { orderId, totalMinor, currency, provider, lines } = order
  const shares = lines.map((line) => ({ line, ...shareOf({ ...line, currency }) }))
  const sum = lines.reduce((all, line) => all + line.amountMinor, 0n)
  if (sum !== totalMinor)
    throw new RangeError(`${orderId}: the lines sum to ${sum}, the order to ${totalMinor}`)
  const legs: NamedLeg[] = [
    { account: { kind: 'clearing', owner: provider, currency }, amountMinor: -totalMinor },
    {
      account: { kind: 'revenue', owner: 'platform', currency },
      amountMinor: shares.reduce((all, share) => all + share.platformMinor, 0n),
    },
    {
      account: { kind: 'tax', owner: 'vat', currency },
      amountMinor: shares.reduce((all, share) => all + share.taxMinor, 0n),
    },
    ...shares.map(({ line, developerMinor }) => ({
      account: { kind: 'developer_payable' as const, owner: line.developerId, currency },
      amountMinor: developerMinor,
    })),
  ]
  return legs.filter((leg) => leg.amountMinor !== 0n)
}

/** What makes the purchase the one it is. Not the legs: a changed share must not turn a repeated event into a conflict. */
export const purchaseText = ({ orderId, totalMinor, currency }: PaidOrder): string =>
  JSON.stringify([orderId, String(totalMinor), currency])
