import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Order } from '@rialto/contracts/orders/http.ts'
import { paymentStates } from '@rialto/contracts/payments/states.ts'
import { statesOf } from '@rialto/kernel/pure/states.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Static } from 'typebox'
import { continuationOf, payabilityOf } from './payment.ts'

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

test('continuationOf – every state with and without a page of the provider – nobody is charged twice', () => {
  const table = statesOf(paymentStates).map((status) => [
    status,
    continuationOf({ status, redirect_url: null }),
    continuationOf({ status, redirect_url: 'https://pay' }),
  ])
  assert.deepEqual(
    table.filter(([status]) => status !== 'failed' && status !== 'canceled'),
    [
      ['created', 'start', 'start'],
      ['pending_psp_redirect', 'payment_in_progress', 'same'],
      ['processing', 'payment_in_progress', 'same'],
      ['authorized', 'payment_in_progress', 'payment_in_progress'],
      ['completed', 'order_already_paid', 'order_already_paid'],
    ],
  )
})
