import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestOf, wayOf } from './create-request.ts'

const order = { order_id: 'ord_1', total_amount: 500, currency: 'RUB' }
const urls = { order_id: 'ord_1', success_url: 'https://a', fail_url: 'https://b' }
type Hint = 'card' | 'sbp' | 'saved'
const way = (payment_method_type_hint: Hint, more: object = {}) =>
  wayOf(order, { ...urls, payment_method_type_hint, ...more })

test('wayOf – what can be offered – chosen; what cannot – its code', () => {
  const kinds = [
    [way('card'), 'redirect'],
    [way('card', { save_payment_method: true }), 'redirect'],
    [way('sbp'), 'redirect'],
    [way('sbp', { confirmation: 'qr' }), 'qr'],
    [way('saved', { payment_method_id: 'pmt_1' }), 'none'],
    [way('card', { confirmation: 'qr' }), 'method_not_supported'],
    [way('card', { payment_method_id: 'pmt_1' }), 'method_not_supported'],
    [way('saved', { payment_method_id: 'pmt_1', confirmation: 'qr' }), 'method_not_supported'],
    [way('saved'), 'payment_method_required'],
  ] as const
  for (const [chosen, expected] of kinds)
    assert.equal(typeof chosen === 'string' ? chosen : chosen.confirmation, expected)
})

test('requestOf – a saved method – names ours, never a token; a card that is not to be kept says nothing of it', () => {
  const ids = { paymentId: 'pay_1', operationId: 'opn_1' }
  const request = (chosen: ReturnType<typeof way>) => {
    assert.ok(typeof chosen !== 'string')
    return requestOf(order, { way: chosen, returnUrl: 'https://a' }, ids)
  }
  const saved = request(way('saved', { payment_method_id: 'pmt_1' }))
  assert.deepEqual([saved.methodId, saved.confirmation, saved.amountMinor], ['pmt_1', 'none', 500])
  assert.equal('saveMethod' in request(way('card')), false)
  assert.equal(request(way('card', { save_payment_method: true })).saveMethod, true)
})
