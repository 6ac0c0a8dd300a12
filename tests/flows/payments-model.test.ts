// Buyers, banks, networks and clocks do what they like with an order. However it went, at most one payment of an order keeps its
// money, none is captured twice, and the provider's books are ours.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { DAY, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import fc from 'fast-check'
import { newOrderId, openTill, type Start, type Till } from './payments.fixture.ts'

const RUNS = process.env.PROOF === 'full' ? 150 : 20
const seed = Number(process.env.SEED || randomInt(2 ** 31))

const ways: readonly Start[] = [
  ...([{ hint: 'card' }, { hint: 'card', save: true }, { hint: 'sbp' }] as const),
  { hint: 'sbp', confirmation: 'qr' },
]

const doings = fc.oneof(
  { weight: 4, arbitrary: fc.record({ start: fc.constantFrom(...ways) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      /** Counted from the newest. */
      pay: fc.constantFrom(0, 0, 0, 1, 2),
      outcome: fc.constantFrom('ok', 'ok', 'ok', 'decline', 'timeout_after_charge'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ expire: true }) },
  {
    weight: 2,
    arbitrary: fc.record({ webhooks: fc.constantFrom('normal', 'lost', 'duplicate', 'reordered') }),
  },
  { weight: 2, arbitrary: fc.record({ later: fc.constantFrom(5 * SECOND, 40 * SECOND) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      operation: fc.constantFrom('payments.create', 'refunds.create', 'payments.read'),
      fault: fc.constantFrom('error_after', 'error_before', 'reset_after', 'too_many_requests'),
    }),
  },
)
type Doing = typeof doings extends fc.Arbitrary<infer T> ? T : never

interface Sale {
  readonly till: Till
  readonly orderId: string
  hasEnded: boolean
}

/** Whether a payment has told orders that its money is good. */
async function isPaid({ till, orderId }: Sale): Promise<boolean> {
  const { rows } = await till.db.pool.query(
    `select 1 from payments.payments where order_id = $1 and status = 'completed' and not late`,
    [orderId],
  )
  return rows.length > 0
}

/** Orders ends only what is not paid as far as it knows. */
async function end(sale: Sale): Promise<void> {
  if (sale.hasEnded || (await isPaid(sale))) return
  await sale.till.expire(sale.orderId)
  sale.hasEnded = true
}

/** What the reconciler has just taken is being looked at until its next look is planned. */
const looked = `select count(*)::int as n from
  (select next_check_at from payments.operations union all select next_check_at from payments.refunds) due
  where next_check_at = to_timestamp($1::float8 / 1000)`

async function lookedAt({ till }: Sale): Promise<boolean> {
  const claimedUntil = till.clock.now() + MINUTE
  return (await till.db.pool.query(looked, [claimedUntil])).rows[0]?.n === 0
}

/** Time passes, and what is looked at for that has its answer: else the next looks would come while this one holds the row. */
async function later(sale: Sale, ms: number): Promise<void> {
  await sale.till.later(ms)
  while (!(await lookedAt(sale))) await new Promise((resolve) => setTimeout(resolve, 5))
}

async function act(sale: Sale, doing: Doing): Promise<void> {
  const { till, orderId } = sale
  const { control } = till.psp
  if ('start' in doing) {
    const { status } = await till.start(orderId, doing.start)
    assert.ok(status === 201 || status === 409 || status === 502, String(status))
  } else if ('pay' in doing) {
    const id = till.atProvider(orderId).at(-1 - doing.pay)
    const payment = control.books().payments.find((p) => p.id === id)
    if (payment?.status === 'pending') control.pay(payment.id, { outcome: doing.outcome })
  } else if ('expire' in doing) await end(sale)
  else if ('webhooks' in doing) control.setWebhooks({ mode: doing.webhooks, copies: 3 })
  else if ('later' in doing) await later(sale, doing.later)
  else control.addFault({ operation: doing.operation, kind: doing.fault })
}

/** Without a result, and not yet handed to a person. A call for an order that has ended is not repeated, so a person gets it. */
const open = `select count(*)::int as n from payments.payments p
  left join payments.operations o using (payment_id) left join payments.refunds r using (payment_id)
  where p.order_id = $1 and (r.state in ('requested', 'submitted', 'unknown')
    or (o.state in ('init', 'sent', 'pending', 'unknown')
        and not exists (select from payments.reviews v where v.subject = o.operation_id and v.reason = 'no_result')))`

/** The weather clears, and time passes until everything has its result. */
async function settle(sale: Sale): Promise<void> {
  const { till, orderId } = sale
  till.psp.control.clearFaults()
  till.psp.control.setWebhooks({ mode: 'normal' })
  const isOpen = async () => (await till.db.pool.query(open, [orderId])).rows[0]?.n > 0
  const steps = [16 * SECOND, MINUTE, 6 * MINUTE, 70 * MINUTE, 10 * MINUTE, DAY, DAY, DAY]
  for (const step of steps) {
    if (!(await isOpen())) break
    await later(sale, step)
  }
  assert.equal(await isOpen(), false, 'something never got its result')
  assert.ok(await till.psp.control.idle())
}

async function judge(sale: Sale): Promise<{ kept: number; returned: number }> {
  const { till, orderId } = sale
  await till.audit()
  const { rows } = await till.db.pool.query(
    `select late, captured_minor - refunded_minor as kept, refunded_minor as returned
       from payments.payments where order_id = $1 and captured_minor > 0`,
    [orderId],
  )
  const kept = rows.filter((row) => BigInt(row.kept) > 0n)
  for (const row of rows) assert.equal(row.late, BigInt(row.returned) > 0n)
  assert.ok(kept.length <= (sale.hasEnded ? 0 : 1), `${kept.length} payments kept their money`)
  return { kept: kept.length, returned: rows.length - kept.length }
}

test('any order – whatever happens – one payment at most keeps its money, all other money goes back, both books agree', {
  timeout: 300_000,
}, async (t) => {
  const till = await openTill(t)
  const seen = { kept: 0, returned: 0, ended: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.array(doings, { minLength: 4, maxLength: 14, size: 'max' }),
      async (all) => {
        const sale: Sale = { till, orderId: newOrderId(), hasEnded: false }
        till.orders.set(sale.orderId, {})
        for (const doing of [{ start: ways[0] ?? {} }, ...all]) await act(sale, doing)
        await settle(sale)
        await end(sale)
        await settle(sale)
        const { kept, returned } = await judge(sale)
        seen.kept += kept
        seen.returned += returned
        seen.ended += sale.hasEnded ? 1 : 0
      },
    ),
    { seed, numRuns: RUNS, endOnFailure: true },
  )
  const found = `${JSON.stringify(seen)} seed=${seed}`
  t.diagnostic(found)
  assert.ok(seen.kept > 0 && seen.returned > 0, found)
})
