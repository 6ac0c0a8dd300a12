import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openShop, type Shop } from '../testing/shop.ts'
import type { PaymentRecord } from './store.ts'

const rub = (value: string): object => ({ amount: { value, currency: 'RUB' } })
const idOf = (object: Record<string, unknown>): string => String(object.id)

test('payment – paid with capture – succeeded with card, authorization and income', async (t) => {
  const shop = await openShop(t)
  const id = idOf(await shop.pay())
  shop.sandbox.control.pay(id)
  const { body } = await shop.get(`/v3/payments/${id}`)
  assert.equal(body.status, 'succeeded')
  assert.equal(body.paid, true)
  assert.equal(body.refundable, true)
  assert.deepEqual(body.income_amount, { value: '96.50', currency: 'RUB' })
  assert.deepEqual(body.refunded_amount, { value: '0.00', currency: 'RUB' })
  assert.equal(body.captured_at, '2026-01-15T12:00:00.000Z')
  assert.equal(body.confirmation, undefined)
  const method = body.payment_method as Record<string, unknown>
  assert.equal(method.type, 'bank_card')
  assert.match(String((method.card as { last4: string }).last4), /^\d{4}$/)
  assert.match(String((body.authorization_details as { rrn: string }).rrn), /^\d{12}$/)
})

test('payment – two stages – held with a deadline, captured in part once, then final', async (t) => {
  const shop = await openShop(t)
  const id = idOf(await shop.pay({ capture: undefined }))
  const early = await shop.post(`/v3/payments/${id}/capture`, {})
  assert.equal(early.status, 400)
  const held = shop.sandbox.control.pay(id)
  assert.equal(held.status, 'waiting_for_capture')
  assert.equal(held.paid, true)
  assert.equal(held.expires_at, '2026-01-22T12:00:00.000Z')
  assert.equal((await shop.post(`/v3/payments/${id}/capture`, rub('100.01'))).status, 400)
  const part = await shop.post(`/v3/payments/${id}/capture`, rub('40.00'))
  assert.equal(part.body.status, 'succeeded')
  assert.deepEqual(part.body.amount, { value: '40.00', currency: 'RUB' })
  assert.equal((await shop.post(`/v3/payments/${id}/capture`, {})).status, 400)
  assert.equal((await shop.post(`/v3/payments/${id}/cancel`, {})).status, 400)
  assert.throws(() => shop.sandbox.control.pay(id), /Payment is succeeded/)
})

test('payment – held, then canceled by the merchant with an empty body – says who and why', async (t) => {
  const shop = await openShop(t)
  const id = idOf(await shop.pay({ capture: false }))
  assert.equal((await shop.post(`/v3/payments/${id}/cancel`)).status, 400)
  shop.sandbox.control.pay(id)
  const { body } = await shop.post(`/v3/payments/${id}/cancel`)
  assert.equal(body.status, 'canceled')
  assert.deepEqual(body.cancellation_details, { party: 'merchant', reason: 'canceled_by_merchant' })
})

test('payment – each refusal of the bank – HTTP 200, canceled, with its reason', async (t) => {
  const shop = await openShop(t)
  const cases = [
    [{ outcome: 'decline' }, 'payment_network', 'general_decline'],
    [{ outcome: 'decline', reason: 'fraud_suspected' }, 'yoo_money', 'fraud_suspected'],
    [{ outcome: 'no_funds' }, 'payment_network', 'insufficient_funds'],
    [{ outcome: '3ds_failed' }, 'payment_network', '3d_secure_failed'],
  ] as const
  for (const [choice, party, reason] of cases) {
    const id = idOf(await shop.pay({ save_payment_method: true }))
    shop.sandbox.control.pay(id, choice)
    const { status, body } = await shop.get(`/v3/payments/${id}`)
    assert.equal(status, 200)
    assert.equal(body.status, 'canceled')
    assert.equal(body.paid, false)
    assert.deepEqual(body.cancellation_details, { party, reason })
    assert.equal((body.payment_method as { saved: boolean }).saved, false)
  }
})

test('payment – nobody pays, or nobody captures – expires at the end of its window or hold', async (t) => {
  const shop = await openShop(t)
  const unpaid = idOf(await shop.pay())
  const held = idOf(await shop.pay({ capture: false }))
  shop.sandbox.control.pay(held)
  const read = async (id: string): Promise<Record<string, unknown>> =>
    (await shop.get(`/v3/payments/${id}`)).body
  shop.clock.advance(3_600_000 - 1)
  assert.equal((await read(unpaid)).status, 'pending')
  shop.clock.advance(1)
  assert.deepEqual((await read(unpaid)).cancellation_details, {
    ...{ party: 'yoo_money', reason: 'expired_on_confirmation' },
  })
  assert.throws(() => shop.sandbox.control.pay(unpaid), /Payment is canceled/)
  await shop.sandbox.control.advance(7 * 86_400_000)
  assert.deepEqual((await read(held)).cancellation_details, {
    ...{ party: 'yoo_money', reason: 'expired_on_capture' },
  })
})

test('saved method – charged later, declined when planned, refused when revoked', async (t) => {
  const shop = await openShop(t)
  const { control } = shop.sandbox
  const first = control.pay(idOf(await shop.pay({ save_payment_method: true })))
  const method = first.payment_method as { id: string; saved: boolean }
  assert.equal(method.saved, true)
  const charge = (): Promise<Record<string, unknown>> =>
    shop.pay({ confirmation: undefined, payment_method_id: method.id })
  assert.equal((await charge()).status, 'succeeded')
  control.planCharges({ outcome: 'no_funds' })
  const declined = await charge()
  assert.equal(declined.status, 'canceled')
  assert.equal((await charge()).status, 'succeeded')
  control.revokeMethod(method.id)
  const revoked = await charge()
  assert.equal((revoked.cancellation_details as { reason: string }).reason, 'permission_revoked')
})

type Step =
  | { readonly do: 'create'; readonly capture: boolean; readonly minor: number }
  | { readonly do: 'pay'; readonly at: number; readonly ok: boolean }
  | { readonly do: 'capture'; readonly at: number; readonly minor: number }
  | { readonly do: 'refund'; readonly at: number; readonly minor: number }
  | { readonly do: 'cancel'; readonly at: number }
  | { readonly do: 'settle'; readonly at: number; readonly ok: boolean }
  | { readonly do: 'plan'; readonly ok: boolean }
  | { readonly do: 'advance'; readonly minutes: number }

const at = fc.nat({ max: 5 })
const minor = fc.integer({ min: 100, max: 30_000 })
const ok = fc.boolean()
const step = (name: Step['do'], fields: object): fc.Arbitrary<Step> =>
  fc.record({ do: fc.constant(name), ...fields }) as unknown as fc.Arbitrary<Step>
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: step('create', { capture: ok, minor }) },
    { weight: 5, arbitrary: step('pay', { at, ok: fc.constantFrom(true, true, true, false) }) },
    { weight: 3, arbitrary: step('capture', { at, minor }) },
    { weight: 6, arbitrary: step('refund', { at, minor: fc.integer({ min: 1, max: 9_000 }) }) },
    { weight: 1, arbitrary: step('cancel', { at }) },
    { weight: 2, arbitrary: step('settle', { at, ok }) },
    { weight: 1, arbitrary: step('plan', { ok }) },
    { weight: 1, arbitrary: step('advance', { minutes: fc.nat({ max: 40 }) }) },
  ),
  { minLength: 20, maxLength: 50, size: 'max' },
)

const amountOf = (value: number): object =>
  rub(`${Math.trunc(value / 100)}.${String(value % 100).padStart(2, '0')}`)

const FITTING: Partial<Record<Step['do'], PaymentRecord['status']>> = {
  pay: 'pending',
  capture: 'waiting_for_capture',
  cancel: 'waiting_for_capture',
  refund: 'succeeded',
}

/** Mostly a payment in the state that the step needs, else most steps would be refused and prove nothing. */
function targetOf(
  step: Step & { readonly at: number },
  payments: readonly PaymentRecord[],
): string {
  const fitting = payments.filter(({ status }) => status === FITTING[step.do])
  const from = fitting.length === 0 || step.at === 5 ? payments : fitting
  return from[step.at % from.length]?.id ?? 'none'
}

/** Takes a step; what the provider refuses is part of the game. */
async function take(shop: Shop, step: Step): Promise<void> {
  const { control } = shop.sandbox
  const { payments, refunds } = control.books()
  const id = 'at' in step ? targetOf(step, payments) : ''
  const attempt = (action: () => unknown): void => {
    try {
      action()
    } catch {
      // Refused.
    }
  }
  if (step.do === 'create') await shop.pay({ ...amountOf(step.minor), capture: step.capture })
  else if (step.do === 'pay')
    attempt(() => control.pay(id, { outcome: step.ok ? 'ok' : 'decline' }))
  else if (step.do === 'capture')
    await shop.post(`/v3/payments/${id}/capture`, amountOf(step.minor))
  else if (step.do === 'refund')
    await shop.post('/v3/refunds', { payment_id: id, ...amountOf(step.minor) })
  else if (step.do === 'cancel') await shop.post(`/v3/payments/${id}/cancel`, {})
  else if (step.do === 'plan') control.planRefunds({ status: step.ok ? 'succeeded' : 'pending' })
  else if (step.do === 'advance') await control.advance(step.minutes * 60_000)
  else {
    const status = step.ok ? 'succeeded' : 'canceled'
    attempt(() =>
      control.settleRefund(refunds[refunds.length - 1 - (step.at % 2)]?.id ?? 'none', { status }),
    )
  }
}

const NEXT: Readonly<Record<PaymentRecord['status'], readonly string[]>> = {
  pending: ['pending', 'waiting_for_capture', 'succeeded', 'canceled'],
  waiting_for_capture: ['waiting_for_capture', 'succeeded', 'canceled'],
  succeeded: ['succeeded'],
  canceled: ['canceled'],
}

function checkBooks(
  shop: Shop,
  before: ReadonlyMap<string, PaymentRecord>,
): Map<string, PaymentRecord> {
  const { payments, refunds } = shop.sandbox.control.books()
  for (const p of payments) {
    const was = before.get(p.id)
    assert.ok(
      was === undefined || NEXT[was.status].includes(p.status),
      `${was?.status} → ${p.status}`,
    )
    assert.ok(p.refundedMinor >= 0 && p.refundingMinor >= 0)
    assert.ok(p.refundedMinor + p.refundingMinor <= p.capturedMinor, 'gave back more than taken')
    assert.ok(p.capturedMinor <= p.amountMinor, 'took more than asked')
    assert.equal(p.capturedMinor > 0, p.status === 'succeeded')
    const own = refunds.filter((r) => r.paymentId === p.id)
    const sum = (status: string): number =>
      own.filter((r) => r.status === status).reduce((total, r) => total + r.amountMinor, 0)
    assert.equal(sum('succeeded'), p.refundedMinor)
    assert.equal(sum('pending'), p.refundingMinor)
    assert.ok(was === undefined || was.refundedMinor <= p.refundedMinor)
  }
  return new Map(payments.map((p) => [p.id, p]))
}

test('books – any operations in any order – 0 ≤ refunded ≤ captured ≤ amount, no state goes back', async (t) => {
  let refunded = 0
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const shop = await openShop(t)
      let before = new Map<string, PaymentRecord>()
      for (const taken of sequence) {
        await take(shop, taken)
        before = checkBooks(shop, before)
      }
      refunded += shop.sandbox.control.books().refunds.length
      await shop.sandbox.close()
    }),
    { numRuns: 40, seed: 2026, interruptAfterTimeLimit: 30_000 },
  )
  assert.ok(refunded > 100, `only ${refunded} refunds were reached: the sequences prove little`)
})
