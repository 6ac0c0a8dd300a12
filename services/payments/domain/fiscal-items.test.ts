import assert from 'node:assert/strict'
import { test } from 'node:test'
import { taxCodes } from '@rialto/contracts/shapes/vat.ts'
import { shareOf } from '@rialto/contracts/wallets/revenue-share.ts'
import fc from 'fast-check'
import { type FiscalItem, refundItems, saleItems } from './fiscal-items.ts'

const line = (amount: number, more: object = {}) => ({
  ...{ line_id: 'l', title: 'A game', quantity: 1, amount, tax_code: 'vat22', ...more },
})
const sum = (items: readonly FiscalItem[]): number => items.reduce((all, item) => all + item.sum, 0)

test('saleItems – one game at 22 % – one item, VAT contained', () => {
  assert.deepEqual(saleItems([line(79_900)], 79_900n), [
    { name: 'A game', price: 79_900, quantity: 1, sum: 79_900, vat: 'vat22', vat_sum: 14_408 },
  ])
})

test('saleItems – every tax code – the tax that the ledger posts of that line; any other word – none', () => {
  for (const taxCode of taxCodes) {
    const [item] = saleItems([line(79_900, { tax_code: taxCode })], 79_900n)
    const { taxMinor } = shareOf({ amountMinor: 79_900n, currency: 'RUB', taxCode })
    assert.deepEqual([item?.vat, BigInt(item?.vat_sum ?? -1)], [taxCode, taxMinor])
  }
  for (const taxCode of ['vat23', '', 'toString'])
    assert.deepEqual(saleItems([line(1, { tax_code: taxCode })], 1n), [])
})

test('saleItems – a line that does not divide, one that is free – two prices, left out', () => {
  const items = saleItems([line(1_000, { quantity: 3 }), line(0), line(1, { quantity: 2 })], 1_001n)
  assert.deepEqual(
    items.map(({ price, quantity }) => [price, quantity]),
    [
      [333, 2],
      [334, 1],
      [1, 1],
    ],
  )
})

test('saleItems – lines that make no receipt of the amount – none', () => {
  const many = Array.from({ length: 101 }, () => line(1))
  const cases: [unknown, bigint][] = [
    ...([
      [[line(100)], 99n],
      [[line(100)], 101n],
      [[], 0n],
      [null, 1n],
      [[null], 1n],
    ] as [unknown, bigint][]),
    [[line(100, { tax_code: 'vat21' })], 100n],
    [[line(100, { quantity: 0 })], 100n],
    [[line(100, { title: '' })], 100n],
    [[line(0.5)], 1n],
    [many, 101n],
  ]
  for (const [lines, amount] of cases) assert.deepEqual(saleItems(lines, amount), [], `${amount}`)
})

const aLine = fc.record({
  title: fc.string({ minLength: 1, maxLength: 200 }),
  quantity: fc.integer({ min: 1, max: 50 }),
  amount: fc.integer({ min: 0, max: 10_000_000 }),
  tax_code: fc.constantFrom('none', 'vat0', 'vat5', 'vat7', 'vat10', 'vat20', 'vat22', 'vat122'),
})
const someLines = fc
  .array(aLine, { minLength: 1, maxLength: 30 })
  .filter((lines) => lines.some(({ amount }) => amount > 0))

test('items – any lines – price times quantity, sums add up to the payment; any refund mirrors it exactly', () => {
  let seen = 0
  fc.assert(
    fc.property(someLines, fc.double({ min: 0, max: 1, noNaN: true }), (lines, part) => {
      const total = lines.reduce((all, { amount }) => all + amount, 0)
      const items = saleItems(lines, BigInt(total))
      assert.equal(sum(items), total)
      const back = Math.max(1, Math.floor(total * part))
      const refund = refundItems(items, BigInt(back))
      assert.equal(sum(refund), back)
      for (const item of [...items, ...refund]) {
        seen += 1
        assert.equal(item.price * item.quantity, item.sum)
        assert.ok(item.sum > 0 && item.vat_sum < item.sum && [...item.name].length <= 128)
      }
    }),
    { numRuns: 300 },
  )
  assert.ok(seen > 1_000)
})

test('refundItems – all, more than all, nothing – the same items, none, none', () => {
  const items = saleItems([line(500), line(300, { quantity: 2 })], 800n)
  assert.deepEqual(refundItems(items, 800n), items)
  assert.deepEqual(refundItems(items, 801n), [])
  assert.deepEqual(refundItems(items, 0n), [])
})
