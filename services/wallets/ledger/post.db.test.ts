import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { openQuery } from '@rialto/kernel/db/query.ts'
import fc from 'fast-check'
import type { Leg, Posting } from '../domain/posting.ts'
import { digestOf } from '../domain/posting.ts'
import { postBatch } from '../store.ts'
import { type Book, openBook, posting } from './book.fixture.ts'
import { decode, encode } from './encode.ts'
import { type Accounts, referenceLedger } from './reference.fixture.ts'
import { verifyLedger } from './verify.ts'

const NOW = '2026-01-15T12:00:00.000Z'
const seed = Number(process.env.SEED || randomInt(2 ** 31))

async function post(book: Book, postings: readonly Posting[]) {
  const [row] = await openQuery(book.pool, postBatch(encode(postings, NOW)))
  assert.ok(row !== undefined)
  return decode(postings, row)
}

const outcomes = async (book: Book, postings: readonly Posting[]): Promise<string[]> =>
  (await post(book, postings)).map(
    (p) =>
      `${p.outcome}${p.repeated ? ' again' : ''}${'refusedLeg' in p ? ` ${p.refusedLeg}` : ''}`,
  )

test('post – items that fund each other – are decided in their order', async (t) => {
  const book = await openBook(t)
  const [a, b, c] = [await book.open({ fundsMinor: 100n }), await book.open(), await book.open()]
  const decided = await outcomes(book, [
    posting('1', [
      [b, -10],
      [c, 10],
    ]),
    posting('2', [
      [a, -60],
      [b, 60],
    ]),
    posting('3', [
      [b, -10],
      [c, 10],
    ]),
    posting('4', [
      [a, -60],
      [b, 60],
    ]),
    posting('5', [
      [b, -50],
      [a, 50],
    ]),
    posting('6', [
      [a, -90],
      [c, 90],
    ]),
  ])
  assert.deepEqual(decided, [
    'insufficient_funds 1',
    'ok',
    'ok',
    'insufficient_funds 1',
    'ok',
    'ok',
  ])
  assert.deepEqual(
    [await book.balance(a), await book.balance(b), await book.balance(c)],
    [0n, 0n, 100n],
  )
})

test('post – a posting of many legs – is made whole or not at all', async (t) => {
  const book = await openBook(t)
  const [a, b, c] = [await book.open({ fundsMinor: 100n }), await book.open(), await book.open()]
  const decided = await outcomes(book, [
    posting('split', [
      [a, -90],
      [b, 60],
      [c, 30],
    ]),
    posting('short', [
      [b, -60],
      [c, -31],
      [a, 91],
    ]),
    // For a moment below zero, not at its end.
    posting('round', [
      [a, -50],
      [b, 10],
      [a, 40],
    ]),
  ])
  assert.deepEqual(decided, ['ok', 'insufficient_funds 2', 'ok'])
  assert.deepEqual(
    [await book.balance(a), await book.balance(b), await book.balance(c)],
    [0n, 70n, 30n],
  )
})

test('post – accounts that cannot take it – are named by their leg', async (t) => {
  const book = await openBook(t)
  const a = await book.open({ fundsMinor: 100n })
  const [idle, closed] = [
    await book.open({ state: 'inactive' }),
    await book.open({ state: 'closed' }),
  ]
  const dollars = await book.open({ currency: 'USD' })
  assert.deepEqual(
    await outcomes(book, [
      posting('1', [
        [a, -1],
        [idle, 1],
      ]),
      posting('2', [
        [closed, -1],
        [a, 1],
      ]),
      posting('3', [
        [a, -1],
        [987_654n, 1],
      ]),
      posting('4', [
        [a, -1],
        [dollars, 1],
      ]),
    ]),
    ['inactive 2', 'inactive 1', 'unknown_account 2', 'currency_mismatch 2'],
  )
  assert.equal(await book.balance(a), 100n)
})

test('post – a key used before – answers what it answered then, a refusal too, and another request is a conflict', async (t) => {
  const book = await openBook(t)
  const [a, b] = [await book.open({ fundsMinor: 100n }), await book.open()]
  const paid = posting('paid', [
    [a, -70],
    [b, 70],
  ])
  const poor = posting('poor', [
    [a, -70],
    [b, 70],
  ])
  const first = await post(book, [paid, poor, { ...paid, id: poor.id }])
  assert.deepEqual(
    first.map((p) => p.outcome),
    ['ok', 'insufficient_funds', 'ok'],
  )
  assert.deepEqual(first[2], { ...first[0], repeated: true })
  await post(book, [
    posting('rich', [
      [b, -70],
      [a, 70],
    ]),
  ])
  const second = await post(book, [
    poor,
    paid,
    posting('paid', [
      [a, -71],
      [b, 71],
    ]),
  ])
  assert.deepEqual(second[0], { ...first[1], repeated: true })
  assert.deepEqual(second[1], { ...first[0], repeated: true })
  assert.deepEqual(second[2], { outcome: 'conflict', repeated: false })
  assert.equal(await book.balance(a), 100n)
})

test('post – legs that do not sum to zero – are a bug of the caller and leave nothing', async (t) => {
  const book = await openBook(t)
  const a = await book.open({ fundsMinor: 100n })
  const [b, dollars] = [await book.open(), await book.open({ kind: 'clearing', currency: 'USD' })]
  const lossy = posting('lossy', [
    [a, -2],
    [b, 1],
  ])
  await assert.rejects(post(book, [lossy]), { code: 'RW003' })
  const mixed = posting('mixed', [
    [a, -2],
    [b, 1],
    [dollars, 1],
  ])
  const legs = mixed.legs.map((leg, i) => ({ ...leg, currency: i === 2 ? 'USD' : 'RUB' }))
  await assert.rejects(post(book, [{ ...mixed, legs }]), { code: 'RW003' })
  assert.equal(await book.balance(a), 100n)
  await assert.rejects(book.ledger.post({ posting: lossy }), RangeError)
})

const CURRENCIES = ['RUB', 'USD'] as const
/** One currency's legs: any number of accounts, the last takes what the others leave over. */
const group = fc.record({
  currency: fc.constantFrom(...CURRENCIES),
  parts: fc.array(fc.record({ account: fc.nat(8), amount: fc.integer({ min: -40, max: 40 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  rest: fc.nat(8),
})
const batches = fc.array(
  fc.array(
    fc.record({
      key: fc.nat(30),
      body: fc.nat(2),
      groups: fc.array(group, { minLength: 1, maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  { minLength: 1, maxLength: 5 },
)
type Group = typeof group extends fc.Arbitrary<infer T> ? T : never

function legsOf(groups: readonly Group[], accounts: readonly bigint[]): Leg[] {
  return groups.flatMap(({ currency, parts, rest }) => {
    const given = parts.filter((p) => p.amount !== 0)
    const left = -given.reduce((sum, p) => sum + p.amount, 0)
    const all = left === 0 ? given : [...given, { account: rest, amount: left }]
    return all.map(({ account, amount }) => ({
      ...{ account: accounts[account] as bigint, currency, amountMinor: BigInt(amount) },
    }))
  })
}

/** Nine accounts, fresh for each run: funded, empty, unbounded, foreign, idle, and one that does not exist. */
async function someAccounts(book: Book): Promise<{ ids: bigint[]; model: Accounts }> {
  const funded = { fundsMinor: 50n }
  const ids = [
    await book.open(funded),
    await book.open(funded),
    await book.open(),
    await book.open({ kind: 'developer_payable' }),
    await book.open({ ...funded, currency: 'USD' }),
    await book.open({ kind: 'clearing', currency: 'USD' }),
    await book.open({ state: 'inactive' }),
    await book.open({ kind: 'unapplied' }),
  ]
  const { rows } = await book.pool.query(
    `select id, balance_minor as "balanceMinor", version::int, min_balance_minor as "minBalanceMinor", currency, state
       from wallets.accounts where id = any($1)`,
    [ids],
  )
  return { ids: [...ids, 9_999_999n], model: new Map(rows.map(({ id, ...row }) => [id, row])) }
}

test('post – any batches – decide and leave what a ledger does that takes one posting at a time', async (t) => {
  const book = await openBook(t)
  const seen = new Map<string, number>()
  let run = 0
  const property = fc.asyncProperty(batches, async (plan) => {
    run += 1
    const { ids, model } = await someAccounts(book)
    const reference = referenceLedger(model)
    for (const batch of plan) {
      const postings = batch.flatMap(({ key, body, groups }) => {
        const legs = legsOf(groups, ids)
        const made = posting(`${run}:${key}`, [])
        const text = `${body}${JSON.stringify(legs.map((l) => [String(l.account), l.currency, String(l.amountMinor)]))}`
        return legs.length < 2 ? [] : [{ ...made, requestHash: digestOf(text), legs }]
      })
      // Repeated whole, now and then: a batch whose answer was lost.
      for (const sent of run % 3 === 0 ? [postings, postings] : [postings]) {
        if (sent.length === 0) continue
        const expected = sent.map(reference)
        assert.deepEqual(await post(book, sent), expected)
        for (const { outcome, repeated } of expected) {
          const word = repeated ? 'repeated' : outcome
          seen.set(word, (seen.get(word) ?? 0) + 1)
        }
      }
    }
    for (const [id, account] of model) assert.equal(await book.balance(id), account.balanceMinor)
  })
  await fc.assert(property, { seed, numRuns: process.env.PROOF === 'full' ? 400 : 60 })
  const words = [
    'ok',
    'insufficient_funds',
    'inactive',
    'unknown_account',
    'currency_mismatch',
    'conflict',
    'repeated',
  ]
  for (const word of words)
    assert.ok((seen.get(word) ?? 0) > 3, `${word} hardly ever came up, seed=${seed}`)
  const verdict = await verifyLedger(book.pool)
  assert.deepEqual(
    verdict.checks.filter((check) => check.wrong > 0),
    [],
  )
})
