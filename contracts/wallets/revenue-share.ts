// How the price of a sold line is divided. The ledger posts by it and the developer's balance grows by it, so that the two can
// never differ by a rounding.

import { money, percent, taxIncludedIn } from '@rialto/kernel/pure/money.ts'
import { splitMinor } from '@rialto/kernel/pure/split.ts'
import { vatPercent } from '../shapes/vat.ts'

/** Of what is left after tax, in percent. */
const DEVELOPER_SHARE_PERCENT = 70n

export interface SoldLine {
  readonly amountMinor: bigint
  readonly currency: string
  readonly taxCode: string
}

export interface RevenueShare {
  readonly taxMinor: bigint
  readonly developerMinor: bigint
  readonly platformMinor: bigint
}

/** Divides a line's price; the parts sum to it exactly. Throws on a tax code nobody has given a rate. */
export function shareOf({ amountMinor, currency, taxCode }: SoldLine): RevenueShare {
  const rate = vatPercent(taxCode)
  if (rate === undefined) throw new RangeError(`the tax code "${taxCode}" has no rate`)
  const tax = taxIncludedIn(money(amountMinor, currency), percent(rate)).minor
  const [developerMinor = 0n, platformMinor = 0n] = splitMinor(amountMinor - tax, [
    DEVELOPER_SHARE_PERCENT,
    100n - DEVELOPER_SHARE_PERCENT,
  ])
  return { taxMinor: tax, developerMinor, platformMinor }
}
