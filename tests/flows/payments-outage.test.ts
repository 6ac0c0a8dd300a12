// The provider cannot be asked for long. A look without an answer is none: money that came meanwhile is found soon after the
// provider is back, and an order does not wait for ever on a payment that never came to be.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type Logger, silentLog } from '@rialto/kernel/observability/log.ts'
import { HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { newOrderId, nextLook, openTill, restarted, type Till } from './payments.fixture.ts'

/** A payment of an order; the provider sends no word of it. */
async function begun(till: Till) {
  const orderId = newOrderId()
  till.orders.set(orderId, {})
  till.psp.control.setWebhooks({ mode: 'lost' })
  return { orderId, ...(await till.started(orderId)) }
}

/** Money that came late is asked back, and neither that nor a look reaches the provider. Answers the order. */
async function refundLost(till: Till): Promise<string> {
  const { orderId, providerId } = await begun(till)
  await till.expire(orderId)
  for (const operation of ['refunds.create', 'refunds.list'] as const)
    till.psp.control.addFault({ operation, kind: 'reset_before', times: 1_000 })
  till.psp.control.pay(providerId)
  await till.later(5 * SECOND)
  await till.untilRefund(orderId, 'unknown')
  return orderId
}

/** Keeps what warnings and errors say. */
function keeping(said: string[]): Logger {
  const keep = (_: unknown, message: string) => void said.push(message)
  const log: Logger = { ...silentLog, child: () => log, warn: keep, error: keep }
  return log
}

describe('an outage of the provider', { timeout: 120_000 }, () => {
  test('it has another key of ours when a refund is asked for – the log says that it refused; given back when the key is right', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'rialto-rekeyed-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const journal = join(folder, 'yookassa.journal')
    const said: string[] = []
    const till = await openTill(t, { journal, log: keeping(said) })
    const { orderId, providerId } = await begun(till)
    till.psp.control.pay(providerId)
    await till.later(5 * SECOND)
    await till.until(orderId, 'completed')
    await till.psp.close()
    const locked = await restarted(t, till, { journal, secretKey: 'another' })
    await till.expire(orderId)
    await till.untilRefund(orderId, 'unknown')
    assert.ok(said.includes('provider refused the request'))
    assert.deepEqual(
      said.filter((words) => /did not answer/.test(words)),
      [],
    )
    await locked.close()
    const open = await restarted(t, till, { journal })
    await till.later(5 * SECOND)
    await till.untilRefund(orderId, 'succeeded')
    assert.equal(open.control.books().refunds.length, 1)
  })

  test('over the look after an hour – asked again every five minutes, not the next day; the money is found', async (t) => {
    const till = await openTill(t)
    const { orderId, providerId } = await begun(till)
    till.psp.control.pay(providerId)
    till.psp.control.addFault({ operation: 'payments.read', kind: 'reset_before', times: 1_000 })
    for (const after of [5 * MINUTE, 57 * MINUTE, 5 * MINUTE]) {
      await till.later(after)
      assert.equal(await nextLook(till), 5)
    }
    till.psp.control.clearFaults()
    await till.later(5 * MINUTE)
    await till.until(orderId, 'completed')
    assert.deepEqual(await till.reviews(), [])
  })

  test('nothing reached it, after a day it has nothing – failed, a person is told; the order can be paid', async (t) => {
    const till = await openTill(t)
    const orderId = newOrderId()
    till.orders.set(orderId, {})
    till.psp.control.addFault({ operation: 'payments.create', kind: 'reset_before', times: 1_000 })
    const { body } = await till.start(orderId)
    assert.equal(body.status, 'processing')
    await till.later(5 * SECOND)
    await nextLook(till)
    assert.deepEqual(await till.states(orderId), ['processing/unknown'])
    await till.later(25 * HOUR)
    await till.until(orderId, 'failed/declined')
    assert.deepEqual(await till.reviews(), ['no_result'])
    const read = await till.payment(body.transaction_id)
    assert.equal(read.failure_reason, 'not_at_provider')
    assert.equal((await till.types()).at(-1), 'payment.failed')
    till.psp.control.clearFaults()
    const again = await till.started(orderId)
    till.psp.control.pay(again.providerId)
    await till.until(orderId, 'completed')
    assert.deepEqual(till.atProvider(orderId), [again.providerId])
  })

  test('nothing reached it, and somebody holds the payment – the look waits for that before it takes the operation, as all do', async (t) => {
    const till = await openTill(t)
    const orderId = newOrderId()
    till.orders.set(orderId, {})
    till.psp.control.addFault({ operation: 'payments.create', kind: 'reset_before', times: 1_000 })
    await till.start(orderId)
    const other = await till.db.pool.connect()
    try {
      await other.query('begin')
      await other.query('select from payments.payments for update')
      await till.later(25 * HOUR)
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      while ((await till.db.pool.query(waiting)).rows.length === 0) await setImmediate()
      await other.query('select from payments.operations for update nowait')
    } finally {
      await other.query('rollback')
      other.release()
    }
    await till.until(orderId, 'failed/declined')
  })

  test('nothing reached it and the order ended meanwhile – ends in silence: nobody is to try again', async (t) => {
    const till = await openTill(t)
    const orderId = newOrderId()
    till.orders.set(orderId, {})
    till.psp.control.addFault({ operation: 'payments.create', kind: 'reset_before' })
    assert.equal((await till.start(orderId)).body.status, 'processing')
    await till.expire(orderId)
    await till.later(25 * HOUR)
    await till.until(orderId, 'failed/declined')
    assert.deepEqual(till.atProvider(orderId), [])
    assert.equal((await till.types()).includes('payment.failed'), false)
  })

  test('only a repeat after an hour reached it, and its answer was lost – found where that was made, a day later', async (t) => {
    const till = await openTill(t)
    const orderId = newOrderId()
    till.orders.set(orderId, {})
    till.psp.control.setWebhooks({ mode: 'lost' })
    till.psp.control.addFault({ operation: 'payments.create', kind: 'reset_before', times: 2 })
    assert.equal((await till.start(orderId)).body.status, 'processing')
    await till.later(5 * SECOND)
    await nextLook(till)
    assert.deepEqual(till.atProvider(orderId), [])
    till.psp.control.addFault({ operation: 'payments.create', kind: 'error_after' })
    await till.later(62 * MINUTE)
    await nextLook(till)
    const [made = '', ...more] = till.atProvider(orderId)
    assert.deepEqual(more, [])
    till.psp.control.pay(made)
    till.psp.control.addFault({ operation: 'payments.list', kind: 'reset_before', times: 1 })
    await till.later(23 * HOUR)
    await nextLook(till)
    await till.later(HOUR)
    await till.until(orderId, 'completed/succeeded')
    assert.deepEqual(till.atProvider(orderId), [made])
    assert.deepEqual(await till.reviews(), ['no_result'])
  })

  test('over, and all that waited is due at once – taken up in one go, not a hundred at a time', async (t) => {
    const till = await openTill(t)
    await begun(till)
    await till.host.stopJobs()
    const due = `from payments.payments, generate_series(1, 250) n, (select to_timestamp($1::float8 / 1000) as at) x`
    const at = [till.clock.now()]
    await till.db.pool.query(
      `insert into payments.operations (operation_id, payment_id, kind, state, provider, idempotency_key, amount_minor, currency,
         request, created_at, sent_at, next_check_at)
       select 'opn_' || n, payment_id, 'purchase', 'unknown', 'yookassa', n, 1, 'RUB', '{}', at, at, at ${due}`,
      at,
    )
    await till.db.pool.query(
      `insert into payments.refunds (refund_id, payment_id, state, cause, reason, amount_minor, currency, requested_at, next_check_at)
       select 'rfd_' || n, payment_id, 'unknown', 'requested', 'asked', 1, 'RUB', at, at ${due}`,
      at,
    )
    await till.later(0)
    for (const table of ['operations', 'refunds']) {
      const left = `select from payments.${table} where next_check_at <= to_timestamp($1::float8 / 1000)`
      assert.equal((await till.db.pool.query(left, at)).rows.length, 0, table)
    }
  })

  test('a refund has no answer for hours – asked for again every five minutes, not the next day', async (t) => {
    const till = await openTill(t)
    const orderId = await refundLost(till)
    for (const after of [5 * MINUTE, 2 * HOUR, 5 * MINUTE]) {
      await till.later(after)
      assert.equal(await nextLook(till, 'refunds'), 5)
    }
    till.psp.control.clearFaults()
    await till.later(5 * MINUTE)
    await till.untilRefund(orderId, 'succeeded')
    await till.audit()
  })

  test('a refund never reached it, after a day it has nothing – failed, its money free again, a person has it', async (t) => {
    const till = await openTill(t)
    const orderId = await refundLost(till)
    await till.later(23 * HOUR)
    assert.equal(await nextLook(till, 'refunds'), 5)
    till.psp.control.clearFaults()
    await till.later(5 * MINUTE)
    await nextLook(till, 'refunds')
    assert.deepEqual(await till.refunds(orderId), ['unknown'], 'a last sending may be on its way')
    await till.later(HOUR)
    await till.untilRefund(orderId, 'failed')
    assert.deepEqual(await till.reviews(), ['late_money', 'refund_declined'])
    assert.equal(till.psp.control.books().refunds.length, 0)
    await till.audit()
  })
})
