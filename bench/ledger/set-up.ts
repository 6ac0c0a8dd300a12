// A durable throw-away database with the ledger in it, and accounts with money.

import { openScratchDatabase } from '@rialto/kernel/db/database.ts'
import { migrate } from '@rialto/kernel/db/migrate.ts'
import { openPool, type ServicePool } from '@rialto/kernel/db/pool.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { systemIds } from '@rialto/kernel/host/ids.ts'
import { silentLog } from '@rialto/kernel/observability/log.ts'
import type { Environment } from '@rialto/kernel/service/context.ts'
import { type Item, type Ledger, openLedger } from '@rialto/wallets/ledger/ledger.ts'
import { wallets } from '@rialto/wallets/service.ts'

export const ACCOUNTS = 10_000
const FUNDS_MINOR = 1_000_000_000

export interface Bench {
  readonly pool: ServicePool
  readonly env: Environment
  readonly accounts: readonly bigint[]
  ledger(options?: { lanes?: number; maxItems?: number }): Ledger
  close(): Promise<void>
}

/** Every wallet got its money by a posting, as it must be: the book holds before the first measurement. */
const FILL = `
  with opened as (
    insert into wallets.accounts (account_id, kind, owner, currency, min_balance_minor, balance_minor, version, opened_at)
    select 'acc_' || n, case when n = 0 then 'clearing' else 'wallet' end, 'o' || n, 'RUB', case when n = 0 then null else 0 end,
           case when n = 0 then -${FUNDS_MINOR}::bigint * ${ACCOUNTS} else ${FUNDS_MINOR} end,
           case when n = 0 then ${ACCOUNTS} else 1 end, now()
      from generate_series(0, ${ACCOUNTS}) n returning id, kind
  ), funded as (
    select o.id, c.id as clearing, row_number() over (order by o.id) as n, gen_random_uuid() as posting_id
      from opened o, (select id from opened where kind = 'clearing') c where o.kind = 'wallet'
  ), made as (
    insert into wallets.postings (posting_id, idempotency_key, request_hash, kind, reference, outcome, posted_at)
    select posting_id, 'fund:' || n, 'fund', 'fund', 'bench', 'ok', now() from funded
  )
  insert into wallets.entries (account, version, posting_id, leg, amount_minor, balance_after_minor)
  select clearing, n, posting_id, 1, -${FUNDS_MINOR}, -${FUNDS_MINOR} * n from funded
  union all
  select id, 1, posting_id, 2, ${FUNDS_MINOR}, ${FUNDS_MINOR} from funded`

export async function openBench(): Promise<Bench> {
  const database = await openScratchDatabase({ durable: true })
  await migrate({ url: database.url, services: [wallets], log: silentLog })
  const pool = openPool({
    url: database.url,
    applicationName: 'bench-ledger',
    max: 32,
    idleMs: 60_000,
    statementTimeoutMs: 60_000,
  })
  await pool.query(FILL)
  await pool.query('create table rows (id bigint generated always as identity primary key)')
  const { rows } = await pool.query<{ id: bigint }>(
    `select id from wallets.accounts where kind = 'wallet' order by id`,
  )
  const ids = systemIds(systemClock)
  const env: Environment = {
    clock: systemClock,
    ids,
    log: silentLog,
    recorder: { record: () => undefined },
  }
  return {
    pool,
    env,
    accounts: rows.map((row) => row.id),
    ledger: (options = {}) => openLedger({ pool, env, ...options }),
    async close() {
      await pool.end()
      await database.stop()
    },
  }
}

let seed = 7
/** The same accounts in the same order in every run: a xorshift of 32 bits. */
export function below(limit: number): number {
  seed ^= seed << 13
  seed ^= seed >>> 17
  seed ^= seed << 5
  return (seed >>> 0) % limit
}

/** One kopeck from a random wallet to another, or to the one that everybody pays. */
export function transfer({ accounts, env }: Bench, kind: 'random' | 'hot'): Item {
  const from = 1 + below(accounts.length - 1)
  const to = kind === 'hot' ? 0 : (from + 1 + below(accounts.length - 2)) % accounts.length
  const id = env.ids.uuid()
  const leg = (at: number, amountMinor: bigint) => ({
    account: accounts[at] as bigint,
    currency: 'RUB',
    amountMinor,
  })
  return {
    posting: {
      ...{ id, key: id, requestHash: 'bench', kind: 'transfer', reference: 'bench' },
      legs: [leg(from, -1n), leg(to, 1n)],
    },
  }
}
