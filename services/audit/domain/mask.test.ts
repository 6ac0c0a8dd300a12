import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MASK, masked } from './mask.ts'

const CONTRACTS = new URL('../../../contracts/', import.meta.url)

/** Every event that the platform has, as its contract's sample has it. */
const samples = readdirSync(CONTRACTS, { recursive: true, encoding: 'utf8' })
  .filter((path) => /samples\/.*\.json$/.test(path) && !path.startsWith('observer/'))
  .map((path) => [path, JSON.parse(readFileSync(new URL(path, CONTRACTS), 'utf8'))] as const)

/** Ids, and what stands in which state. */
const ID = /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/

const leavesOf = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value]

describe('mask', () => {
  test('events – the sample of each – keep their ids, amounts and states', () => {
    assert.ok(samples.length >= 15, `${samples.length} samples`)
    for (const [path, sample] of samples) {
      const data = (sample as { data?: unknown }).data ?? sample
      const kept = leavesOf(masked(data))
      const wanted = leavesOf(data).filter(
        (leaf) => typeof leaf === 'number' || (typeof leaf === 'string' && ID.test(leaf)),
      )
      for (const leaf of wanted) assert.ok(kept.includes(leaf), `${path}: ${String(leaf)} is lost`)
    }
  })

  test('fields – personal ones, and those that nobody has thought about – masked', () => {
    const data = {
      ...{
        email: 'anna@shop.example',
        name: 'Anna',
        phone: 79161234567,
        address: { city: 'Omsk' },
      },
      ...{ qr: 't=20261121T1200&fn=9999', code: 'ABCD', cvc: 123, anything_new: 'who knows' },
    }
    assert.deepEqual(masked(data), {
      ...{ email: MASK, name: MASK, phone: MASK, address: { city: MASK } },
      ...{ qr: MASK, code: MASK, cvc: MASK, anything_new: MASK },
    })
  })

  test('words of people – with an address and a number in them – kept for their sense', () => {
    const reason =
      'wrote to anna@shop.example and called +7 (916) 123-45-67, card 4111 1111 1111 1111'
    assert.deepEqual(masked({ reason }), {
      reason: `wrote to ${MASK} and called ${MASK}, card ${MASK}`,
    })
  })

  test('an address where an id belongs – masked', () => {
    assert.deepEqual(masked({ user_id: 'anna@shop.example', items: [{ type: 'a@b.example' }] }), {
      user_id: MASK,
      items: [{ type: MASK }],
    })
  })

  test('data of any shape – never an address in what is kept, never a failure', () => {
    const address = 'someone@mail.example'
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 8 },
        fc.constantFrom(address, `to ${address}!`, 7, null, true),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          fc.constantFrom('reason', 'order_id', 'title', 'note', 'items', '$x.y'),
          tie('value'),
        ),
      ),
    })).value
    fc.assert(
      fc.property(tree, (data) => {
        assert.ok(!JSON.stringify(masked(data)).includes('someone'))
      }),
    )
  })
})
