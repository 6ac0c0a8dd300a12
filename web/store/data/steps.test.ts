import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  currentPayment,
  declinedOf,
  isBegun,
  isBeingCharged,
  isNothingCharged,
  type Known,
  lateMoney,
  openAttempt,
  stepsOf,
  wordsOfEnd,
} from './steps.ts'

const AT = '2026-11-21T07:00:00Z'
const order = {
  order_id: 'ord_1',
  status: 'pending_payment',
  currency: 'RUB',
  items: [{}, {}],
} as unknown as Known['order']
const payment = (status: string) => ({ status }) as Known['payments'][number]
const item = (order_id: string, purchase_date = AT) =>
  ({ order_id, purchase_date }) as Known['library'][number]

const nothing: Known = { order, payments: [], receipt: undefined, library: [], notices: [] }
const paid: Known = {
  ...nothing,
  order: { ...order, status: 'completed', completed_at: AT },
  payments: [payment('completed')],
}
const states = (known: Known): string =>
  stepsOf(known)
    .map(({ state, at }) => (at === undefined ? state : `${state} ${at.slice(11, 19)}`))
    .join(', ')

test('steps – not paid, being paid, declined – only the first one moves', () => {
  assert.equal(states(nothing), 'waiting, waiting, waiting, waiting')
  const cases = [
    ['pending_psp_redirect', 'waiting'],
    ['processing', 'working'],
    ['authorized', 'working'],
    ['failed', 'failed'],
    ['canceled', 'failed'],
  ] as const
  for (const [status, state] of cases)
    assert.equal(
      states({ ...nothing, payments: [payment(status)] }),
      `${state}, waiting, waiting, waiting`,
    )
})

test('payments – of which the bank may be taking the money – the newest without a result, any that is held', () => {
  const charged = (...all: string[]) => isBeingCharged(all.map(payment))
  assert.equal(charged('processing'), true)
  assert.equal(charged('authorized', 'failed'), true)
  assert.equal(charged('pending_psp_redirect', 'authorized'), true)
  assert.equal(charged('pending_psp_redirect', 'processing'), false, 'it waited for its payer')
  assert.equal(charged('pending_psp_redirect', 'failed', 'canceled', 'created'), false)
  assert.equal(charged(), false)
})

test('payments – its first answer was lost, and the provider waits for the payer – nobody is taking the money', () => {
  const page = { ...payment('processing'), redirect_url: 'https://pay.example' }
  const code = { ...payment('processing'), psp_sdk_data: { qr: 'https://qr.example' } }
  for (const one of [page, code]) {
    assert.equal(isBeingCharged([one]), false)
    assert.equal(states({ ...nothing, payments: [one] }), 'waiting, waiting, waiting, waiting')
  }
})

test('payments – the one that is gone on with – what the bank decides, or its payer can confirm', () => {
  const page = { ...payment('pending_psp_redirect'), redirect_url: 'https://pay.example' }
  assert.equal(openAttempt([page]), page)
  assert.equal(openAttempt([payment('processing')])?.status, 'processing')
  assert.equal(openAttempt([payment('pending_psp_redirect')]), undefined, 'it was replaced')
  assert.equal(openAttempt([payment('failed'), page]), undefined)
  assert.equal(openAttempt([]), undefined)
})

test('payments – the newest that was begun – is the one that is explained: declined or out of time', () => {
  const explained = (...all: string[]) => declinedOf(all.map(payment))?.status
  assert.equal(explained('failed'), 'failed')
  assert.equal(explained('canceled'), 'canceled')
  assert.equal(explained('created', 'canceled', 'failed'), 'canceled')
  assert.equal(explained('pending_psp_redirect', 'failed'), undefined)
  assert.equal(explained('created'), undefined)
})

test('steps – paid, then each of the others in any order – each with its own time', () => {
  assert.equal(states(paid), 'done 07:00:00, working, working, working')
  const mailed = {
    ...paid,
    notices: [
      { kind: 'order_confirmation', mail: { status: 'sent', settled_at: '2026-11-21T07:00:04Z' } },
    ] as unknown as Known['notices'],
  }
  assert.equal(states(mailed), 'done 07:00:00, working, working, done 07:00:04')
  const receipt = {
    status: 'fiscalized_success',
    registered_at: '2026-11-21T07:00:02Z',
  } as Known['receipt']
  const all = {
    ...mailed,
    receipt,
    library: [item('ord_1'), item('ord_1', '2026-11-21T07:00:03Z')],
  }
  assert.equal(states(all), 'done 07:00:00, done 07:00:02, done 07:00:03, done 07:00:04')
})

test('steps – half of the games, somebody else’s order – the library is not done', () => {
  assert.match(
    states({ ...paid, library: [item('ord_1'), item('ord_2')] }),
    /^done \S+, working, working/,
  )
})

test('steps – the register fails, the mail bounces – late is not failed', () => {
  const receipt = { status: 'failed' } as Known['receipt']
  const notices = [
    { kind: 'order_confirmation', mail: { status: 'failed' } },
  ] as unknown as Known['notices']
  assert.equal(states({ ...paid, receipt, notices }), 'done 07:00:00, late, working, failed')
})

test('steps – paid in a currency whose law knows no receipt – none is waited for', () => {
  const known = { ...paid, order: { ...paid.order, currency: 'KZT' } }
  assert.deepEqual(
    stepsOf(known).map(({ name }) => name),
    ['paid', 'library', 'mail'],
  )
})

test('payments – money that came late – is on its way back until all of it is there', () => {
  const of = (status: string, ...all: [string, boolean][]) =>
    lateMoney(
      { status: status as Known['order']['status'] },
      all.map(([one, late]) => ({ ...payment(one), late })),
    )
  assert.equal(of('canceled', ['pending_psp_redirect', false]), undefined)
  assert.equal(of('fulfilled', ['completed', false]), undefined)
  assert.equal(of('refunded', ['refunded', false]), undefined)
  assert.equal(of('expired', ['completed', true]), 'returning')
  assert.equal(of('canceled', ['refunded', true]), 'returned')
  assert.equal(of('fulfilled', ['refunded', true], ['completed', false]), 'returned')
  assert.equal(of('expired', ['refunded', true], ['completed', true]), 'returning')
})

test('payments – declined, while money may have come of another attempt – nobody says that nothing was charged', () => {
  const nothingCharged = (...all: string[]) => isNothingCharged(all.map(payment))
  assert.equal(nothingCharged('failed', 'canceled', 'created'), true)
  for (const status of [
    'pending_psp_redirect',
    'processing',
    'authorized',
    'completed',
    'refunded',
  ])
    assert.equal(nothingCharged('failed', status), false, status)
})

test('end – never paid, an attempt without a result, late money – nothing is said of money that is not known', () => {
  const said = (status: string, ...all: [string, boolean][]) =>
    wordsOfEnd(
      { status: status as Known['order']['status'] },
      all.map(([one, late]) => ({ ...payment(one), late })),
    ).join()
  assert.equal(said('pending_payment', ['processing', false]), '')
  assert.equal(said('fulfilled', ['completed', false]), '')
  assert.equal(said('expired'), 'ended.expired')
  assert.equal(
    said('canceled', ['failed', false], ['canceled', false], ['created', false]),
    'ended.canceled',
  )
  for (const status of ['pending_psp_redirect', 'processing', 'authorized'])
    assert.equal(said('canceled', [status, false], ['failed', false]), 'over.canceled,kept')
  assert.equal(said('expired', ['completed', true]), 'over.expired,late.returning')
  assert.equal(
    said('canceled', ['refunded', true], ['processing', false]),
    'over.canceled,late.returned',
  )
  assert.equal(said('refunded', ['refunded', false]), 'ended.refunded')
  assert.equal(
    said('refunded', ['refunded', true], ['refunded', false]),
    'ended.refunded,late.returned',
  )
})

test('payments – an attempt of which money may come – is begun, whatever became of it', () => {
  assert.equal(isBegun([payment('created')]), false)
  assert.equal(isBegun([payment('created'), payment('failed')]), true)
  assert.equal(isBegun([payment('pending_psp_redirect')]), true)
})

test('payments – a decline, then another card – the one that paid counts, else the newest', () => {
  const payments = [payment('created'), payment('completed'), payment('failed')]
  assert.equal(currentPayment(payments)?.status, 'completed')
  assert.equal(currentPayment([payment('created'), payment('failed')])?.status, 'created')
})
