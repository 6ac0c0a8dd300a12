import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { receiptStates } from '@rialto/contracts/payments/receipt-states.ts'
import { statesOf } from '@rialto/kernel/pure/states.ts'
import { MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { payments } from '@rialto/payments/service.ts'
import {
  anna,
  booksAgree,
  boris,
  DONE,
  openFiscalTill,
  operator,
  statuses,
  tick,
} from './fiscal.fixture.ts'
import { IMPATIENT, TOO_LATE_MS } from './payments.fixture.ts'

describe('fiscal receipts with ATOL', { timeout: 900_000 }, () => {
  test('payment completed – registered, told once, shown to its owner; every arrow noted', async (t) => {
    const till = await openFiscalTill(t)
    const paid = await till.paid([
      { title: 'Игра', amount: 100_000 },
      { quantity: 3, amount: 1_000 },
    ])
    await till.until(paid, DONE)
    assert.ok(await till.ofd.control.idle())
    const { status, body } = await till.receipt(paid)
    assert.equal(status, 200)
    const [told, ...more] = await till.told(paid)
    assert.deepEqual(more, [])
    const fiscal = {
      ...{ fn_number: '9999078900000001', fiscal_document_number: '1' },
      fiscal_document_attribute: String(body.fiscal_document_attribute),
      qr: `t=20260115T1500&s=1010.00&fn=9999078900000001&i=1&fp=${body.fiscal_document_attribute}&n=1`,
      receipt_url: String(body.receipt_url),
      registered_at: '2026-01-15T12:00:00.000Z',
    }
    const about = { kind: 'sale', amount: 101_000, currency: 'RUB', status: 'fiscalized_success' }
    const ids = {
      receipt_id: body.receipt_id,
      transaction_id: paid.paymentId,
      order_id: paid.orderId,
    }
    assert.deepEqual(told, { ...ids, ...about, user_id: anna.id, ...fiscal })
    const { items, refunds, ...rest } = body
    assert.deepEqual(rest, { ...ids, ...about, ...fiscal })
    assert.deepEqual(refunds, [])
    assert.deepEqual(
      (items as { amount: number; vat_amount: number }[]).map((i) => [i.amount, i.vat_amount]),
      [
        [100_000, 18_033],
        [666, 120],
        [334, 60],
      ],
    )
    const page = await fetch(String(body.receipt_url))
    assert.match(await page.text(), /1010,00 ₽/)
    const [document] = till.ofd.control.books().documents
    assert.deepEqual(document?.receipt.client, { email: 'anna@example.com' })
    await booksAgree(till, [paid])
    const steps = till.recorded.filter((i) => i.flow === paid.orderId)
    const arrows = steps.filter((i) => i.to === 'OFD' || i.kind === 'step').map((i) => i.name)
    assert.deepEqual(arrows.toSorted(), [
      ...['GET /:group/report/:uuid', 'POST /:group/sell'],
      ...['fiscal_receipt:fiscalized_success', 'fiscal_receipt:pending'],
    ])
    const replies = steps.filter((i) => i.from === 'OFD' && i.kind === 'reply')
    assert.deepEqual(
      replies.map((i) => i.outcome),
      ['200', '200'],
    )
  })

  test('receipt – of somebody else, of nothing, for an operator – unknown, unknown, shown', async (t) => {
    const till = await openFiscalTill(t)
    const paid = await till.paid()
    await till.until(paid, DONE)
    const foreign = await till.receipt(paid, boris)
    assert.deepEqual([foreign.status, foreign.body.code], [404, 'payments.unknown_receipt'])
    const unpaid = await till.pay([{ amount: 1 }])
    assert.equal((await till.receipt(unpaid)).body.code, 'payments.unknown_receipt')
    assert.equal((await till.receipt(paid, operator)).status, 200)
  })

  test('the buyer’s address is longer than a register takes – the shop’s stands on both receipts', async (t) => {
    const name = '@example.com'
    for (const [length, client] of [
      [64, undefined],
      [65, 'shop@example.com'],
      [254, 'shop@example.com'],
    ] as const) {
      const email = name.padStart(length, 'a')
      const till = await openFiscalTill(t, { email })
      const paid = await till.paid()
      await till.until(paid, DONE)
      await till.refund(paid, paid.amountMinor)
      await till.eventually(paid, [...DONE, ...DONE])
      const { documents } = till.ofd.control.books()
      const told = documents.map((d) => d.receipt.client)
      assert.deepEqual(told, [{ email: client ?? email }, { email: client ?? email }])
    }
  })

  test('event – three times, without the inbox – one receipt, one document', async (t) => {
    const till = await openFiscalTill(t)
    const paid = await till.paid()
    await till.until(paid, DONE)
    for (let i = 0; i < 2; i++)
      assert.equal((await till.deliver(payments, paid.event)).kind, 'done')
    assert.deepEqual(await till.states(paid), DONE)
    await booksAgree(till, [paid])
  })

  test('register strikes before or after the effect – sent again under its name, one document', async (t) => {
    const till = await openFiscalTill(t, { ...IMPATIENT, processingMs: 1_000 })
    const all = []
    for (const kind of [
      ...(['delay_answer', 'error_after', 'reset_after'] as const),
      ...(['error_before', 'reset_before', 'too_many_requests'] as const),
    ]) {
      till.ofd.control.addFault({ operation: 'sell', kind, delayMs: TOO_LATE_MS })
      const paid = await till.paid()
      all.push(paid)
      await till.eventually(paid, DONE)
      assert.deepEqual(await till.documents(paid), ['sell-1 done'], kind)
      assert.deepEqual(await statuses(till, paid), ['fiscalized_success'], kind)
    }
    await booksAgree(till, all)
  })

  test('code 1, in the answer and in the report – a new name each time, one receipt', async (t) => {
    const till = await openFiscalTill(t)
    till.ofd.control.refuse({ operation: 'sell', code: 1 })
    till.ofd.control.plan({ outcome: 'fail', code: 1 })
    const paid = await till.paid()
    await till.eventually(paid, ['fiscalized_success/3'])
    assert.deepEqual(await till.documents(paid), ['sell-2 fail', 'sell-3 done'])
    assert.deepEqual(await statuses(till, paid), ['fiscalized_success'])
    await booksAgree(till, [paid])
  })

  test('answer lost, then the repeat refused with code 1 – no new name: the first send had arrived', async (t) => {
    const till = await openFiscalTill(t, { processingMs: 5 * MINUTE })
    till.ofd.control.addFault({ operation: 'sell', kind: 'error_after' })
    const paid = await till.paid()
    while (till.ofd.control.books().documents.length === 0) await tick()
    till.ofd.control.refuse({ operation: 'sell', code: 1 })
    await till.eventually(paid, DONE)
    assert.deepEqual(await till.documents(paid), ['sell-1 done'])
    await booksAgree(till, [paid])
  })

  test('nothing left while there was no token, then refused with code 1 – a new name: nothing of the old one had arrived', async (t) => {
    const till = await openFiscalTill(t)
    till.ofd.control.addFault({ operation: 'token', kind: 'error_before', times: 2 })
    till.ofd.control.refuse({ operation: 'sell', code: 1 })
    const paid = await till.paid()
    await till.eventually(paid, ['fiscalized_success/2'])
    assert.deepEqual(await till.documents(paid), ['sell-2 done'])
    await booksAgree(till, [paid])
  })

  test('driver fails, five times – failed told once, tried on, registered', async (t) => {
    const till = await openFiscalTill(t)
    till.ofd.control.plan({ outcome: 'fail', code: -3897, times: 6 })
    const paid = await till.paid()
    await till.eventually(paid, ['failed/6'])
    assert.deepEqual(await statuses(till, paid), ['failed'])
    const shown = await till.receipt(paid)
    assert.deepEqual([shown.body.status, shown.body.qr], ['failed', undefined])
    await till.eventually(paid, ['fiscalized_success/7'])
    assert.deepEqual(await statuses(till, paid), ['failed', 'fiscalized_success'])
    await booksAgree(till, [paid])
  })

  test('document refused – failed at once, registered when it is taken again', async (t) => {
    const till = await openFiscalTill(t)
    const all = []
    for (const code of [13, 31, 32, 40]) {
      till.ofd.control.refuse({ operation: 'sell', code })
      const paid = await till.paid()
      all.push(paid)
      await till.until(paid, ['failed/2'])
      assert.deepEqual(await statuses(till, paid), ['failed'])
      await till.later(14 * MINUTE)
      assert.deepEqual(await till.states(paid), ['failed/2'])
      await till.eventually(paid, ['fiscalized_success/2'])
    }
    await booksAgree(till, all)
  })

  test('our account refused – the same name again, registered', async (t) => {
    const till = await openFiscalTill(t)
    const all = []
    for (const code of [10, 11, 12, 14, 20, 21]) {
      till.ofd.control.refuse({ operation: 'sell', code, times: 2 })
      const paid = await till.paid()
      all.push(paid)
      await till.eventually(paid, DONE)
    }
    await booksAgree(till, all)
  })

  test('token – expired at the register – asked for again within the same call', async (t) => {
    const till = await openFiscalTill(t)
    const first = await till.paid()
    await till.until(first, DONE)
    till.ofd.control.expireTokens()
    const others = await Promise.all([till.paid(), till.paid(), till.paid()])
    for (const paid of others) await till.until(paid, DONE)
    await booksAgree(till, [first, ...others])
  })

  test('wrong password – nothing is sent, failed and told; the buyer’s payment is as it was', async (t) => {
    const till = await openFiscalTill(t, { atol: { password: 'wrong' } })
    const paid = await till.paid()
    await till.eventually(paid, ['failed/1'])
    assert.deepEqual(till.ofd.control.books().documents, [])
    assert.deepEqual(await statuses(till, paid), ['failed'])
  })

  test('register down for half an hour – failed told once, all registered when it is up', async (t) => {
    const till = await openFiscalTill(t)
    till.ofd.control.setDown(true)
    const all = [await till.paid(), await till.paid([{ amount: 1 }])]
    for (const paid of all) await till.eventually(paid, ['failed/1'])
    await till.later(20 * MINUTE)
    till.ofd.control.setDown(false)
    for (const paid of all) await till.eventually(paid, DONE)
    for (const paid of all)
      assert.deepEqual(await statuses(till, paid), ['failed', 'fiscalized_success'])
    await booksAgree(till, all)
  })

  test('report – 34 for long, then there; lost for good – polled; sent again under its name', async (t) => {
    const till = await openFiscalTill(t, { processingMs: 1_000 })
    till.ofd.control.setCallbacks({ mode: 'lost' })
    till.ofd.control.refuse({ operation: 'report', code: 34, times: 8 })
    const paid = await till.paid()
    await till.eventually(paid, DONE)
    assert.deepEqual(await till.documents(paid), ['sell-1 done'])
    await booksAgree(till, [paid])
  })

  test('accepted, then its report refused – asked for again, no second document', async (t) => {
    const till = await openFiscalTill(t)
    till.ofd.control.setCallbacks({ mode: 'lost' })
    const all = []
    for (const code of [1, 13, 40]) {
      till.ofd.control.refuse({ operation: 'report', code, times: 2 })
      const paid = await till.paid()
      all.push(paid)
      await till.eventually(paid, DONE)
      assert.deepEqual(await till.documents(paid), ['sell-1 done'])
      assert.deepEqual(await statuses(till, paid), ['fiscalized_success'])
    }
    await booksAgree(till, all)
  })

  test('forty payments under every misfortune – one document for each, books equal', async (t) => {
    const till = await openFiscalTill(t)
    const { control } = till.ofd
    const kinds = ['error_before', 'error_after', 'reset_before', 'reset_after'] as const
    for (const operation of ['sell', 'report'] as const)
      for (const kind of kinds) control.addFault({ operation, kind, times: 3 })
    control.setCallbacks({ mode: 'duplicate', copies: 2, times: 15 })
    for (let i = 0; i < 12; i++) control.plan({ outcome: i % 3 === 0 ? 'fail' : 'done' })
    control.refuse({ operation: 'sell', code: 1, times: 4 })
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        till.paid([{ quantity: 1 + (i % 4), amount: 100 + 37 * i }, { amount: i }]),
      ),
    )
    const left = async () =>
      (
        await till.db.pool.query(
          "select from payments.receipts where state <> 'fiscalized_success'",
        )
      ).rowCount
    const begun = async () => (await till.db.pool.query('select from payments.receipts')).rowCount
    while ((await begun()) !== all.length || (await left()) !== 0) {
      await till.later(5 * SECOND)
      await control.advance(0)
    }
    assert.ok(await control.idle())
    await booksAgree(till, all)
    const done = (await till.published()).filter((e) => e.data.status === 'fiscalized_success')
    assert.equal(done.length, all.length)
  })

  test('states – of the contract and of the table – the same', async (t) => {
    const till = await openFiscalTill(t)
    const { rows } = await till.db.pool.query(
      "select pg_get_constraintdef(oid) as text from pg_constraint where conname = 'receipts_state_check'",
    )
    const listed = [...String(rows[0]?.text).matchAll(/'([a-z_]+)'/g)].map((m) => m[1])
    assert.deepEqual(listed.toSorted(), statesOf(receiptStates).toSorted())
  })
})
