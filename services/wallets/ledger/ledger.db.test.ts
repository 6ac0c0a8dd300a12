import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLogWriter } from '@rialto/kernel/bus/log.ts'
import { rawSql } from '@rialto/kernel/db/sql.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import type { Posted } from '../domain/posting.ts'
import { postBatch } from '../store.ts'
import { type Book, openBook, posting } from './book.fixture.ts'
import { encode } from './encode.ts'
import type { Ledger } from './ledger.ts'
import { verifyLedger } from './verify.ts'

const full = process.env.PROOF === 'full'
const NOW = '2026-01-15T12:00:00.000Z'

/** The same numbers in every run. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * limit)
  }
}

async function holds(book: Book): Promise<void> {
  const verdict = await verifyLedger(book.pool)
  assert.deepEqual(
    verdict.checks.filter((check) => check.wrong > 0),
    [],
  )
  assert.ok(verdict.holds)
}

test('ledger – five lanes at once, random and hot, with shortages – keeps every invariant', async (t) => {
  const book = await openBook(t)
  const accounts: bigint[] = []
  for (let i = 0; i < 30; i++) accounts.push(await book.open({ fundsMinor: 40n }))
  const ledgers = [book.another({ lanes: 3, maxItems: 40 }), book.another({ lanes: 2 })]
  const next = numbers(3)
  const count = full ? 20_000 : 3_000
  const all: Promise<Posted>[] = []
  for (let i = 0; i < count; i++) {
    const from = next(accounts.length)
    const to = i % 2 === 0 ? 0 : next(accounts.length)
    if (from === to) continue
    const amount = 1 + next(30)
    const made = posting(`c:${i}`, [
      [accounts[from] as bigint, -amount],
      [accounts[to] as bigint, amount],
    ])
    all.push((ledgers[i % 2] as Ledger).post({ posting: made }))
  }
  const outcomes = new Map<string, number>()
  for (const { outcome } of await Promise.all(all))
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  assert.deepEqual([...outcomes.keys()].sort(), ['insufficient_funds', 'ok'])
  for (const times of outcomes.values()) assert.ok(times > count / 20, 'hardly ever came up')
  const sum = await Promise.all(accounts.map((id) => book.balance(id)))
  assert.equal(
    sum.reduce((a, b) => a + b),
    1_200n,
  )
  await holds(book)
})

/** Resolves when somebody waits for a lock: the moment that a test was waiting for, without a sleep. */
async function somebodyWaits(book: Book): Promise<void> {
  for (;;) {
    const { rowCount } = await book.db.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rowCount !== 0) return
  }
}

test('ledger – one key in two batches at the same moment, no account in common – is posted once', async (t) => {
  const book = await openBook(t)
  const [a, b] = [await book.open({ fundsMinor: 9n }), await book.open()]
  const [c, d] = [await book.open({ fundsMinor: 9n }), await book.open()]
  const first = posting('same', [
    [a, -5],
    [b, 5],
  ])
  const other = {
    ...posting('same', [
      [c, -5],
      [d, 5],
    ]),
    requestHash: first.requestHash,
  }
  const client = await book.pool.connect()
  await client.query('begin')
  const { text, values } = postBatch(encode([first], NOW))
  await client.query({ text, values: [...values] })
  const bystander = book.another()
  const later = bystander.post({ posting: other })
  const conflict = book.another().post({
    posting: posting('same', [
      [c, -4],
      [d, 4],
    ]),
  })
  await somebodyWaits(book)
  await client.query('commit')
  client.release()
  const answer = await later
  assert.ok(answer.outcome === 'ok' && answer.repeated)
  assert.equal(answer.postingId, first.id)
  assert.deepEqual(await conflict, { outcome: 'conflict', repeated: false })
  assert.equal(await book.balance(c), 9n)
  await holds(book)
})

test('ledger – an item that breaks its batch – fails alone', async (t) => {
  const book = await openBook(t)
  const [a, b] = [await book.open({ fundsMinor: 100n }), await book.open({ kind: 'revenue' })]
  const huge = posting('huge', [
    [b, 9_223_372_036_854_775_807n],
    [a, -9_223_372_036_854_775_807n],
  ])
  const more = posting('more', [
    [b, 9_223_372_036_854_775_807n],
    [a, -9_223_372_036_854_775_807n],
  ])
  await book.ledger.post({
    posting: posting('seed', [
      [a, -1],
      [b, 1],
    ]),
  })
  const answers = await Promise.allSettled(
    [
      posting('x', [
        [a, -1],
        [b, 1],
      ]),
      huge,
      posting('y', [
        [a, -1],
        [b, 1],
      ]),
      more,
    ].map((made) => book.ledger.post({ posting: made })),
  )
  assert.deepEqual(
    answers.map((answer) => answer.status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
  )
  assert.equal(await book.balance(a), 97n)
  await holds(book)
})

test('ledger – an account locked too long – is unavailable, and nothing was posted', async (t) => {
  const book = await openBook(t)
  const [a, b] = [await book.open({ fundsMinor: 9n }), await book.open()]
  const client = await book.db.pool.connect()
  await client.query('begin')
  await client.query('select from wallets.accounts where id = $1 for update', [a])
  const stuck = book.ledger.post({
    posting: posting('stuck', [
      [a, -5],
      [b, 5],
    ]),
  })
  await assert.rejects(
    stuck,
    (error) => error instanceof Unavailable && error.outcome === 'nothing',
  )
  await client.query('rollback')
  client.release()
  const again = await book.ledger.post({
    posting: posting('stuck', [
      [a, -5],
      [b, 5],
    ]),
  })
  assert.ok(again.outcome === 'ok' && !again.repeated)
})

test('ledger – events of an item – are in the log exactly if its posting is in the book', async (t) => {
  const book = await openBook(t)
  const writer = await openLogWriter(book.db.pool, ['wallets'])
  const ledger = book.another({ append: writer.append })
  const [a, b] = [await book.open({ fundsMinor: 9n }), await book.open()]
  const send = (key: string, amount: number) =>
    ledger.post({
      posting: posting(key, [
        [a, -amount],
        [b, amount],
      ]),
      events: (posted) => [
        {
          ...{
            id: book.env.ids.uuid(),
            type: `wallet.${posted.outcome}`,
            version: 1,
            source: 'wallets',
          },
          ...{
            topic: 'wallets',
            key,
            time: NOW,
            data: {},
            headers: { correlation: 'test', seq: 0 },
          },
        },
      ],
    })
  await Promise.all([send('few', 5), send('many', 50)])
  const log = async () =>
    (await book.db.pool.query('select type, key from bus.log order by key')).rows
  const both = [
    { type: 'wallet.ok', key: 'few' },
    { type: 'wallet.insufficient_funds', key: 'many' },
  ]
  assert.deepEqual(await log(), both)
  const broken = book.another({ append: () => [rawSql('select 1 / 0')] })
  await assert.rejects(
    broken.post({
      posting: posting('lost', [
        [a, -1],
        [b, 1],
      ]),
      events: () => [{} as never],
    }),
  )
  assert.equal(await book.balance(a), 4n)
  assert.deepEqual(await log(), both)
  await holds(book)
})

test('accounts – named for the first time by many at once – are opened once, a wallet by nobody', async (t) => {
  const book = await openBook(t)
  const name = { kind: 'developer_payable' as const, owner: 'dev9', currency: 'RUB' }
  const ids = await Promise.all(
    Array.from({ length: 8 }, () => book.another().accounts.named([name, name])),
  )
  assert.equal(new Set(ids.flat()).size, 1)
  const wallet = { kind: 'wallet' as const, owner: 'usr_1', currency: 'RUB' }
  assert.deepEqual(await book.ledger.accounts.named([wallet]), [0n])
  const missing = posting('nobody', [
    [ids[0]?.[0] as bigint, -1],
    [0n, 1],
  ])
  const posted = await book.ledger.post({ posting: missing })
  assert.deepEqual(posted, { outcome: 'unknown_account', repeated: false, refusedLeg: 2 })
})
