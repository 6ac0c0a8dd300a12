// What was notified is read, whoever dies: rows of the inbox as a dead process leaves them, copies that overtake each other, a
// provider that cannot be asked.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findUnsettled, lookNow } from '@rialto/contracts/payments/http.ts'
import { HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { serviceCaller } from '@rialto/kernel/service/context.ts'
import { payments } from '@rialto/payments/service.ts'
import { anna, newOrderId, nextLook, openTill, type Till } from './payments.fixture.ts'

/** Lets everything else in this process go on. */
const tick = () => new Promise((resolve) => setImmediate(resolve))
const INBOX = 'select state, outcome, deliveries, attempts from payments.webhook_inbox'
const rows = async (till: Till, text: string) => (await till.db.pool.query(text)).rows

async function waiting(till: Till) {
  const orderId = newOrderId()
  till.orders.set(orderId, {})
  till.psp.control.setWebhooks({ mode: 'lost' })
  return { orderId, ...(await till.started(orderId)) }
}

const succeeded = (id: string) => ({
  type: 'notification',
  event: 'payment.succeeded',
  object: { id, status: 'succeeded', amount: { value: '799.00', currency: 'RUB' } },
})

/** What forbids the order to end now. */
async function unsettled(till: Till, orderId: string): Promise<unknown[]> {
  const query = { order_id: [orderId] }
  const { body } = await till.call(findUnsettled, { caller: serviceCaller('orders'), query })
  return body.items as unknown[]
}

/** What forbids its buyer to cancel it now. */
async function standings(till: Till, orderId: string): Promise<unknown[]> {
  const body = { order_id: orderId, user_id: anna.id }
  const answer = await till.call(lookNow, { caller: serviceCaller('orders'), body })
  return (answer.body.items as { standing: string }[]).map((item) => item.standing)
}

/** It was paid and notified, and the provider does not answer any more; a person is told. */
async function unreadable(till: Till) {
  const made = await waiting(till)
  till.psp.control.pay(made.providerId)
  till.psp.control.addFault({ operation: 'payments.read', kind: 'reset_before', times: 1_000 })
  assert.equal((await till.webhook(succeeded(made.providerId))).status, 200)
  for (let attempts = 1; attempts <= 9; attempts++) {
    await till.untilRead({ attempts, state: 'received' })
    await till.sweep(HOUR)
  }
  await till.untilReview('not_read')
  return made
}

describe('notifications', { timeout: 120_000 }, () => {
  test('received by a process that died – read when its claim is over, not before, in the record of the request', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await waiting(till)
    till.psp.control.pay(providerId)
    await till.db.pool.query(
      `insert into payments.webhook_inbox (inbox_id, provider, dedupe_key, event, object_id, body, state, received_at, next_at,
         correlation, cause, flow)
       values ('whk_1', 'yookassa', 'k', 'payment.succeeded', $1, '', 'received', to_timestamp($2), to_timestamp($2 + 10),
         'corr', 'the call', $3)`,
      [providerId, till.clock.now() / SECOND, orderId],
    )
    await till.sweep(9 * SECOND)
    assert.deepEqual(await rows(till, INBOX), [
      { state: 'received', outcome: null, deliveries: 1, attempts: 0 },
    ])
    await till.sweep(SECOND)
    await till.until(orderId, 'completed')
    const step = till.recorded.find((i) => i.name === 'payment:completed')
    assert.deepEqual([step?.flow, step?.parent], [orderId, 'the call'])
    const [told] = (await till.published()).filter((e) => e.type === 'payment.completed')
    assert.deepEqual([told?.headers.correlation, told?.headers.causation], ['corr', 'the call'])
  })

  test('a true copy while an earlier one is being read – is read too, and is what counts', async (t) => {
    const till = await openTill(t, { timeout: '30s' })
    const { orderId, providerId } = await waiting(till)
    till.psp.control.addFault({ operation: 'payments.read', kind: 'delay_answer', delayMs: 4_000 })
    assert.equal((await till.webhook(succeeded(providerId))).status, 200)
    // Its answer is made, and on its way for long.
    while (till.psp.control.faults().length > 0) await tick()
    till.psp.control.pay(providerId)
    assert.equal((await till.webhook(succeeded(providerId))).status, 200)
    await till.until(orderId, 'completed')
    const isAnswered = () =>
      till.recorded.filter((i) => i.kind === 'reply' && i.name === 'GET /payments/:id').length === 2
    while (!isAnswered()) await tick()
    assert.deepEqual(await rows(till, INBOX), [
      { state: 'done', outcome: 'succeeded', deliveries: 2, attempts: 0 },
    ])
    assert.equal((await till.types()).filter((type) => type === 'payment.completed').length, 1)
  })

  test('quicker than the provider’s own reading – looked at in half a minute, however many copies come', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await waiting(till)
    await till.later(6 * MINUTE)
    assert.ok((await nextLook(till)) > 30)
    for (const minutes of [0.5, 0.25]) {
      assert.equal((await till.webhook(succeeded(providerId))).status, 200)
      while ((await rows(till, INBOX))[0]?.state !== 'done') await tick()
      assert.equal(await nextLook(till), minutes)
      till.clock.advance(15 * SECOND)
    }
    till.psp.control.pay(providerId)
    await till.later(0)
    await till.until(orderId, 'completed')
  })

  test('quicker than the provider knows of what it made – ignored, and looked at in half a minute; what nobody waits for is not', async (t) => {
    const till = await openTill(t)
    await waiting(till)
    await till.later(6 * MINUTE)
    assert.ok((await nextLook(till)) > 30)
    await till.db.pool.query(`update payments.payments set provider_payment_id = 'unknown'`)
    assert.equal((await till.webhook(succeeded('unknown'))).status, 200)
    while ((await rows(till, INBOX))[0]?.state !== 'ignored') await tick()
    assert.equal(await nextLook(till), 0.5)
    await till.db.pool.query('update payments.operations set next_check_at = null')
    assert.equal((await till.webhook(succeeded('unknown'))).status, 200)
    while ((await rows(till, INBOX))[0]?.state !== 'ignored') await tick()
    assert.deepEqual(await rows(till, 'select next_check_at as at from payments.operations'), [
      { at: null },
    ])
  })

  test('the provider’s answer contradicts ours – a person’s, its order does not wait for ever; told again when the books agree, it is read', async (t) => {
    const till = await openTill(t)
    const orderId = newOrderId()
    till.orders.set(orderId, {})
    till.psp.control.addFault({ operation: 'payments.create', kind: 'error_after' })
    assert.equal((await till.start(orderId)).body.status, 'processing')
    await till.db.pool.query('update payments.payments set amount_minor = amount_minor + 1')
    const [providerId = ''] = till.atProvider(orderId)
    till.psp.control.pay(providerId)
    await till.untilReview('amount_differs')
    while ((await rows(till, INBOX))[0]?.state === 'received') await tick()
    assert.deepEqual(await rows(till, INBOX), [
      { state: 'review', outcome: 'succeeded', deliveries: 1, attempts: 0 },
    ])
    assert.equal((await unsettled(till, orderId)).length, 1)
    assert.deepEqual(await standings(till, orderId), ['deciding'])
    await till.later(25 * HOUR)
    await till.untilReview('no_result')
    assert.deepEqual(await unsettled(till, orderId), [])
    assert.deepEqual(await standings(till, orderId), [], 'its buyer may cancel')
    await till.db.pool.query('update payments.payments set amount_minor = amount_minor - 1')
    assert.equal((await till.webhook(succeeded(providerId))).status, 200)
    await till.until(orderId, 'completed')
  })

  test('notified long ago – its body is emptied, what was read goes; what is to be read or decided stays', async (t) => {
    const till = await openTill(t)
    const put = (id: string, state: string, days: number) =>
      till.db.pool.query(
        `insert into payments.webhook_inbox (inbox_id, provider, dedupe_key, event, object_id, body, state, received_at, next_at)
         select $1 || n, 'yookassa', $1 || n, 'payment.succeeded', 'x', 'card 4444', $2, at, 'infinity'
           from generate_series(1, 1200) n, (select to_timestamp($3::float8 / 1000) as at) x`,
        [`whk_${id}`, state, till.clock.now() - days * 24 * HOUR],
      )
    for (const [id, state, days] of [
      ...([['new', 'done', 6] as const, ['told', 'done', 8] as const] as const),
      ...([['old', 'done', 181] as const, ['none', 'ignored', 181] as const] as const),
      ...([['open', 'review', 181] as const, ['owed', 'received', 181] as const] as const),
    ])
      await put(id, state, days)
    const forget = payments.jobs.find(({ name }) => name === 'payments.forget-notified')
    assert.ok(forget)
    await till.runJob(payments, forget)
    const left = `select rtrim(substr(inbox_id, 5), '0123456789') as id, body <> '' as body, count(*)::int as n
                    from payments.webhook_inbox group by 1, 2 order by 1`
    assert.deepEqual(await rows(till, left), [
      { id: 'new', body: true, n: 1200 },
      { id: 'open', body: false, n: 1200 },
      { id: 'owed', body: true, n: 1200 },
      { id: 'told', body: false, n: 1200 },
    ])
  })

  test('provider cannot be asked – a person is told; read as soon as it answers, without another copy', async (t) => {
    const till = await openTill(t)
    const { orderId } = await unreadable(till)
    assert.deepEqual(await till.states(orderId), ['pending_psp_redirect/pending'])
    till.psp.control.clearFaults()
    await till.sweep(15 * MINUTE)
    await till.until(orderId, 'completed')
  })

  test('provider cannot be asked, for a day – given up; told again, it is read', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await unreadable(till)
    await till.untilRead({ attempts: 10, state: 'received' })
    await till.db.pool.query('update payments.webhook_inbox set attempts = 105')
    await till.sweep(15 * MINUTE)
    await till.untilRead({ attempts: 105, state: 'review' })
    assert.deepEqual(await till.reviews(), ['not_read'])
    till.psp.control.clearFaults()
    assert.equal((await till.webhook(succeeded(providerId))).status, 200)
    await till.until(orderId, 'completed')
  })
})
