import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorOf, notificationOf, paymentOf } from './yookassa-objects.ts'
import { statusOf } from './yookassa-status.ts'

const bytes = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const confirmation = { type: 'redirect', confirmation_url: 'https://yoomoney.example/pay' }

test('statusOf – every documented status – our state; a new word – unmapped', () => {
  const canceled = (reason: string) => ({
    status: 'canceled',
    cancellation_details: { party: 'yoo_money', reason },
  })
  const cases = [
    [{ status: 'pending', confirmation }, 'pending_psp_redirect'],
    [{ status: 'pending' }, 'processing'],
    [{ status: 'waiting_for_capture' }, 'authorized'],
    [{ status: 'succeeded' }, 'completed'],
    [canceled('insufficient_funds'), 'failed'],
    [canceled('3d_secure_failed'), 'failed'],
    [canceled('expired_on_confirmation'), 'canceled'],
    [canceled('canceled_by_merchant'), 'canceled'],
    [{ status: 'canceled' }, 'failed'],
    [{ status: 'frozen' }, 'unmapped'],
  ] as const
  for (const [object, expected] of cases)
    assert.equal(statusOf(object), expected, JSON.stringify(object))
})

test('notificationOf – a documented notification – what to ask for; anything else – nothing', () => {
  const note = { type: 'notification', event: 'payment.succeeded', object: { id: '22d6-1', x: 1 } }
  assert.deepEqual(notificationOf(bytes(note)), {
    ...{ event: 'payment.succeeded', objectId: '22d6-1', claimedStatus: 'succeeded' },
    about: 'payment',
  })
  const refund = notificationOf(bytes({ ...note, event: 'refund.succeeded' }))
  assert.equal(refund?.about, 'refund')
  const payout = notificationOf(bytes({ ...note, event: 'payout.succeeded' }))
  assert.equal(payout?.about, undefined)
  const wrong = [
    ...['', 'not json', '[]', 'null', { ...note, type: 'x' }, { ...note, event: 'payment.stolen' }],
    ...[
      { ...note, object: {} },
      { ...note, object: { id: '../me' } },
      { ...note, object: { id: 7 } },
    ],
  ]
  for (const body of wrong)
    assert.equal(notificationOf(bytes(body)), undefined, JSON.stringify(body))
  assert.equal(notificationOf(Uint8Array.of(0xff, 0xfe)), undefined)
})

test('paymentOf – objects that lack what we rely on – are none', () => {
  const good = { id: '1', status: 'pending', amount: { value: '1.00', currency: 'RUB' }, extra: 1 }
  assert.ok(paymentOf(good))
  for (const more of [{ id: 1 }, { status: undefined }, { amount: { value: 1, currency: 'RUB' } }])
    assert.equal(paymentOf({ ...good, ...more }), undefined, JSON.stringify(more))
  const script = { type: 'redirect', confirmation_url: 'javascript:alert(1)' }
  assert.equal(paymentOf({ ...good, confirmation: script }), undefined)
  assert.equal(errorOf('<html>').description, 'without a description')
})
