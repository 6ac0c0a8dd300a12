import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openQuery } from '@rialto/kernel/db/query.ts'
import { sql } from '@rialto/kernel/db/sql.ts'
import type { AccountName } from '../domain/accounts.ts'
import { accountIds, NO_ACCOUNT } from './accounts.ts'
import { openBook } from './book.fixture.ts'

const named = (kind: AccountName['kind'], owner: string): AccountName => ({
  ...{ kind, owner, currency: 'RUB' },
})

test('names – one known and one new, when no more are remembered – both are found, the known one not forgotten on the way', async (t) => {
  const { env, pool, open } = await openBook(t)
  const wallets = [await open(), await open(), await open()]
  const names = ['test_1', 'test_2', 'test_3'].map((owner) => named('wallet', owner))
  const ids = accountIds({ pool, env }, 1)
  assert.deepEqual(await ids.named(names.slice(0, 1)), wallets.slice(0, 1))
  assert.deepEqual(await ids.named(names), wallets)
  const [opened, ...again] = await ids.named([named('tax', 'vat'), ...names])
  assert.deepEqual(again, wallets)
  assert.notEqual(opened, NO_ACCOUNT)
  assert.deepEqual(await ids.named([named('wallet', 'nobody'), ...names]), [NO_ACCOUNT, ...wallets])
})

test('public ids – one known and some new, when no more are remembered – all are found', async (t) => {
  const { env, pool, open } = await openBook(t)
  const wallets = [await open(), await open(), await open()]
  const rows = await openQuery(
    pool,
    sql<{ account_id: string }>`select account_id from wallets.accounts order by id`,
  )
  const numbers = rows.map((row) => row.account_id)
  const ids = accountIds({ pool, env }, 1)
  assert.deepEqual(await ids.numbered(numbers.slice(0, 1)), wallets.slice(0, 1))
  assert.deepEqual(await ids.numbered([...numbers, 'acc_none']), [...wallets, NO_ACCOUNT])
})
