import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Order } from '@rialto/contracts/orders/http.ts'
import { type PaymentState, paymentStates } from '@rialto/contracts/payments/states.ts'
import { statesOf } from '@rialto/kernel/pure/states.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Static } from 'typebox'
import { continuationOf, payabilityOf, paymentView, refusalOfStart, type Way } from './payment.ts'

const order: Static<typeof Order> = {
  order_id: 'ord_1',
  user_id: 'usr_1',
  order_type: 'purchase',
  channel: 'online',
  status: 'pending_payment',
  total_amount: 500,
  currency: 'RUB',
  items: [],
  version: 1,
  created_at: isoInstant(0),
  expires_at: isoInstant(1_000),
}

test('payabilityOf – each way an order can be – only an open one in its time takes money', () => {
  const cases = [
    [{}, 'payable'],
    [{ status: 'completed' }, 'order_already_paid'],
    [{ status: 'fulfilled' }, 'order_already_paid'],
    [{ status: 'refunded' }, 'order_already_paid'],
    [{ status: 'expired' }, 'order_not_payable'],
    [{ status: 'canceled' }, 'order_not_payable'],
    [{ expires_at: isoInstant(500) }, 'order_not_payable'],
    [{ total_amount: 0 }, 'order_not_payable'],
    [{ channel: 'pos' }, 'order_not_payable'],
  ] as const
  for (const [more, expected] of cases)
    assert.equal(payabilityOf({ ...order, ...more }, 500), expected, JSON.stringify(more))
})

const way: Way = {
  ...{ method: 'card', confirmation: 'redirect', payment_method_id: null, save_method: false },
  ...{ amount_minor: 500n, currency: 'RUB' },
}
const page = { redirect_url: 'https://pay', qr_data: null }
const code = { redirect_url: null, qr_data: 'https://qr' }
const nothing = { redirect_url: null, qr_data: null }

test('continuationOf – every state with and without what the buyer confirms with – nobody is charged twice', () => {
  const table = statesOf(paymentStates).map((status) => [
    status,
    ...[nothing, page, code].map((shown) => continuationOf({ status, ...shown, ...way }, way)),
  ])
  assert.deepEqual(
    table.filter(([status]) => status !== 'failed' && status !== 'canceled'),
    [
      ['created', 'start', 'start', 'start'],
      ['pending_psp_redirect', 'payment_in_progress', 'same', 'same'],
      ['processing', 'payment_in_progress', 'same', 'same'],
      ['authorized', 'payment_in_progress', 'payment_in_progress', 'payment_in_progress'],
      ['completed', 'order_already_paid', 'order_already_paid', 'order_already_paid'],
    ],
  )
})

test('continuationOf – another way to pay – replaces what can be confirmed, and waits for what is not known', () => {
  const others: Partial<Way>[] = [
    ...[{ method: 'sbp' }, { confirmation: 'qr' }, { save_method: true }],
    ...[{ payment_method_id: 'pmt_1' }, { amount_minor: 501n }, { currency: 'USD' }],
  ]
  for (const other of others) {
    const wanted = { ...way, ...other }
    const at = (status: PaymentState, shown: typeof page | typeof nothing) =>
      continuationOf({ status, ...shown, ...way }, wanted)
    assert.equal(at('pending_psp_redirect', page), 'supersede', JSON.stringify(Object.keys(other)))
    assert.equal(at('processing', page), 'supersede')
    assert.equal(at('pending_psp_redirect', nothing), 'payment_in_progress')
    assert.equal(at('processing', nothing), 'payment_in_progress')
    assert.equal(at('completed', page), 'order_already_paid')
  }
})

const stored = {
  ...{ payment_id: 'pay_1', order_id: 'ord_1', user_id: 'usr_1', amount_minor: 500n },
  ...{ currency: 'RUB', captured_minor: 0n, refunded_minor: 0n, provider: 'p', method: 'card' },
  ...{ failure_reason: null, late: false, created_at: 0, completed_at: null },
  ...{ order_ended_at: null, superseded_at: null, ...page },
}

test('paymentView – waited for, replaced, of an order that has ended – only the first leads to its page', () => {
  for (const status of ['pending_psp_redirect', 'processing'] as const) {
    assert.equal(paymentView({ ...stored, status }).redirect_url, page.redirect_url)
    for (const over of [{ superseded_at: 1 }, { order_ended_at: 1 }]) {
      const shown = paymentView({ ...stored, ...code, status, ...over })
      assert.deepEqual([shown.status, shown.psp_sdk_data], [status, undefined])
    }
  }
})

test('refusalOfStart – replaced, or the order ended – refused while there is something to confirm', () => {
  const of = (status: PaymentState, over: object = {}) =>
    refusalOfStart({ ...stored, status, ...over })
  assert.equal(of('pending_psp_redirect'), undefined)
  assert.equal(of('processing', { superseded_at: 1 }), 'payment_in_progress')
  assert.equal(
    of('pending_psp_redirect', { superseded_at: 1, order_ended_at: 2 }),
    'order_not_payable',
  )
  assert.equal(of('completed', { order_ended_at: 2 }), undefined)
})
