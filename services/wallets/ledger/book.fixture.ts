// A ledger on a database of its own, with accounts that a test opens as it needs them.

import type { TestContext } from 'node:test'
import type { AccountKind } from '@rialto/contracts/wallets/http.ts'
import { openQuery } from '@rialto/kernel/db/query.ts'
import { sql } from '@rialto/kernel/db/sql.ts'
import { silentLog } from '@rialto/kernel/observability/log.ts'
import type { Environment } from '@rialto/kernel/service/context.ts'
import { testClock } from '@rialto/kernel/testing/clock.ts'
import { type TestDatabase, testDatabase } from '@rialto/kernel/testing/database.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { minBalanceOf } from '../domain/accounts.ts'
import type { Leg, Posting } from '../domain/posting.ts'
import { digestOf } from '../domain/posting.ts'
import { type Ledger, type LedgerOptions, openLedger } from './ledger.ts'

export interface NewTestAccount {
  readonly kind?: AccountKind
  readonly currency?: string
  readonly fundsMinor?: bigint
  readonly state?: 'active' | 'inactive' | 'closed'
}

export interface Book {
  readonly db: TestDatabase
  readonly env: Environment
  /** Under the service's own role. */
  readonly pool: LedgerOptions['pool']
  readonly ledger: Ledger
  /** Another ledger on the same database, as another process has one. */
  another(options?: Partial<LedgerOptions>): Ledger
  open(account?: NewTestAccount): Promise<bigint>
  balance(account: bigint): Promise<bigint>
}

export const WALLETS = { name: 'wallets', migrations: new URL('../migrations/', import.meta.url) }

const ids = testIds(11)

/** A posting of legs `[account, amount]` in one currency. Its request is its legs, unless said otherwise. */
export function posting(
  key: string,
  legs: readonly (readonly [account: bigint, amountMinor: bigint | number])[],
  currency = 'RUB',
): Posting {
  const all: Leg[] = legs.map(([account, amountMinor]) => ({
    account,
    currency,
    amountMinor: BigInt(amountMinor),
  }))
  const text = JSON.stringify(all.map((leg) => [String(leg.account), String(leg.amountMinor)]))
  return {
    ...{ id: ids.uuid(), key, requestHash: digestOf(text), kind: 'test', reference: 'test' },
    legs: all,
  }
}

export async function openBook(t: TestContext): Promise<Book> {
  const db = await testDatabase(t, { services: [WALLETS] })
  const env: Environment = {
    clock: testClock(),
    ids,
    log: silentLog,
    recorder: { record: () => undefined },
  }
  const pool = db.poolFor('wallets')
  const another = (options: Partial<LedgerOptions> = {}) => openLedger({ pool, env, ...options })
  const ledger = another()
  let opened = 0

  async function open(account: NewTestAccount = {}): Promise<bigint> {
    const { kind = 'wallet', currency = 'RUB', fundsMinor = 0n, state = 'active' } = account
    opened += 1
    const [row] = await openQuery(
      pool,
      sql<{ id: bigint }>`
        insert into wallets.accounts (account_id, kind, owner, currency, min_balance_minor, opened_at)
        values (${ids.next('acc')}, ${kind}, ${`test_${opened}`}, ${currency}, ${minBalanceOf(kind)}, now()) returning id`,
    )
    const { id } = row as { id: bigint }
    if (fundsMinor > 0n) {
      const [source] = await ledger.accounts.named([{ kind: 'clearing', owner: 'bank', currency }])
      const legs = [[source as bigint, -fundsMinor] as const, [id, fundsMinor] as const]
      await ledger.post({ posting: posting(`fund:${id}`, legs, currency) })
    }
    await openQuery(pool, sql`update wallets.accounts set state = ${state} where id = ${id}`)
    return id
  }

  return {
    ...{ db, env, pool, ledger, another, open },
    async balance(account) {
      const [row] = await openQuery(
        pool,
        sql<{ balance_minor: bigint }>`
          select balance_minor from wallets.accounts where id = ${account}`,
      )
      return (row as { balance_minor: bigint }).balance_minor
    },
  }
}
