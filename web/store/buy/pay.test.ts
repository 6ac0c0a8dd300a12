// Placing an order when the answer to the first press was lost.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Api } from '../../ui/api/client.ts'
import { noAnswer } from '../../ui/api/failure.ts'
import { keys, type Method, placeOrder, startPayment, type Wanted } from './pay.ts'

interface Sent {
  readonly body: unknown
  readonly idempotencyKey: string
}

/** A platform that answers a key once and for ever, and loses what it is told to lose. */
function open() {
  const sent: Sent[] = []
  const answers = new Map<string, { readonly body: string; readonly order_id: string }>()
  const statuses = new Map<string, string>()
  const state = { losing: true }
  const call = async (route: AnyRoute, input: unknown): Promise<unknown> => {
    if (route.name === 'getOrder') {
      const { params } = input as { params: { order_id: string } }
      return { ...params, status: statuses.get(params.order_id) }
    }
    const { body, idempotencyKey } = input as Sent
    sent.push({ body, idempotencyKey })
    const kept = answers.get(idempotencyKey)
    const answer = kept ?? { body: JSON.stringify(body), order_id: `ord_${answers.size + 1}` }
    assert.equal(answer.body, JSON.stringify(body), 'the key was used for another request')
    if (kept === undefined) statuses.set(answer.order_id, 'pending_payment')
    answers.set(idempotencyKey, answer)
    if (state.losing) throw noAnswer(true)
    return { order_id: answer.order_id }
  }
  const end = (orderId: string) => statuses.set(orderId, 'canceled')
  return { api: { call } as Api, sent, state, end }
}

const total = { amount: 100, currency: 'RUB' }

const wanted = (productIds: readonly string[], method: Method): Wanted => ({
  productIds,
  method,
  total,
})

beforeEach(() => sessionStorage.clear())

test('order – its answer was lost, another method and another order of the cart – is the same order', async () => {
  const { api, sent, state } = open()
  await assert.rejects(placeOrder(api, wanted(['b', 'a'], 'card')))
  state.losing = false
  assert.equal((await placeOrder(api, wanted(['a', 'b'], 'sbp'))).order_id, 'ord_1')
  assert.equal(sent.length, 2)
  assert.deepEqual(sent[0], sent[1])
  assert.equal((await placeOrder(api, wanted(['a', 'b'], 'sbp'))).order_id, 'ord_2')
})

test('order – its answer was lost and it has ended since – a new one is placed', async () => {
  const { api, state, end } = open()
  await assert.rejects(placeOrder(api, wanted(['a'], 'card')))
  end('ord_1')
  state.losing = false
  assert.equal((await placeOrder(api, wanted(['a'], 'card'))).order_id, 'ord_2')
  assert.equal(keys.storage.getItem('rialto.key.order:card:a:100 RUB'), null)
})

test('payment – once more after an attempt that was declined – is another wish than the one whose answer was lost', async () => {
  Object.assign(globalThis, { location: { origin: 'https://shop.example' } })
  const used: string[] = []
  const call = async (_route: AnyRoute, { idempotencyKey }: Sent): Promise<never> => {
    used.push(idempotencyKey)
    throw noAnswer(true)
  }
  const press = (after?: string) =>
    assert.rejects(
      startPayment({ call } as Api, { orderId: 'ord_1', after, method: 'card', save: false }),
    )
  await press()
  await press()
  await press('pay_1')
  assert.equal(used[0], used[1])
  assert.notEqual(used[0], used[2])
})

/** Starts attempts, each new key another one, and loses the answer to the first press. */
function openStarts() {
  Object.assign(globalThis, { location: { origin: 'https://shop.example' } })
  const made = new Map<string, string>()
  const asked: string[] = []
  const call = async (route: AnyRoute, input: unknown): Promise<unknown> => {
    asked.push(route.name)
    if (route.name === 'listPayments')
      return { items: [...made.values()].reverse().map((transaction_id) => ({ transaction_id })) }
    const { idempotencyKey: key } = input as Sent
    made.set(key, made.get(key) ?? `pay_${made.size + 1}`)
    if (asked.length === 1) throw noAnswer(true)
    return { transaction_id: made.get(key) }
  }
  const press = (method: Method) =>
    startPayment({ call } as Api, { orderId: 'ord_1', method, save: false })
  return { press, asked }
}

test('payment – its answer was lost, and another way took its place since – is begun anew, not gone on with', async () => {
  const { press } = openStarts()
  await assert.rejects(press('card'))
  assert.equal((await press('sbp')).transaction_id, 'pay_2')
  assert.equal((await press('card')).transaction_id, 'pay_3')
})

test('payment – its answer was lost, and it is the newest of its order – is gone on with', async () => {
  const { press, asked } = openStarts()
  await assert.rejects(press('card'))
  assert.equal((await press('card')).transaction_id, 'pay_1')
  assert.equal((await press('card')).transaction_id, 'pay_2')
  const [start, list] = ['initiatePayment', 'listPayments']
  assert.deepEqual(asked, [start, start, list, start], 'one answered at once is not asked about')
})

test('order – answered at once – is not asked about, and its method goes with it', async () => {
  const { api, sent, state } = open()
  state.losing = false
  assert.equal((await placeOrder(api, wanted(['a'], { saved: 'pmt_1' }))).order_id, 'ord_1')
  assert.deepEqual(sent[0]?.body, {
    items: [{ product_id: 'a', quantity: 1 }],
    selected_payment_method_hint: 'saved',
    expected_total: total,
  })
})
