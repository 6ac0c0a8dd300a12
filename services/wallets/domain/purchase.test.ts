import assert from 'node:assert/strict'
import { test } from 'node:test'
import { taxCodes } from '@rialto/contracts/shapes/vat.ts'
import { shareOf } from '@rialto/contracts/wallets/revenue-share.ts'
import fc from 'fast-check'
import { type PaidOrder, purchaseLegs } from './purchase.ts'

const line = (amountMinor: bigint, taxCode = 'vat22', developerId = 'dev1') => ({
  ...{ lineId: 'lin_1', amountMinor, taxCode, developerId },
})
const order = (...lines: PaidOrder['lines']): PaidOrder => ({
  ...{ orderId: 'ord_1', currency: 'RUB', provider: 'yookassa', lines },
  totalMinor: lines.reduce((sum, l) => sum + l.amountMinor, 0n),
})

test('shareOf – 799.00 with 22 % VAT in it – gives the tax, then 70 % of the rest to the developer', () => {
  const share = shareOf({ amountMinor: 79_900n, currency: 'RUB', taxCode: 'vat22' })
  assert.deepEqual(share, { taxMinor: 14_408n, developerMinor: 45_844n, platformMinor: 19_648n })
})

test('shareOf – a tax code without a rate – throws, even one that every object has', () => {
  for (const taxCode of ['vat23', '', 'toString'])
    assert.throws(() => shareOf({ amountMinor: 1n, currency: 'RUB', taxCode }), RangeError)
})

test('shareOf – every tax code that a receipt can name – divides any price to the last kopeck', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...taxCodes),
      fc.bigInt({ min: 0n, max: 10n ** 13n }),
      (taxCode, amountMinor) => {
        const share = shareOf({ amountMinor, currency: 'RUB', taxCode })
        assert.equal(share.taxMinor + share.developerMinor + share.platformMinor, amountMinor)
        assert.ok(share.developerMinor >= share.platformMinor && share.platformMinor >= 0n)
      },
    ),
  )
})

test('purchaseLegs – an order of two developers – one leg a line, the others summed', () => {
  const legs = purchaseLegs(order(line(79_900n), line(12_200n, 'vat22', 'dev2')))
  assert.deepEqual(
    legs.map(({ account, amountMinor }) => [account.kind, account.owner, amountMinor]),
    [
      ['clearing', 'yookassa', -92_100n],
      ['revenue', 'platform', 22_648n],
      ['tax', 'vat', 16_608n],
      ['developer_payable', 'dev1', 45_844n],
      ['developer_payable', 'dev2', 7_000n],
    ],
  )
})

test('purchaseLegs – any order – sums to zero, nobody pays but the provider, no empty leg', () => {
  const anyLine = fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 13n }), fc.constantFrom(...taxCodes))
    .map(([amountMinor, taxCode]) => line(amountMinor, taxCode))
  const property = fc.property(fc.array(anyLine, { minLength: 1, maxLength: 8 }), (lines) => {
    const legs = purchaseLegs(order(...lines))
    assert.equal(
      legs.reduce((sum, leg) => sum + leg.amountMinor, 0n),
      0n,
    )
    assert.ok(legs.every((leg, i) => (i === 0 ? leg.amountMinor < 0n : leg.amountMinor > 0n)))
  })
  fc.assert(property)
})

test('purchaseLegs – lines that are not the total – throws', () => {
  assert.throws(() => purchaseLegs({ ...order(line(100n)), totalMinor: 99n }), /sum to 100/)
})

test('purchaseLegs – an order of nothing – has no legs', () => {
  assert.deepEqual(purchaseLegs(order(line(0n))), [])
})
