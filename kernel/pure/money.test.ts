import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { currencies, exponentOf, isCurrency } from './currency.ts'
import {
  add,
  compare,
  fromDecimal,
  fromJsonMinor,
  MalformedAmount,
  money,
  percent,
  ratio,
  remainderOf,
  roundHalfUp,
  scale,
  subtract,
  taxIncludedIn,
  taxOn,
  toDecimal,
  toJsonMinor,
  total,
} from './money.ts'

// The Unicode tables show these without a fraction because cash in it is not used; ISO 4217, which
// providers follow, has one.
const SHOWN_WITHOUT_FRACTION =
  'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR SOS SYP YER'.split(' ')

const anyCurrency = fc.constantFrom(...currencies)
const anyMinor = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n })

test('currency – every listed code – has the digits the runtime knows, but for the named exceptions', () => {
  assert.equal(currencies.length, 165)
  const differing = currencies.filter((currency) => {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency })
    return format.resolvedOptions().maximumFractionDigits !== exponentOf(currency)
  })
  assert.deepEqual(
    differing.filter((code) => !['CLF', 'UYW'].includes(code)),
    SHOWN_WITHOUT_FRACTION,
  )
  assert.deepEqual(
    ['RUB', 'JPY', 'KWD', 'CLF'].map((code) => exponentOf(code)),
    [2, 0, 3, 4],
  )
})

test('currency – withdrawn, metal, lower-case and invented codes – are refused', () => {
  for (const code of ['BGN', 'HRK', 'XAU', 'XXX', 'rub', 'ABC', '']) {
    assert.equal(isCurrency(code), false, code)
    assert.throws(() => money(1n, code), RangeError)
  }
})

test('money – two currencies – do not add up, subtract or compare', () => {
  const rub = money(1n, 'RUB')
  const eur = money(1n, 'EUR')
  for (const mix of [add, subtract, compare]) assert.throws(() => mix(rub, eur), TypeError)
  assert.deepEqual(total('RUB', [rub, rub, rub]), money(3n, 'RUB'))
  assert.deepEqual(total('EUR', []), money(0n, 'EUR'))
})

test('rounding – exactly half – goes away from zero, so that a refund mirrors its sale', () => {
  const cases = [
    [1n, 2n, 1n],
    [3n, 2n, 2n],
    [-1n, 2n, -1n],
    [-3n, 2n, -2n],
    [49n, 100n, 0n],
    [-49n, 100n, 0n],
    [5n, 5n, 1n],
  ] as const
  for (const [num, den, expected] of cases) assert.equal(roundHalfUp(ratio(num, den)), expected)
  fc.assert(
    fc.property(anyMinor, fc.bigInt({ min: 1n, max: 10n ** 12n }), (num, den) => {
      const rounded = roundHalfUp(ratio(num, den))
      assert.equal(roundHalfUp(ratio(-num, den)), -rounded)
      const error = 2n * (rounded * den - num)
      assert.ok(error <= den && error >= -den)
    }),
  )
})

test('scale – several factors – rounds once, at the end', () => {
  // 0.05 × 50 % × 50 % × 4 = 0.05 exactly; rounding after each factor would give 0.08.
  assert.equal(scale(money(5n, 'RUB'), percent('50'), percent('50'), ratio(4n)).minor, 5n)
  assert.equal(scale(money(19_999n, 'RUB'), ratio(3n), remainderOf(percent('12.5'))).minor, 52_497n)
  assert.equal(scale(money(1n, 'JPY'), ratio(1n, 3n), ratio(3n)).minor, 1n)
})

test('tax – included and on top – agree with each other', () => {
  assert.equal(taxIncludedIn(money(12_000n, 'RUB'), percent('20')).minor, 2_000n)
  assert.equal(taxIncludedIn(money(100n, 'RUB'), percent('20')).minor, 17n)
  assert.equal(taxOn(money(10_000n, 'RUB'), percent('20')).minor, 2_000n)
  assert.equal(taxIncludedIn(money(-100n, 'RUB'), percent('20')).minor, -17n)
})

test('percent – malformed text – is refused', () => {
  assert.deepEqual(percent('12.5'), { num: 125n, den: 1000n })
  for (const text of ['', '%', '5%', '1e2', '1.', '.5', ' 5', '1,5', 'NaN'])
    assert.throws(() => percent(text), MalformedAmount, text)
})

test('decimal text – any amount in any currency – reads back as itself', () => {
  fc.assert(
    fc.property(anyMinor, anyCurrency, (minor, currency) => {
      const amount = money(minor, currency)
      assert.deepEqual(fromDecimal(toDecimal(amount), currency), amount)
    }),
    { numRuns: 1_000 },
  )
})

test('decimal text – as providers write it – is exact in both directions', () => {
  assert.equal(toDecimal(money(10_000n, 'RUB')), '100.00')
  assert.equal(toDecimal(money(5n, 'RUB')), '0.05')
  assert.equal(toDecimal(money(-5n, 'RUB')), '-0.05')
  assert.equal(toDecimal(money(100n, 'JPY')), '100')
  assert.equal(toDecimal(money(1n, 'KWD')), '0.001')
  assert.equal(fromDecimal('100.00', 'RUB').minor, 10_000n)
  assert.equal(fromDecimal('100', 'RUB').minor, 10_000n)
  assert.equal(fromDecimal('100.5', 'RUB').minor, 10_050n)
  assert.equal(fromDecimal('90071992547409.93', 'RUB').minor, 9_007_199_254_740_993n)
})

test('decimal text – anything that is not plainly an amount – is refused', () => {
  const malformed = [
    '',
    ' ',
    '.',
    '1.',
    '.5',
    '+1',
    '-',
    '--1',
    '1e2',
    '0x10',
    '1,00',
    '1 000.00',
    '1_000',
    '01.00',
    '00',
    '-0',
    '-0.00',
    '1.000',
    '1.234',
    ' 1.00',
    '1.00 ',
    '1.00\n',
    'NaN',
    'Infinity',
    '١٢',
    '1.0.0',
    '92233720368547758.08',
    '99999999999999999999',
  ]
  for (const text of malformed)
    assert.throws(() => fromDecimal(text, 'RUB'), MalformedAmount, JSON.stringify(text))
  assert.throws(() => fromDecimal('1.0', 'JPY'), MalformedAmount)
})

test('json – integers – pass both ways, and what JSON cannot hold is refused', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      assert.equal(toJsonMinor(fromJsonMinor(value)), value)
    }),
  )
  for (const value of [
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '100',
    null,
    undefined,
    true,
    {},
  ])
    assert.throws(() => fromJsonMinor(value), MalformedAmount)
  assert.throws(() => toJsonMinor(2n ** 53n), MalformedAmount)
  assert.throws(() => toJsonMinor(-(2n ** 53n)), MalformedAmount)
})

test('money – its own source – has no floating-point arithmetic', async () => {
  let lines = 0
  for (const file of ['money.ts', 'split.ts', 'currency.ts']) {
    const source = await readFile(new URL(file, import.meta.url), 'utf8')
    const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    lines += code.split('\n').length
    assert.doesNotMatch(code, /parseFloat|Math\.|toFixed|parseInt|\d\.\d|\be\d/)
    // Numbers are left for JSON's integers, for counts of digits and for slices of arrays.
    const conversions = code.match(/(?<!\.)\bNumber\(/g)?.length ?? 0
    assert.equal(conversions, { 'money.ts': 1, 'split.ts': 1 }[file] ?? 0, file)
  }
  assert.ok(lines > 150)
})
