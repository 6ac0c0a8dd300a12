// A catalog price as an order line. The catalog is ours, but its answer decides what a person pays: one that is not complete or
// does not add up is a bug to be seen, never a price to be guessed.

import assert from 'node:assert/strict'
import { vatPercent } from '@rialto/contracts/shapes/vat.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import type { Line } from './order.ts'

interface Amount {
  readonly minorUnits: bigint
  readonly currency: string
}

export interface Priced {
  readonly productId: string
  readonly price: {
    readonly price?: Amount | undefined
    readonly listPrice?: Amount | undefined
    readonly promotionsApplied: readonly {
      readonly id: string
      readonly name: string
      readonly discountMinor: bigint
    }[]
    readonly title: string
    readonly developerId: string
    readonly taxCode: string
    readonly limited: boolean
  }
}

export function pricedLine(
  lineId: string,
  { productId, price: told }: Priced,
): { line: Line; currency: string } {
  const { price, listPrice, promotionsApplied } = told
  assert(price !== undefined && listPrice !== undefined, 'the catalog named no price')
  const discounts = promotionsApplied.reduce((sum, p) => sum + p.discountMinor, 0n)
  assert(
    price.currency === listPrice.currency && price.minorUnits + discounts === listPrice.minorUnits,
    'the price is not the list price less the promotions',
  )
  assert(price.minorUnits >= 0n, 'the price is negative')
  // Frozen on the line it would be paid, and then neither be posted nor stand on a receipt.
  assert(vatPercent(told.taxCode) !== undefined, 'the tax code is one that no register takes')
  const line: Line = {
    ...{ lineId, productId, title: told.title, quantity: 1 },
    ...{ taxCode: told.taxCode, developerId: told.developerId },
    listMinor: listPrice.minorUnits,
    amountMinor: price.minorUnits,
    promotions: promotionsApplied.map(({ id, name, discountMinor }) => ({
      promotion_id: id,
      name,
      discount: toJsonMinor(discountMinor),
    })),
  }
  return { line, currency: price.currency }
}
