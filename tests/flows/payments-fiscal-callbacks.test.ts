import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import { armFaults, labelsSeen } from '@rialto/kernel/testing/failpoint.ts'
import { payments } from '@rialto/payments/service.ts'
import { booksAgree, boris, DONE, openFiscalTill, statuses, tick } from './fiscal.fixture.ts'
import { IMPATIENT, TOO_LATE_MS } from './payments.fixture.ts'

describe('fiscal receipts: callbacks, breaks, refunds, contradictions', {
  timeout: 280_000,
}, () => {
  test('callback lost – the poll finds the receipt', async (t) => {
    const till = await openFiscalTill(t)
    till.ofd.control.setCallbacks({ mode: 'lost' })
    const paid = await till.paid()
    const accepted = async () =>
      (await till.db.pool.query('select from payments.receipts where register_uuid is not null'))
        .rowCount
    while ((await accepted()) === 0) await tick()
    assert.deepEqual(await till.states(paid), ['pending/1'])
    await till.later(5 * SECOND)
    await till.until(paid, DONE)
  })

  test('answer lost while another process sends already – not counted as a trouble; one document', async (t) => {
    const till = await openFiscalTill(t, IMPATIENT)
    till.ofd.control.setCallbacks({ mode: 'lost' })
    till.ofd.control.addFault({ operation: 'sell', kind: 'delay_answer', delayMs: TOO_LATE_MS })
    const paid = await till.paid()
    while (till.ofd.control.books().documents.length === 0) await tick()
    await till.db.pool.query('update payments.receipts set sends = sends + 1')
    while (!till.recorded.some((i) => i.from === 'OFD' && i.outcome === 'timeout')) await tick()
    const { rows } = await till.db.pool.query('select tries, sends from payments.receipts')
    assert.deepEqual(rows, [{ tries: 0, sends: 2 }])
    await till.eventually(paid, DONE)
    assert.deepEqual(await till.documents(paid), ['sell-1 done'])
    await booksAgree(till, [paid])
  })

  test('receipt of a process that died before it sent – not claimed before its time, then sent', async (t) => {
    const till = await openFiscalTill(t)
    const paid = await till.pay([{ amount: 79_900 }])
    t.after(() => armFaults(''))
    labelsSeen.clear()
    armFaults('tx.committed:*:throw')
    assert.equal((await till.deliver(payments, paid.event)).kind, 'failed')
    armFaults('')
    await till.later(9 * SECOND)
    assert.deepEqual(await till.states(paid), ['pending/1'])
    assert.deepEqual(till.ofd.control.books().documents, [])
    await till.eventually(paid, DONE)
    assert.deepEqual(await till.documents(paid), ['sell-1 done'])
  })

  test('callback – three copies, and one asked for again – told once', async (t) => {
    const till = await openFiscalTill(t)
    till.ofd.control.setCallbacks({ mode: 'duplicate', copies: 3 })
    const paid = await till.paid()
    await till.until(paid, DONE)
    assert.ok(await till.ofd.control.idle())
    till.ofd.control.redeliver(till.ofd.control.callbacks()[0]?.id ?? '')
    assert.ok(await till.ofd.control.idle())
    assert.deepEqual(await statuses(till, paid), ['fiscalized_success'])
  })

  test('callback – forged – moves nothing: what counts is what the register answers', async (t) => {
    const till = await openFiscalTill(t, { processingMs: 60_000 })
    const [paid, other] = [await till.paid(), await till.paid([{ amount: 500 }])]
    while (till.ofd.control.books().documents.length < 2) await tick()
    const documents = till.ofd.control.books().documents
    const [own, foreign] = [79_900, 500].map((sum) => documents.find((d) => d.totalMinor === sum))
    const payload = { total: 799, fn_number: '1', fiscal_document_number: 1 }
    const lie = {
      status: 'done',
      error: null,
      payload,
      uuid: own?.uuid,
      external_id: own?.externalId,
    }
    assert.deepEqual(await till.callback(lie), { status: 200, body: 'OK' })
    assert.equal((await till.callback({ ...lie, uuid: foreign?.uuid })).status, 200)
    assert.equal((await till.callback({ ...lie, uuid: 'nobody', external_id: 'x' })).status, 200)
    for (const body of ['', 'no json', '{}', { uuid: 'x' }, { ...lie, status: 'paid' }]) {
      const { status, body: answer } = await till.callback(body)
      assert.deepEqual([status, JSON.parse(answer).code], [400, 'payments.webhook_invalid'])
    }
    assert.deepEqual(await till.states(paid), ['pending/1'])
    await till.ofd.control.advance(60_000)
    for (const one of [paid, other]) await till.eventually(one, DONE)
    await booksAgree(till, [paid, other])
  })

  for (const label of [
    'fiscal.sent',
    'fiscal.recorded',
    'consume.before_commit',
    'consume.committed',
  ])
    test(`the process breaks at ${label} – one document, told once`, async (t) => {
      const till = await openFiscalTill(t)
      t.after(() => armFaults(''))
      const paid = await till.pay([{ amount: 79_900 }])
      labelsSeen.clear()
      armFaults(`${label}:1:throw`)
      await till.publish(paid.event)
      while (!labelsSeen.has(label)) await tick()
      await till.eventually(paid, DONE)
      armFaults('')
      assert.deepEqual(await till.documents(paid), ['sell-1 done'])
      assert.deepEqual(await statuses(till, paid), ['fiscalized_success'])
      await booksAgree(till, [paid])
    })

  test('refunds – in two parts, asked for before the sale is registered – after it, mirrored, with its sign', async (t) => {
    const till = await openFiscalTill(t, { processingMs: 10_000 })
    const paid = await till.paid([{ amount: 30_000 }, { amount: 10_000 }])
    await till.until(paid, ['pending/1'])
    await till.refund(paid, 10_000)
    await till.until(paid, ['pending/1', 'pending/1'])
    await till.refund(paid, 30_000)
    const all = [...DONE, ...DONE, ...DONE]
    await till.eventually(paid, all)
    const { documents, totals } = till.ofd.control.books()
    assert.deepEqual(totals, { sellMinor: 40_000, refundMinor: 40_000 })
    const [sale, ...refunds] = documents
    assert.deepEqual(
      [sale?.operation, ...refunds.map((d) => d.operation)],
      [...['sell', 'sell_refund', 'sell_refund']],
    )
    for (const { receipt } of refunds)
      assert.equal(receipt.additional_check_props, String(sale?.fiscal?.attribute))
    const { body } = await till.receipt(paid)
    const shown = body.refunds as {
      kind: string
      amount: number
      qr: string
      items: { amount: number }[]
    }[]
    assert.deepEqual(
      shown.map(({ amount, items }) => [amount, ...items.map((i) => i.amount)]).toSorted(),
      [
        ...[
          [10_000, 7_500, 2_500],
          [30_000, 22_500, 7_500],
        ],
      ],
    )
    assert.ok(shown.every(({ kind, qr }) => kind === 'refund' && qr.endsWith('&n=2')))
    assert.equal((await till.told(paid)).length, 3)
  })

  test('lines that do not add up, another currency, a buyer who is gone – failed; no receipt; to the shop', async (t) => {
    const till = await openFiscalTill(t)
    const odd = await till.pay([{ amount: 100 }])
    await till.db.pool.query('update payments.payments set amount_minor = 101')
    await till.publish(odd.event)
    await till.until(odd, ['failed/1'])
    const tenge = await till.pay([{ amount: 100 }], { currency: 'KZT' })
    await till.publish(tenge.event)
    const gone = await till.pay([{ amount: 200 }], { userId: boris.id })
    await till.publish(gone.event)
    await till.until(gone, DONE)
    assert.deepEqual(await till.states(tenge), [])
    const [document, ...more] = till.ofd.control.books().documents
    assert.deepEqual(document?.receipt.client, { email: 'shop@example.com' })
    assert.deepEqual(more, [])
  })

  test('register answers another sum – a review, never a receipt', async (t) => {
    const till = await openFiscalTill(t, { processingMs: 1_000 })
    const paid = await till.paid()
    while (till.ofd.control.books().documents.length === 0) await tick()
    await till.db.pool.query('update payments.receipts set amount_minor = amount_minor + 1')
    await till.ofd.control.advance(1_000)
    await till.eventually(paid, ['failed/1'])
    const { rows } = await till.db.pool.query('select reason from payments.reviews')
    assert.deepEqual(rows, [{ reason: 'receipt_differs' }])
  })
})
