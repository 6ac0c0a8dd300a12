// What a ledger does, in the plainest way that can be written: one posting after the other, on a map.

import type { Posted, Posting } from '../domain/posting.ts'

export interface ModelAccount {
  balanceMinor: bigint
  version: number
  readonly minBalanceMinor: bigint | null
  readonly currency: string
  readonly state: 'active' | 'inactive' | 'closed'
}

export type Accounts = Map<bigint, ModelAccount>

type Refused = { outcome: Exclude<Posted['outcome'], 'ok'>; refusedLeg: number }

function refusedBy(accounts: Accounts, { legs }: Posting): Refused | undefined {
  for (const [index, leg] of legs.entries()) {
    const account = accounts.get(leg.account)
    const refusedLeg = index + 1
    if (account === undefined) return { outcome: 'unknown_account', refusedLeg }
    if (account.currency !== leg.currency) return { outcome: 'currency_mismatch', refusedLeg }
    if (account.state !== 'active') return { outcome: 'inactive', refusedLeg }
  }
  for (const [index, leg] of legs.entries()) {
    const { balanceMinor, minBalanceMinor } = accounts.get(leg.account) as ModelAccount
    const moved = legs
      .filter((other) => other.account === leg.account)
      .reduce((sum, other) => sum + other.amountMinor, 0n)
    const short = minBalanceMinor !== null && balanceMinor + moved < minBalanceMinor
    if (leg.amountMinor < 0n && short)
      return { outcome: 'insufficient_funds', refusedLeg: index + 1 }
  }
  return undefined
}

function applied(accounts: Accounts, posting: Posting): Posted {
  const legs = posting.legs.map((leg) => {
    const account = accounts.get(leg.account) as ModelAccount
    account.balanceMinor += leg.amountMinor
    account.version += 1
    return { balanceMinor: account.balanceMinor, version: account.version }
  })
  return { outcome: 'ok', repeated: false, postingId: posting.id, legs }
}

/** Decides postings as they come. */
export function referenceLedger(accounts: Accounts): (posting: Posting) => Posted {
  const answers = new Map<string, { requestHash: string; posted: Posted }>()
  return (posting) => {
    const before = answers.get(posting.key)
    if (before !== undefined && before.requestHash !== posting.requestHash)
      return { outcome: 'conflict', repeated: false }
    if (before !== undefined) return { ...before.posted, repeated: true }
    const refused = refusedBy(accounts, posting)
    const posted: Posted =
      refused === undefined ? applied(accounts, posting) : { ...refused, repeated: false }
    answers.set(posting.key, { requestHash: posting.requestHash, posted })
    return posted
  }
}
