// Whether the book is sound, from what is written alone. Every check answers how much it looked at and what it found; the book
// holds only if nothing was found. One snapshot, so a platform at work may be verified.

import type { BuildInput } from '@rialto/kernel/service/service.ts'

export interface Check {
  readonly name: string
  /** What was looked at. */
  readonly seen: number
  readonly wrong: number
  /** Up to three of what is wrong. */
  readonly examples: readonly string[]
}

export interface Verdict {
  readonly holds: boolean
  readonly accounts: number
  readonly postings: number
  readonly refused: number
  readonly entries: number
  readonly checks: readonly Check[]
}

/** `seen` counts rows; `wrong` selects one text for each thing that must not be. */
interface Rule {
  readonly name: string
  readonly seen: 'accounts' | 'postings' | 'entries'
  readonly wrong: string
}

const RULES: readonly Rule[] = [
  {
    name: 'the entries of each posting sum to zero in each currency',
    seen: 'postings',
    wrong: `select e.posting_id || ' ' || a.currency || ': ' || sum(e.amount_minor) as what
              from wallets.entries e join wallets.accounts a on a.id = e.account
             group by e.posting_id, a.currency having sum(e.amount_minor) <> 0`,
  },
  {
    name: 'all entries sum to zero in each currency',
    seen: 'entries',
    wrong: `select a.currency || ': ' || sum(e.amount_minor) as what
              from wallets.entries e join wallets.accounts a on a.id = e.account
             group by a.currency having sum(e.amount_minor) <> 0`,
  },
  {
    name: 'all balances sum to zero in each currency',
    seen: 'accounts',
    wrong: `select currency || ': ' || sum(balance_minor) as what
              from wallets.accounts group by currency having sum(balance_minor) <> 0`,
  },
  {
    name: 'every balance is that of its last entry',
    seen: 'accounts',
    wrong: `select a.account_id || ': ' || a.balance_minor || ' at ' || a.version || ', last entry '
                   || coalesce(e.balance_after_minor::text || ' at ' || e.version, 'none') as what
              from wallets.accounts a
              left join (select distinct on (account) account, version, balance_after_minor
                           from wallets.entries order by account, version desc) e on e.account = a.id
             where a.version <> coalesce(e.version, 0) or a.balance_minor <> coalesce(e.balance_after_minor, 0)`,
  },
  {
    name: 'no account’s chain of entries has a gap',
    seen: 'entries',
    wrong: `select account || ' at ' || version || ': ' || before || ' then ' || amount_minor || ' made ' || balance_after_minor as what
              from (select account, version, amount_minor, balance_after_minor,
                           coalesce(lag(version) over chain, 0) as last,
                           coalesce(lag(balance_after_minor) over chain, 0) as before
                      from wallets.entries window chain as (partition by account order by version)) c
             where version <> last + 1 or balance_after_minor <> before + amount_minor`,
  },
  {
    name: 'no balance is below its minimum',
    seen: 'accounts',
    wrong: `select account_id || ': ' || balance_minor || ' below ' || min_balance_minor as what
              from wallets.accounts where balance_minor < min_balance_minor`,
  },
  {
    name: 'a posting has at least two entries, and none if it was refused',
    seen: 'postings',
    wrong: `select p.posting_id || ' ' || p.outcome || ': ' || coalesce(e.entries, 0) || ' entries' as what
              from wallets.postings p
              left join (select posting_id, count(*) as entries from wallets.entries group by posting_id) e using (posting_id)
             where case when p.outcome = 'ok' then coalesce(e.entries, 0) < 2 else e.entries is not null end`,
  },
  {
    name: 'every entry belongs to a posting and an account',
    seen: 'entries',
    wrong: `select e.account || ' at ' || e.version as what from wallets.entries e
             where not exists (select from wallets.postings p where p.posting_id = e.posting_id)
                or not exists (select from wallets.accounts a where a.id = e.account)`,
  },
]

const COUNTS = `select (select count(*) from wallets.accounts)::int as accounts,
  (select count(*) from wallets.postings)::int as postings,
  (select count(*) from wallets.postings where outcome <> 'ok')::int as refused,
  (select count(*) from wallets.entries)::int as entries`

const found = (wrong: string): string =>
  `select count(*)::int as wrong, coalesce((array_agg(what))[1:3], '{}') as examples from (${wrong}) found`

/** Reads the whole book. Takes as long as it takes: minutes for hundreds of millions of entries. */
export async function verifyLedger(pool: BuildInput['pool']): Promise<Verdict> {
  const client = await pool.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    await client.query('set local statement_timeout = 0')
    const { rows } = await client.query<Omit<Verdict, 'holds' | 'checks'>>(COUNTS)
    const counts = rows[0] as Omit<Verdict, 'holds' | 'checks'>
    const checks: Check[] = []
    for (const { name, seen, wrong } of RULES) {
      const result = await client.query<{ wrong: number; examples: string[] }>(found(wrong))
      const row = result.rows[0] as { wrong: number; examples: string[] }
      checks.push({ name, seen: counts[seen], ...row })
    }
    return { holds: checks.every((check) => check.wrong === 0), ...counts, checks }
  } finally {
    await client.query('rollback').catch(() => undefined)
    client.release()
  }
}
