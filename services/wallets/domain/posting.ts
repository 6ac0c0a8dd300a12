// What a posting is before the database decides about it, and what comes back.

import { hash } from 'node:crypto'

export interface Leg {
  /** Internal id of the account. */
  readonly account: bigint
  readonly currency: string
  /** What the account gets is positive, what it gives negative. */
  readonly amountMinor: bigint
}

export interface Posting {
  /** Public id without its prefix: a UUIDv7. */
  readonly id: string
  /** Same key, same answer. */
  readonly key: string
  /** Digest of the request as it was made; another one under the same key is a conflict. */
  readonly requestHash: string
  /** Why money moves, such as `purchase`. */
  readonly kind: string
  /** What it is about, such as an order's id. */
  readonly reference: string
  readonly legs: readonly Leg[]
}

export type Refusal =
  | 'insufficient_funds'
  | 'inactive'
  | 'unknown_account'
  | 'currency_mismatch'
  | 'conflict'

export type Posted =
  | {
      readonly outcome: 'ok'
      readonly postingId: string
      /** Posted before under the same key; the balances are of that time. */
      readonly repeated: boolean
      readonly legs: readonly { readonly balanceMinor: bigint; readonly version: number }[]
    }
  | {
      readonly outcome: Refusal
      readonly repeated: boolean
      /** From 1; absent for a conflict. */
      readonly refusedLeg?: number
    }

/** 128 bits of a request's text: enough to tell two requests of one key apart. */
export const digestOf = (text: string): string => hash('sha256', text, 'base64url').slice(0, 22)

const TEXT = /^[A-Za-z0-9_.:-]{1,200}$/

/** Why this posting cannot be made by anybody; undefined when it can. */
export function flawOf({ key, kind, reference, legs }: Omit<Posting, 'id' | 'requestHash'>) {
  if (![key, kind, reference].every((text) => TEXT.test(text)))
    return 'key, kind and reference are 1 to 200 letters, digits and _ . : -'
  if (legs.length < 2) return 'a posting has at least two legs'
  const sums = new Map<string, bigint>()
  for (const { currency, amountMinor } of legs) {
    if (amountMinor === 0n) return 'a leg moves something'
    if (!/^[A-Z]{3}$/.test(currency)) return `"${currency}" is not a currency`
    sums.set(currency, (sums.get(currency) ?? 0n) + amountMinor)
  }
  for (const [currency, sum] of sums)
    if (sum !== 0n) return `the legs in ${currency} sum to ${sum}, not to zero`
  return undefined
}
