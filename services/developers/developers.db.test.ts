import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { shareOf } from '@rialto/contracts/wallets/revenue-share.ts'
import { armFaults } from '@rialto/kernel/testing/failpoint.ts'
import { nord, openStudio, type Studio, sued } from './developers.fixture.ts'
import { developers } from './service.ts'

const share = (amount: number): number =>
  Number(shareOf({ amountMinor: BigInt(amount), currency: 'RUB', taxCode: 'vat22' }).developerMinor)

/** Every balance is the sum of its entries. */
async function assertAddsUp(studio: Studio): Promise<void> {
  const { rows } = await studio.db.pool.query(
    `select developer_id, currency, b.balance_minor,
            (select coalesce(sum(amount_minor), 0) from developers.entries e
              where e.developer_id = b.developer_id and e.currency = b.currency)::bigint as sum
       from developers.balances b`,
  )
  assert.ok(rows.length > 0)
  for (const row of rows) assert.equal(row.balance_minor, row.sum, row.developer_id)
}

describe('developers', { timeout: 120_000 }, () => {
  test('sale – a cart of two developers, over the bus – a balance, an event and a step a line, in the order’s flow', async (t) => {
    const studio = await openStudio(t, { consuming: true })
    const sale = studio.place([
      { developer: nord, amount: 79_900 },
      { developer: sued, amount: 50_000 },
      { developer: nord, amount: 10_001 },
    ])
    const event = studio.completed(sale)
    await studio.publish(event)
    await studio.handled()
    const updates = await studio.updates()
    const told = (developer: string) =>
      updates.filter((u) => u.developer_id === developer).map((u) => [u.amount, u.new_balance])
    assert.deepEqual(told(nord), [
      [share(79_900), share(79_900)],
      [share(10_001), share(79_900) + share(10_001)],
    ])
    assert.deepEqual(told(sued), [[share(50_000), share(50_000)]])
    await assertAddsUp(studio)
    const headers = (await studio.published()).slice(1).map((e) => e.headers)
    for (const h of headers) assert.deepEqual([h.flow, h.causation], [sale.orderId, event.id])
    const mine = studio.recorded.filter((i) => i.flow === sale.orderId)
    assert.deepEqual(
      mine.map((i) => `${i.kind} ${i.from}>${i.to} ${i.name} ${i.parent === event.id}`),
      [
        'call DeveloperSvc>OrderSvc GET /internal/orders/:order_id true',
        'reply OrderSvc>DeveloperSvc GET /internal/orders/:order_id false',
        ...Array(3).fill('step DeveloperSvc>DeveloperSvc developer_balance:updated true'),
      ],
    )
  })

  test('payments – other statuses, late money – passed over without a question', async (t) => {
    const studio = await openStudio(t, { consuming: true })
    const sale = studio.place([{ developer: nord, amount: 1_000 }])
    const after = studio.place([{ developer: sued, amount: 1_000 }])
    for (const new_status of ['processing', 'failed', 'canceled', 'refunded'] as const)
      await studio.publish(studio.completed(sale, { new_status }))
    await studio.publish(studio.completed(sale, { late: true }), studio.completed(after))
    await studio.handled()
    assert.deepEqual([await studio.balance(nord), studio.asked()], [0n, 1])
  })

  test('payments – of an order that ended, of another amount – nobody earns', async (t) => {
    const studio = await openStudio(t, { consuming: true })
    const ended = studio.place([{ developer: nord, amount: 1_000 }], { status: 'expired' })
    const other = studio.place([{ developer: nord, amount: 1_000 }])
    const good = studio.place([{ developer: sued, amount: 1_000 }])
    await studio.publish(
      studio.completed(ended),
      studio.completed(other, { amount: 999 }),
      studio.completed(good),
    )
    await studio.handled()
    assert.equal(await studio.balance(nord), 0n)
    assert.equal(await studio.balance(sued), BigInt(share(1_000)))
  })

  test('sale – one event three times, the same news under new ids, a second payment – booked and told once', async (t) => {
    const studio = await openStudio(t, { consuming: true })
    const sale = studio.place([{ developer: nord, amount: 79_900 }])
    const event = studio.completed(sale)
    await studio.publish(event, event)
    await studio.publish(event, studio.completed(sale), studio.completed(sale))
    await studio.handled()
    studio.change(sale, { status: 'completed', payment_id: sale.paymentId })
    await studio.publish(studio.completed({ ...sale, paymentId: `pay_${sale.orderId.slice(4)}` }))
    await studio.handled()
    assert.equal(await studio.balance(nord), BigInt(share(79_900)))
    assert.equal((await studio.updates()).length, 1)
  })

  test('sale – paid, changed before the order heard of it, paid again for less – both booked, the first taken back', async (t) => {
    const studio = await openStudio(t, { consuming: true })
    const sale = studio.place([
      { developer: nord, amount: 79_900 },
      { developer: nord, amount: 10_001 },
    ])
    await studio.publish(studio.completed(sale))
    await studio.handled()
    const [kept] = (await studio.updates()).map((u) => u.amount)
    studio.keepLines(sale, 1)
    const again = { ...sale, paymentId: `pay_${sale.orderId.slice(4)}`, amount: 79_900 }
    const both = [studio.completed(again), studio.refunded(sale, sale.amount)]
    await studio.publish(...both)
    await studio.publish(...both)
    await studio.handled()
    assert.equal(await studio.balance(nord), BigInt(share(79_900)))
    assert.equal(kept, share(79_900))
    assert.deepEqual(
      (await studio.updates()).map((u) => u.amount).sort((a, b) => a - b),
      [-share(79_900), -share(10_001), share(10_001), share(79_900), share(79_900)],
    )
    await assertAddsUp(studio)
  })

  test('sale – 120 orders of one developer at once – each balance told is the one before and its line', async (t) => {
    const studio = await openStudio(t, { consuming: true })
    const sales = Array.from({ length: 120 }, (_, i) =>
      studio.place([{ developer: nord, amount: 10_000 + i }]),
    )
    await Promise.all(sales.map((sale) => studio.publish(studio.completed(sale))))
    await studio.handled()
    const updates = (await studio.updates()).sort((a, b) => a.new_balance - b.new_balance)
    let balance = 0
    for (const update of updates) {
      balance += update.amount
      assert.equal(update.new_balance, balance)
    }
    assert.equal(updates.length, 120)
    assert.equal(await studio.balance(nord), BigInt(balance))
    await assertAddsUp(studio)
  })

  test('sale – orders is down for a while – waits, and spends no attempt', async (t) => {
    const studio = await openStudio(t, { consuming: true })
    studio.outage(true)
    const sale = studio.place([{ developer: nord, amount: 1_000 }])
    await studio.publish(studio.completed(sale))
    while (studio.asked() < 3) await new Promise((resolve) => setImmediate(resolve))
    studio.outage(false)
    await studio.handled()
    assert.equal(await studio.balance(nord), BigInt(share(1_000)))
    const { rows } = await studio.db.pool.query('select 1 from bus.parked')
    assert.equal(rows.length, 0)
  })

  test('sale – the transaction fails before its commit – nothing is left, then all of it', async (t) => {
    const studio = await openStudio(t, { consuming: false })
    const sale = studio.place([{ developer: nord, amount: 1_000 }])
    const event = studio.completed(sale)
    armFaults('consume.before_commit:1:throw')
    const failed = await studio.deliver(developers, event)
    armFaults('')
    assert.equal(failed.kind, 'failed')
    assert.deepEqual([await studio.balance(nord), (await studio.updates()).length], [0n, 0])
    assert.equal((await studio.deliver(developers, event)).kind, 'done')
    assert.deepEqual(
      [await studio.balance(nord), (await studio.updates()).length],
      [BigInt(share(1_000)), 1],
    )
  })

  test('sale – of an order nobody knows, among others – parked alone, the others booked', async (t) => {
    const studio = await openStudio(t, { consuming: true })
    const known = [1, 2, 3].map(() => studio.place([{ developer: nord, amount: 1_000 }]))
    const unknown = { ...(known[0] as (typeof known)[0]), orderId: `ord_${'9'.repeat(26)}` }
    await studio.publish(...[...known, unknown].map((sale) => studio.completed(sale)))
    await studio.handled()
    assert.equal(await studio.balance(nord), 3n * BigInt(share(1_000)))
    const { rows } = await studio.db.pool.query('select key, error_code, on_death from bus.parked')
    assert.deepEqual(rows, [
      { key: unknown.orderId, error_code: 'orders.unknown_order', on_death: 'block' },
    ])
  })

  test('migration – of a database with sales – keeps them, and a line can be sold by another payment', async (t) => {
    const studio = await openStudio(t, { consuming: false })
    const { pool } = studio.db
    await pool.query(
      'alter table developers.entries drop constraint entries_pkey, add primary key (order_id, line_id, cause)',
    )
    const sale = studio.place([{ developer: nord, amount: 1_000 }])
    const again = { ...sale, paymentId: `pay_${sale.orderId.slice(4)}` }
    for (const one of [sale, again]) await studio.deliver(developers, studio.completed(one))
    assert.equal(await studio.balance(nord), BigInt(share(1_000)))
    const file = new URL('0002-sold-once-a-payment.sql', developers.migrations)
    await pool.query(await readFile(file, 'utf8'))
    assert.equal(await studio.balance(nord), BigInt(share(1_000)))
    await studio.deliver(developers, studio.completed(again))
    assert.equal(await studio.balance(nord), 2n * BigInt(share(1_000)))
    await assertAddsUp(studio)
  })

  test('refund – in two pieces, each three times, the first beside its sale – takes back exactly what the sale gave', async (t) => {
    const studio = await openStudio(t, { consuming: true })
    const sale = studio.place([
      { developer: nord, amount: 79_901 },
      { developer: sued, amount: 333 },
    ])
    const pieces = [studio.refunded(sale, 12_345), studio.refunded(sale, sale.amount - 12_345)]
    await studio.publish(studio.completed(sale), pieces[0] as never)
    await studio.publish(...pieces, ...pieces)
    await studio.handled()
    assert.deepEqual([await studio.balance(nord), await studio.balance(sued)], [0n, 0n])
    const reversed = (await studio.updates()).filter((u) => u.reason === 'refund')
    assert.equal(reversed.length, 4)
    assert.equal(
      reversed.reduce((sum, u) => sum + u.amount, 0),
      -(share(79_901) + share(333)),
    )
    await assertAddsUp(studio)
  })

  test('refund – of money that earned nobody anything – takes nothing', async (t) => {
    const studio = await openStudio(t, { consuming: true })
    const ended = studio.place([{ developer: nord, amount: 1_000 }], { status: 'expired' })
    await studio.publish(studio.completed(ended), studio.refunded(ended, 1_000))
    await studio.handled()
    assert.deepEqual([await studio.balance(nord), (await studio.updates()).length], [0n, 0])
  })
})
