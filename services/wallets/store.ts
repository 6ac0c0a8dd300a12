// All SQL of wallets, one function a statement. What is decided about a posting is decided in migrations/0002-post.sql.

import type { AccountKind } from '@rialto/contracts/wallets/http.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import type { AccountName } from './domain/accounts.ts'
import type { PostArguments } from './ledger/encode.ts'

/** One row of arrays as text: they are cut up by hand, which costs a fifth of the driver's array parser. */
export interface PostRow {
  readonly posting_ids: string | null
  readonly outcomes: string
  readonly refused_legs: string
  readonly balances: string
  readonly versions: string
}

/** Decides and writes these postings in order. */
export const postBatch = (a: PostArguments): Sql<PostRow> => sql`
  select posting_ids::text, outcomes::text, refused_legs::text, balances::text, versions::text
    from wallets.post(${a.at}, ${a.ids}, ${a.keys}, ${a.hashes}, ${a.kinds}, ${a.references}, ${a.accounts},
                      ${a.items}, ${a.legs}, ${a.places}, ${a.currencies}, ${a.amounts}, false)`

/** The same, for who does not wait: anything but `ok` raises and undoes the transaction. */
export const postStrictly = (a: PostArguments): Sql => sql`
  select from wallets.post(${a.at}, ${a.ids}, ${a.keys}, ${a.hashes}, ${a.kinds}, ${a.references}, ${a.accounts},
                           ${a.items}, ${a.legs}, ${a.places}, ${a.currencies}, ${a.amounts}, true)`

export interface NewAccount extends AccountName {
  readonly accountId: string
  readonly minBalanceMinor: bigint | null
  readonly openedAt: string
}

/** Opens an account unless there is one of that name. */
export const insertAccount = (a: NewAccount): Sql => sql`
  insert into wallets.accounts (account_id, kind, owner, currency, min_balance_minor, opened_at)
  values (${a.accountId}, ${a.kind}, ${a.owner}, ${a.currency}, ${a.minBalanceMinor}, ${a.openedAt}::timestamptz)
  on conflict (kind, owner, currency) do nothing`

export const selectIdsByName = (
  names: readonly AccountName[],
): Sql<AccountName & { readonly id: bigint }> => sql`
  select a.id, a.kind, a.owner, a.currency
    from unnest(${names.map((n) => n.kind)}::text[], ${names.map((n) => n.owner)}::text[],
                ${names.map((n) => n.currency)}::text[]) w(kind, owner, currency)
    join wallets.accounts a using (kind, owner, currency)`

export const selectIdsByAccountId = (
  accountIds: readonly string[],
): Sql<{ readonly id: bigint; readonly account_id: string }> => sql`
  select id, account_id from wallets.accounts where account_id = any(${accountIds}::text[])`

export interface AccountRow {
  readonly account_id: string
  readonly kind: AccountKind
  readonly owner: string
  readonly currency: string
  readonly balance_minor: bigint
  readonly min_balance_minor: bigint | null
  readonly state: 'active' | 'inactive' | 'closed'
  readonly version: bigint
  readonly opened_at: number
}

export const selectAccount = (accountId: string): Sql<AccountRow> => sql`
  select account_id, kind, owner, currency, balance_minor, min_balance_minor, state, version, opened_at
    from wallets.accounts where account_id = ${accountId}`

export const selectAccountByName = (n: AccountName): Sql<AccountRow> => sql`
  select account_id, kind, owner, currency, balance_minor, min_balance_minor, state, version, opened_at
    from wallets.accounts where kind = ${n.kind} and owner = ${n.owner} and currency = ${n.currency}`

export interface TrialRow {
  readonly kind: AccountKind
  readonly currency: string
  readonly accounts: number
  readonly debit_minor: bigint
  readonly credit_minor: bigint
}

/** One statement, so one instant. A sum of bigints is numeric, and fits a bigint as long as a balance does. */
export const selectTrialBalance = (): Sql<TrialRow> => sql`
  select kind, currency, count(*)::int as accounts,
         coalesce(-sum(balance_minor) filter (where balance_minor < 0), 0)::bigint as debit_minor,
         coalesce(sum(balance_minor) filter (where balance_minor > 0), 0)::bigint as credit_minor
    from wallets.accounts group by kind, currency order by currency, kind`
