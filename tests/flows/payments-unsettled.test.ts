// What payments says of orders that are about to end: which of them were paid in time, or still may be.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { findUnsettled, listPayments, lookNow } from '@rialto/contracts/payments/http.ts'
import { HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { serviceCaller } from '@rialto/kernel/service/context.ts'
import { armFaults } from '@rialto/kernel/testing/failpoint.ts'
import { anna, boris, newOrderId, openTill, type Till } from './payments.fixture.ts'

function order(till: Till): string {
  const id = newOrderId()
  till.orders.set(id, {})
  return id
}

/** Those of the orders that wait, with the payment for which they do. */
async function unsettled(till: Till, ...orderIds: string[]): Promise<unknown[]> {
  const caller = serviceCaller('orders')
  const found: unknown[] = []
  for (const orderId of orderIds) {
    const { status, body } = await till.call(findUnsettled, {
      caller,
      query: { order_id: [orderId] },
    })
    assert.equal(status, 200)
    found.push(...(body.items as unknown[]))
  }
  return found
}

/** What payments answers before its order is canceled by this person. */
async function looked(till: Till, orderId: string, buyer = anna): Promise<unknown[]> {
  const caller = serviceCaller('orders')
  const body = { order_id: orderId, user_id: buyer.id }
  const answer = await till.call(lookNow, { caller, body })
  assert.equal(answer.status, 200)
  return answer.body.items as unknown[]
}

describe('looked at', { timeout: 120_000 }, () => {
  test('looked at – paid, and no webhook – its money is found and told at once; for nobody else’s word', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    const { id, providerId } = await till.started(orderId)
    assert.deepEqual(await looked(till, orderId), [], 'its buyer has not paid yet')
    till.psp.control.setWebhooks({ mode: 'lost' })
    till.psp.control.pay(providerId)
    assert.deepEqual(await looked(till, orderId, boris), [])
    assert.equal((await till.payment(id)).status, 'pending_psp_redirect')
    const paid = [{ transaction_id: id, standing: 'paid' }]
    assert.deepEqual(await looked(till, orderId), paid)
    assert.deepEqual(await till.states(orderId), ['completed/succeeded'])
    assert.deepEqual(await looked(till, orderId), paid)
    const told = (await till.types()).filter((type) => type === 'payment.completed')
    assert.equal(told.length, 1)
    await till.audit()
  })

  test('looked at – the provider does not answer, or nobody knows what it made – may be paid', async (t) => {
    const till = await openTill(t)
    const [begun, lost] = [order(till), order(till)]
    const { id } = await till.started(begun)
    till.psp.control.addFault({ operation: 'payments.read', kind: 'reset_before' })
    assert.deepEqual(await looked(till, begun), [{ transaction_id: id, standing: 'unanswered' }])
    assert.equal((await till.payment(id)).status, 'pending_psp_redirect')
    till.psp.control.addFault({ operation: 'payments.create', kind: 'reset_before' })
    const { body } = await till.start(lost)
    assert.deepEqual(await looked(till, lost), [
      { transaction_id: body.transaction_id, standing: 'deciding' },
    ])
  })

  test('looked at – its first answer was lost, and its payer has not paid – nothing speaks for it; the bank decides – that does', async (t) => {
    const till = await openTill(t)
    till.psp.control.setWebhooks({ mode: 'lost' })
    const orderId = order(till)
    till.psp.control.addFault({ operation: 'payments.create', kind: 'error_after' })
    assert.equal((await till.start(orderId)).body.status, 'processing')
    const deciding = async () =>
      (await looked(till, orderId)).map((item) => (item as { standing: string }).standing)
    assert.deepEqual(await deciding(), ['deciding'], 'nobody knows what was made')
    await till.later(5 * SECOND)
    const named = `select redirect_url from payments.payments where redirect_url is not null`
    while ((await till.db.pool.query(named)).rows.length === 0) await setImmediate()
    assert.deepEqual(await till.states(orderId), ['processing/unknown'])
    assert.deepEqual(await deciding(), [], 'the provider waits for the payer')
  })

  test('looked at – declined, replaced, never begun, of an order that has ended – nothing speaks for it', async (t) => {
    const till = await openTill(t)
    const [declined, replaced, idle, ended] = [1, 2, 3, 4].map(() => order(till)) as [
      string,
      string,
      string,
      string,
    ]
    till.psp.control.setWebhooks({ mode: 'lost' })
    till.psp.control.pay((await till.started(declined)).providerId, {
      outcome: 'decline',
    })
    const first = await till.started(replaced)
    await till.started(replaced, { hint: 'sbp' })
    till.psp.control.pay(first.providerId)
    const late = await till.started(ended)
    await till.expire(ended)
    till.psp.control.pay(late.providerId)
    for (const orderId of [declined, replaced, idle, ended])
      assert.deepEqual(await looked(till, orderId), [])
    // Whoever cancels need not hear that it was declined; that is left to the webhook and the planned looks.
    assert.deepEqual(await till.states(declined), ['pending_psp_redirect/pending'])
  })
})

describe('started too late', { timeout: 120_000 }, () => {
  for (const [what, faults, state] of [
    ['answers', [], 'pending_psp_redirect/pending'],
    ['does not answer', ['error_after'], 'processing/unknown'],
  ] as const)
    test(`started too late – the order ended while the provider was asked, which ${what} – refused, what is known is kept, no page is shown`, async (t) => {
      const till = await openTill(t)
      t.after(() => armFaults(''))
      const orderId = order(till)
      till.psp.control.setWebhooks({ mode: 'lost' })
      for (const kind of faults) till.psp.control.addFault({ operation: 'payments.create', kind })
      armFaults('psp.before_call:1:hold')
      const answer = till.start(orderId)
      while ((await till.states(orderId)).length === 0) await setImmediate()
      await till.expire(orderId)
      armFaults('')
      const { status, body } = await answer
      assert.deepEqual([status, body.code], [409, 'payments.order_not_payable'])
      assert.deepEqual(await till.states(orderId), [state])
      const { items } = (
        await till.call(listPayments, { caller: anna, query: { order_id: orderId } })
      ).body as { items: { redirect_url?: string }[] }
      assert.deepEqual(
        items.map((item) => item.redirect_url),
        [undefined],
      )
    })
})

describe('unsettled', { timeout: 120_000 }, () => {
  test('unsettled – begun, paid and looked at by nobody, however late – waits', async (t) => {
    const till = await openTill(t)
    await till.host.stopJobs()
    const orderId = order(till)
    const { id, providerId } = await till.started(orderId)
    const waits = [{ order_id: orderId, transaction_id: id }]
    assert.deepEqual(await unsettled(till, orderId, order(till)), waits)
    till.psp.control.setWebhooks({ mode: 'lost' })
    till.psp.control.pay(providerId)
    till.clock.advance(3 * HOUR)
    assert.deepEqual(await unsettled(till, orderId), waits)
  })

  test('unsettled – looked at when the buyer’s hour at the provider was over – waits no more', async (t) => {
    const till = await openTill(t)
    const orderId = order(till)
    await till.started(orderId)
    till.psp.control.setWebhooks({ mode: 'lost' })
    await till.later(62 * MINUTE)
    while ((await unsettled(till, orderId)).length > 0) await Promise.resolve()
  })

  test('unsettled – paid in time – waits; the order has ended, or another way took its place – not for that', async (t) => {
    const till = await openTill(t)
    const [paid, late, replaced] = [order(till), order(till), order(till)]
    const payments: string[] = []
    for (const orderId of [paid, late]) {
      const { id, providerId } = await till.started(orderId)
      payments.push(id)
      till.psp.control.pay(providerId)
      await till.until(orderId, 'completed')
    }
    await till.expire(late)
    await till.started(replaced)
    const { id } = await till.started(replaced, { hint: 'sbp' })
    assert.deepEqual(await unsettled(till, paid, late, replaced), [
      { order_id: paid, transaction_id: payments[0] },
      { order_id: replaced, transaction_id: id },
    ])
  })

  test('unsettled – never begun, somebody not a service – not; refused', async (t) => {
    const till = await openTill(t)
    assert.deepEqual(await unsettled(till, order(till)), [])
    const query = { order_id: [order(till)] }
    assert.equal((await till.call(findUnsettled, { caller: anna, query })).status, 403)
  })
})
