// How accounts are named and what their kinds allow.

import type { AccountKind } from '@rialto/contracts/wallets/http.ts'

export interface AccountName {
  readonly kind: AccountKind
  readonly owner: string
  readonly currency: string
}

/** Kinds that may go below zero: what is owed to us, and what a refund takes back. */
const UNBOUNDED: ReadonlySet<AccountKind> = new Set([
  'clearing',
  'revenue',
  'tax',
  'developer_payable',
])

export const minBalanceOf = (kind: AccountKind): bigint | null => (UNBOUNDED.has(kind) ? null : 0n)

/** A wallet exists because somebody opened it; every other account because something is posted to it. */
export const isOpenedByUse = (kind: AccountKind): boolean => kind !== 'wallet'

export const textOf = ({ kind, owner, currency }: AccountName): string =>
  `${kind}:${owner}:${currency}`

/** Reads `<kind>:<owner>`, as the contract allows it. */
export function nameFrom(text: string, currency: string): AccountName {
  const colon = text.indexOf(':')
  return { kind: text.slice(0, colon) as AccountKind, owner: text.slice(colon + 1), currency }
}
