import assert from 'node:assert/strict'
import { test } from 'node:test'
import { orderStates } from '@rialto/contracts/orders/states.ts'
import { statesOf } from '@rialto/kernel/pure/states.ts'
import { completionOf, endOf } from './order.ts'
import { pricedLine } from './priced-line.ts'

const paid = { paymentId: 'pay_1', amount: 500, currency: 'RUB' }
const order = { total_minor: 500n, currency: 'RUB', payment_id: 'pay_1' }

test('completionOf – every state of an order – only an open one is completed', () => {
  const kinds = statesOf(orderStates).map((status) => [
    status,
    completionOf({ ...order, status }, paid).kind,
  ])
  assert.deepEqual(Object.fromEntries(kinds), {
    pending_payment: 'complete',
    completed: 'repeat',
    fulfilled: 'repeat',
    partially_refunded: 'repeat',
    refunded: 'repeat',
    canceled: 'absorb',
    expired: 'absorb',
  })
})

test('completionOf – another amount, currency or payment – absorbed for that reason', () => {
  const open = { ...order, status: 'pending_payment' } as const
  const differs = { kind: 'absorb', reason: 'amount_differs' }
  assert.deepEqual(completionOf(open, { ...paid, amount: 501 }), differs)
  assert.deepEqual(completionOf(open, { ...paid, currency: 'USD' }), differs)
  const completed = { ...order, status: 'completed' } as const
  assert.deepEqual(completionOf(completed, { ...paid, paymentId: 'pay_2' }), {
    kind: 'absorb',
    reason: 'paid_twice',
  })
})

test('endOf – no attempt, an abandoned one, a failed one – expired, expired, canceled', () => {
  const ends = [null, 'created', 'pending_psp_redirect', 'failed', 'canceled'].map((s) => endOf(s))
  assert.deepEqual(
    ends.map((end) => end.status),
    ['expired', 'expired', 'expired', 'canceled', 'canceled'],
  )
})

const told = {
  price: { minorUnits: 800n, currency: 'RUB' },
  listPrice: { minorUnits: 1_000n, currency: 'RUB' },
  promotionsApplied: [{ id: 'p1', name: 'Autumn', discountMinor: 200n }],
  ...{ title: 'A', developerId: 'dev1', taxCode: 'vat22', limited: false },
}

test('pricedLine – a price that does not add up, in two currencies, or none, a tax code that nobody knows – is no line', () => {
  const price = (more: object) => () =>
    pricedLine('lin_1', { productId: 'prd_1', price: { ...told, ...more } })
  assert.equal(price({})().line.amountMinor, 800n)
  assert.throws(price({ price: undefined }), /named no price/)
  assert.throws(price({ promotionsApplied: [] }), /list price less/)
  assert.throws(price({ listPrice: { minorUnits: 1_000n, currency: 'USD' } }), /list price less/)
  const negative = { price: { minorUnits: -1n, currency: 'RUB' } }
  const gift = [{ id: 'p', name: 'n', discountMinor: 1_001n }]
  assert.throws(price({ ...negative, promotionsApplied: gift }), /negative/)
  for (const taxCode of ['vat-22', '', 'toString'])
    assert.throws(price({ taxCode }), /no register takes/, taxCode)
})

test('completionOf – late money, whatever the order waits for – absorbed: it goes back, nothing is delivered', () => {
  const open = { ...order, status: 'pending_payment' } as const
  for (const paymentId of ['pay_1', 'pay_2'])
    assert.deepEqual(completionOf(open, { ...paid, paymentId, late: true }), {
      kind: 'absorb',
      reason: 'late',
    })
  const completed = { ...order, status: 'completed' } as const
  assert.deepEqual(
    completionOf(completed, { ...paid, paymentId: 'pay_2', late: true }).kind,
    'absorb',
  )
  assert.deepEqual(completionOf(completed, { ...paid, late: true }).kind, 'repeat')
})
