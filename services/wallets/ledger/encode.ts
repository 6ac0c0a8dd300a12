// Postings as the arrays that wallets.post takes, and its arrays as answers. Arrays travel as text that is put together here:
// everything in them is a number, a UUID or text that needs no escape, which `flawOf` has seen to.

import type { Posted, Posting } from '../domain/posting.ts'
import type { PostRow } from '../store.ts'

export interface PostArguments {
  readonly at: string
  readonly ids: string
  readonly keys: string
  readonly hashes: string
  readonly kinds: string
  readonly references: string
  readonly accounts: string
  readonly items: string
  readonly legs: string
  readonly places: string
  readonly currencies: string
  readonly amounts: string
}

const bare = (values: readonly (string | number | bigint)[]): string => `{${values.join(',')}}`
/** Quoted, or a key that reads `null` would be none. */
const quoted = (values: readonly string[]): string => `{"${values.join('","')}"}`

const byId = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

export function encode(postings: readonly Posting[], at: string): PostArguments {
  const touched = new Set<bigint>()
  for (const posting of postings) for (const leg of posting.legs) touched.add(leg.account)
  const accounts = [...touched].sort(byId)
  const placeOf = new Map(accounts.map((id, index) => [id, index + 1]))
  const items: number[] = []
  const legs: number[] = []
  const places: number[] = []
  const currencies: string[] = []
  const amounts: bigint[] = []
  postings.forEach((posting, index) => {
    posting.legs.forEach((leg, legIndex) => {
      items.push(index + 1)
      legs.push(legIndex + 1)
      places.push(placeOf.get(leg.account) as number)
      currencies.push(leg.currency)
      amounts.push(leg.amountMinor)
    })
  })
  return {
    at,
    ids: bare(postings.map((p) => p.id)),
    keys: quoted(postings.map((p) => p.key)),
    hashes: quoted(postings.map((p) => p.requestHash)),
    kinds: quoted(postings.map((p) => p.kind)),
    references: quoted(postings.map((p) => p.reference)),
    accounts: bare(accounts),
    items: bare(items),
    legs: bare(legs),
    places: bare(places),
    currencies: bare(currencies),
    amounts: bare(amounts),
  }
}

const cut = (text: string): string[] => text.slice(1, -1).split(',')

export function decode(postings: readonly Posting[], row: PostRow): Posted[] {
  const ids = row.posting_ids === null ? undefined : cut(row.posting_ids)
  const outcomes = cut(row.outcomes) as Posted['outcome'][]
  const refusedLegs = cut(row.refused_legs)
  const balances = cut(row.balances)
  const versions = cut(row.versions)
  let at = 0
  return postings.map((posting, i): Posted => {
    const first = at
    at += posting.legs.length
    const before = ids?.[i]
    const repeated = before !== undefined && before !== 'NULL'
    const outcome = outcomes[i] as Posted['outcome']
    if (outcome !== 'ok') {
      const leg = refusedLegs[i] as string
      return { outcome, repeated, ...(leg === 'NULL' ? {} : { refusedLeg: Number(leg) }) }
    }
    return {
      outcome,
      repeated,
      postingId: repeated ? before : posting.id,
      legs: posting.legs.map((_, leg) => ({
        balanceMinor: BigInt(balances[first + leg] as string),
        version: Number(versions[first + leg]),
      })),
    }
  })
}
