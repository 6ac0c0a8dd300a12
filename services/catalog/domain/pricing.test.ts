import assert from 'node:assert/strict'
import test from 'node:test'
import { money } from '@rialto/kernel/pure/money.ts'
import fc from 'fast-check'
import { priceOf } from './pricing.ts'

const promotion = (percentOff: number) => ({
  promotionId: `p${percentOff}`,
  name: `${percentOff} %`,
  percentOff,
})

test('priceOf – no promotion – the list price', () => {
  assert.equal(priceOf(money(49_900n, 'RUB'), []).price.minor, 49_900n)
})

test('priceOf – 33 % off 499.99 – rounded half up once, the discount is the difference', () => {
  const { price, applied } = priceOf(money(49_999n, 'RUB'), [promotion(33)])
  assert.equal(price.minor, 33_499n)
  assert.equal(applied[0]?.discount.minor, 16_500n)
})

test('priceOf – two promotions – the second takes from what the first left', () => {
  assert.equal(priceOf(money(10_000n, 'RUB'), [promotion(50), promotion(10)]).price.minor, 4_500n)
})

test('priceOf – any list price and promotions – never below zero, and discounts plus price are the list price', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 10_000_000n),
      fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 4 }),
      (minor, percents) => {
        const { list, price, applied } = priceOf(money(minor, 'RUB'), percents.map(promotion))
        assert.ok(price.minor >= 0n)
        assert.equal(
          applied.reduce((sum, a) => sum + a.discount.minor, price.minor),
          list.minor,
        )
      },
    ),
  )
})
