import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { postBatch } from '../store.ts'
import { type Book, openBook, posting, WALLETS } from './book.fixture.ts'
import { encode } from './encode.ts'
import { verifyLedger } from './verify.ts'

const NOW = '2026-01-15T12:00:00.000Z'

test('the book – changed or shortened by the service itself – refuses', async (t) => {
  const book = await openBook(t)
  await book.open({ fundsMinor: 5n })
  const attempts = [
    'update wallets.entries set amount_minor = amount_minor + 1',
    'delete from wallets.entries',
    'truncate wallets.entries',
    `update wallets.postings set reference = 'other'`,
    'delete from wallets.postings where false',
    'truncate wallets.postings',
    'delete from wallets.accounts',
    `update wallets.accounts set owner = 'somebody'`,
    `update wallets.accounts set currency = 'USD'`,
  ]
  for (const pool of [book.pool, book.db.pool])
    for (const text of attempts)
      await assert.rejects(pool.query(text), { code: 'RW002' }, `${text} was allowed`)
  await assert.rejects(
    book.pool.query(`update wallets.accounts set balance_minor = -1 where kind = 'wallet'`),
    {
      constraint: 'balance_within_minimum',
    },
  )
  await assert.rejects(
    book.pool.query(`update wallets.accounts set min_balance_minor = null where kind = 'wallet'`),
    { constraint: 'minimum_by_kind' },
  )
  assert.ok((await verifyLedger(book.pool)).holds)
})

/** What each planted wrong must be caught by, as the start of the check's name. */
const PLANTS: readonly (readonly [what: string, plant: string, caughtBy: readonly string[]])[] = [
  [
    'a balance written without an entry',
    `update wallets.accounts set balance_minor = balance_minor + 1 where kind = 'wallet'`,
    ['all balances sum', 'every balance is'],
  ],
  [
    'an entry lost from the end of a chain',
    `delete from wallets.entries e using wallets.accounts a where a.id = e.account and a.kind = 'wallet'`,
    ['the entries of each', 'all entries', 'every balance is', 'a posting has at least'],
  ],
  [
    'an entry lost from the middle of a chain',
    `delete from wallets.entries e using wallets.accounts a where a.id = e.account and a.kind = 'clearing' and e.version = 1`,
    ['the entries of each', 'all entries', 'no account’s chain', 'a posting has at least'],
  ],
  [
    'an amount changed',
    `update wallets.entries set amount_minor = amount_minor + 1 where version = 1 and amount_minor > 0`,
    ['the entries of each', 'all entries', 'no account’s chain'],
  ],
  [
    'a refusal with entries',
    `update wallets.postings set outcome = 'inactive', refused_leg = 1`,
    ['a posting has at least'],
  ],
  [
    'a posting removed',
    `delete from wallets.postings where idempotency_key = (select min(idempotency_key) from wallets.postings)`,
    ['every entry belongs'],
  ],
  [
    'a minimum passed',
    `alter table wallets.accounts drop constraint balance_within_minimum; update wallets.accounts set min_balance_minor = 99 where kind = 'wallet'`,
    ['no balance is below'],
  ],
]

const DISARM = `
  alter table wallets.entries disable trigger all; alter table wallets.postings disable trigger all;`

for (const [what, plant, caughtBy] of PLANTS)
  test(`verify – ${what} – is caught`, async (t) => {
    const book = await openBook(t)
    await book.open({ fundsMinor: 5n })
    await book.open({ fundsMinor: 7n })
    assert.ok((await verifyLedger(book.pool)).holds)
    await book.db.pool.query(DISARM + plant)
    const { holds, checks } = await verifyLedger(book.pool)
    assert.equal(holds, false)
    const found = checks.filter((check) => check.wrong > 0)
    assert.ok(found.every((check) => check.examples.length > 0))
    assert.deepEqual(
      found.map((check) => caughtBy.find((name) => check.name.startsWith(name)) ?? check.name),
      caughtBy,
    )
  })

/** wallets.post as it would be without its lock, and without the key that would stop it then. */
async function forgetTheLock(book: Book): Promise<void> {
  const text = await readFile(new URL('0002-post.sql', WALLETS.migrations), 'utf8')
  const planted = text
    .replace('order by id for no key update', 'order by id')
    .replace('create function', 'create or replace function')
  assert.notEqual(planted.length, text.length)
  assert.ok(!planted.includes('id for no key update'))
  await book.pool.query(planted)
  await book.pool.query('alter table wallets.entries drop constraint entries_pkey')
}

test('verify – two postings at once on an account that nobody locked – catches the lost one', async (t) => {
  const book = await openBook(t)
  const [a, b] = [await book.open({ fundsMinor: 10n }), await book.open()]
  await forgetTheLock(book)
  const statementOf = (key: string) => {
    const made = postBatch(
      encode(
        [
          posting(key, [
            [a, -5],
            [b, 5],
          ]),
        ],
        NOW,
      ),
    )
    return { text: made.text, values: [...made.values] }
  }
  const client = await book.pool.connect()
  await client.query('begin')
  await client.query(statementOf('one'))
  const second = book.pool.query(statementOf('two'))
  for (;;) {
    const { rowCount } = await book.db.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rowCount !== 0) break
  }
  await client.query('commit')
  client.release()
  await second
  const { holds, checks } = await verifyLedger(book.pool)
  assert.equal(holds, false)
  assert.ok(checks.find((check) => check.name.includes('chain of entries'))?.wrong)
})
