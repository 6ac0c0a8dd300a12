// A receipt as protocol v5 writes it (FFD 1.2). What is bought is had at once and paid in full, so every line is a full payment
// for a service: the right to play, not a thing.

import { money, toDecimal } from '@rialto/kernel/pure/money.ts'
import type { FiscalItem } from '../domain/fiscal-items.ts'
import type { FiscalDocument } from '../domain/fiscal-register.ts'
import { timestampOf } from './atol-objects.ts'

export interface Company {
  readonly email: string
  readonly inn: string
  /** How the company is taxed, in the register's word. */
  readonly sno: string
  /** Address of the shop. */
  readonly site: string
}

const SERVICE = 4
const PIECE = 0
const CASHLESS = 1

/** The wire has roubles as a JSON number; two digits after the point are exact in it up to its own limit of 42,949,672.95. */
const roubles = (kopecks: bigint | number): number =>
  Number(toDecimal(money(BigInt(kopecks), 'RUB')))

const itemOf = (item: FiscalItem) => ({
  name: item.name,
  price: roubles(item.price),
  quantity: item.quantity,
  sum: roubles(item.sum),
  measure: PIECE,
  payment_method: 'full_payment',
  payment_object: SERVICE,
  vat: { type: item.vat, sum: roubles(item.vat_sum) },
})

export const documentBody = (
  document: FiscalDocument,
  shop: { company: Company; callbackUrl: string | undefined },
) => ({
  external_id: document.externalId,
  timestamp: timestampOf(document.createdAtMs),
  ...(shop.callbackUrl === undefined ? {} : { service: { callback_url: shop.callbackUrl } }),
  receipt: {
    client: { email: document.email },
    company: {
      email: shop.company.email,
      sno: shop.company.sno,
      inn: shop.company.inn,
      payment_address: shop.company.site,
    },
    items: document.items.map(itemOf),
    payments: [{ type: CASHLESS, sum: roubles(document.totalMinor) }],
    total: roubles(document.totalMinor),
    internet: true,
    ...(document.saleAttribute === undefined
      ? {}
      : { additional_check_props: document.saleAttribute.slice(0, 16) }),
  },
})
