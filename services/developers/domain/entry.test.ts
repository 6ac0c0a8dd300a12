import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareOf } from '@rialto/contracts/wallets/revenue-share.ts'
import { encodeUuid } from '@rialto/kernel/pure/ids.ts'
import fc from 'fast-check'
import { type Entry, refusalOf, reversalsOf, salesOf } from './entry.ts'

const ORDER = `ord_${'0'.repeat(26)}`
const lineId = (n: number): string => `lin_${encodeUuid(n.toString(16).padStart(32, '0'))}`

const paid = (amountMinor: bigint) => ({
  ...{ orderId: ORDER, paymentId: `pay_${'0'.repeat(26)}`, amountMinor, currency: 'RUB' },
  paidAt: '2026-11-21T12:00:00.000Z',
})
const orderOf = (amounts: readonly number[], more: object = {}) => ({
  status: 'pending_payment',
  total_amount: amounts.reduce((sum, amount) => sum + amount, 0),
  currency: 'RUB',
  items: amounts.map((amount, i) => ({
    ...{ line_id: lineId(i), product_id: `p${i}`, title: 'T', amount, tax_code: 'vat22' },
    developer_id: `d${i % 2}`,
  })),
  ...more,
})
const salesFor = (amounts: readonly number[]): Entry[] => {
  const order = orderOf(amounts)
  return salesOf(paid(BigInt(order.total_amount)), order)
}
const refund = (n: number, amountMinor: bigint) => ({
  ...{ refundId: `rfd_${n}`, amountMinor, refundedAt: '2026-11-22T12:00:00.000Z' },
})
const sum = (entries: readonly Entry[], field: 'priceMinor' | 'taxMinor' | 'amountMinor'): bigint =>
  entries.reduce((all, entry) => all + entry[field], 0n)

test('sale – 799.00 with 22 % VAT inside – 70 % of what is left, as the ledger divides it', () => {
  const [entry] = salesFor([79_900])
  assert.deepEqual([entry?.taxMinor, entry?.amountMinor], [14_408n, 45_844n])
  assert.equal(
    entry?.amountMinor,
    shareOf({ amountMinor: 79_900n, currency: 'RUB', taxCode: 'vat22' }).developerMinor,
  )
})

test('sale – order ended, other amount, other currency – earns nothing, and why', () => {
  assert.equal(refusalOf(paid(100n), orderOf([100])), undefined)
  assert.equal(refusalOf(paid(100n), orderOf([100], { status: 'expired' })), 'order_ended')
  assert.equal(refusalOf(paid(100n), orderOf([100], { status: 'canceled' })), 'order_ended')
  assert.equal(refusalOf(paid(99n), orderOf([100])), 'amount_differs')
  const completed = (payment_id: string) => orderOf([100], { status: 'completed', payment_id })
  assert.equal(refusalOf(paid(100n), completed(paid(100n).paymentId)), undefined)
  assert.equal(refusalOf(paid(100n), completed('pay_2')), 'paid_twice')
  assert.equal(refusalOf(paid(100n), orderOf([100], { currency: 'KZT' })), 'amount_differs')
})

test('refund – of a line that was free, of nothing, of more than was paid – takes no more than there is', () => {
  assert.deepEqual(reversalsOf(salesFor([0]), refund(1, 5n)), [])
  assert.deepEqual(reversalsOf([], refund(1, 5n)), [])
  const sales = salesFor([500, 0, 300])
  const taken = reversalsOf(sales, refund(1, 10_000n))
  assert.equal(sum(taken, 'priceMinor'), -800n)
  assert.deepEqual(reversalsOf([...sales, ...taken], refund(2, 1n)), [])
  assert.deepEqual(reversalsOf([...sales, ...taken], refund(1, 800n)), [], 'the same refund again')
})

test('refund – the price in any pieces – takes back exactly what the sale gave, and nothing twice', () => {
  const cases = fc.record({
    amounts: fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 6 }),
    pieces: fc.array(fc.integer({ min: 1, max: 90_000 }), { maxLength: 6 }),
  })
  fc.assert(
    fc.property(cases, ({ amounts, pieces }) => {
      const sales = salesFor(amounts)
      const whole = sum(sales, 'priceMinor')
      let entries: Entry[] = sales
      for (const [n, piece] of [...pieces.map(BigInt), whole].entries()) {
        const left = sum(entries, 'priceMinor')
        const taken = reversalsOf(entries, refund(n, piece))
        assert.equal(-sum(taken, 'priceMinor'), piece < left ? piece : left)
        for (const e of taken)
          assert.ok(e.priceMinor < 0n && e.taxMinor <= 0n && e.amountMinor <= 0n)
        entries = [...entries, ...taken]
        for (const { lineId: id } of sales)
          for (const field of ['priceMinor', 'taxMinor', 'amountMinor'] as const)
            assert.ok(
              sum(
                entries.filter((e) => e.lineId === id),
                field,
              ) >= 0n,
            )
      }
      for (const field of ['priceMinor', 'taxMinor', 'amountMinor'] as const)
        assert.equal(sum(entries, field), 0n)
    }),
  )
})
