// From names to the internal ids that postings carry. An account's id never changes, so what is known once is known for good,
// and a posting on the way needs no look-up. Accounts other than wallets are opened on their first use, in a commit of their own:
// an account without entries harms nobody, while holding its new row for the length of somebody's transaction would.

import { openQuery } from '@rialto/kernel/db/query.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import { type AccountName, isOpenedByUse, minBalanceOf, textOf } from '../domain/accounts.ts'
import { insertAccount, selectIdsByAccountId, selectIdsByName } from '../store.ts'

/** An id that no account has: what is posted to it is refused as unknown, and that is the answer kept under its key. */
export const NO_ACCOUNT = 0n
/** Enough for every account that is not a person's. */
const REMEMBERED = 50_000

export interface AccountIds {
  /** By name, in order; a wallet that nobody opened is `NO_ACCOUNT`. */
  named(names: readonly AccountName[]): Promise<bigint[]>
  /** By public id, in order. */
  numbered(accountIds: readonly string[]): Promise<bigint[]>
}

export function accountIds(
  { pool, env }: Pick<BuildInput, 'pool' | 'env'>,
  remembered = REMEMBERED,
): AccountIds {
  const known = new Map<string, bigint>()
  const remember = (text: string, id: bigint): void => {
    if (known.size >= remembered) known.clear()
    known.set(text, id)
  }

  /** The ids of these, by their text. What is remembered may be forgotten at any moment: the answer is its own. */
  function recall(texts: readonly string[]): Map<string, bigint> {
    const ids = new Map<string, bigint>()
    for (const text of texts) {
      const id = known.get(text)
      if (id !== undefined) ids.set(text, id)
    }
    return ids
  }

  async function learn(names: readonly AccountName[], ids: Map<string, bigint>): Promise<void> {
    for (const row of await openQuery(pool, selectIdsByName(names))) {
      ids.set(textOf(row), row.id)
      remember(textOf(row), row.id)
    }
  }

  async function open(name: AccountName): Promise<void> {
    const { kind } = name
    const more = { accountId: env.ids.next('acc'), minBalanceMinor: minBalanceOf(kind) }
    const openedAt = isoInstant(env.clock.now())
    await openQuery(pool, insertAccount({ ...name, ...more, openedAt }))
  }

  return {
    async named(names) {
      const ids = recall(names.map(textOf))
      const missing = (): AccountName[] => names.filter((name) => !ids.has(textOf(name)))
      if (missing().length > 0) await learn(missing(), ids)
      const toOpen = missing().filter((name) => isOpenedByUse(name.kind))
      for (const name of toOpen) await open(name)
      if (toOpen.length > 0) await learn(toOpen, ids)
      return names.map((name) => ids.get(textOf(name)) ?? NO_ACCOUNT)
    },
    async numbered(accountIds) {
      const ids = recall(accountIds)
      const missing = accountIds.filter((id) => !ids.has(id))
      if (missing.length > 0)
        for (const row of await openQuery(pool, selectIdsByAccountId(missing))) {
          ids.set(row.account_id, row.id)
          remember(row.account_id, row.id)
        }
      return accountIds.map((id) => ids.get(id) ?? NO_ACCOUNT)
    },
  }
}
