// Planted deviations in what gives money back: the good run conforms, and each of these is named.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { purchase } from '../purchase.ts'
import { goodPurchase } from '../testing/good-purchase.ts'
import { type LateShape, lateMoney } from '../testing/late-money.ts'
import { added, changed, type Run, repeated, without } from '../testing/plant.ts'
import { assertPlanted, type Planted, plantTitle } from '../testing/planted.ts'
import { Script } from '../testing/script.ts'
import { check, readRun } from './check.ts'
import { explain } from './explain.ts'

const SHAPES: readonly LateShape[] = (['expired', 'paid'] as const).flatMap((order) => [
  { order },
  { order, refund: 'failed' as const },
  { order, isLost: true },
  { order, atDesk: true },
  { order, isForestalled: true },
])

const assertConforms = (run: Run): void => {
  const verdict = check(purchase, run, { quiet: true })
  assert.equal(verdict.verdict, 'conforms', explain(purchase, verdict))
}

for (const shape of SHAPES)
  test(`checker – late money of an order that is ${JSON.stringify(shape)} – goes back once, or a person has it`, () => {
    assertConforms(lateMoney(shape))
  })

const call = (id: string, name = 'POST /refunds'): Partial<Interaction> & { id: string } => ({
  ...{ id, kind: 'call' as const, from: 'PaymentSvc', to: 'PSP', name },
})

const dropped = (run: Run): Interaction[] =>
  run.filter(({ id }) => !id.startsWith('refund.') && !id.startsWith('x.refund.'))

const LATE: readonly Planted[] = [
  {
    ...{ name: 'late money stays', type: 'missing', message: 'refund.asked' },
    change: dropped,
  },
  {
    ...{ name: 'the refund is never sent', type: 'missing', message: 'refund.call' },
    change: (run) => without(run, 'refund.call', 'x.refund.reply'),
  },
  {
    ...{ name: 'the refund never ends', type: 'missing', message: 'refund.ended' },
    change: (run) => without(run, 'refund.ended', 'refund.told'),
  },
  {
    ...{ name: 'it is not told', type: 'missing', message: 'refund.told' },
    change: (run) => without(run, 'refund.told'),
  },
  {
    ...{ name: 'two refunds', type: 'wrong_count', message: 'refund.asked', live: true },
    change: (run) => repeated(run, 'refund.asked'),
  },
  {
    ...{ name: 'sent twice, answered', type: 'wrong_count', message: 'refund.call', live: true },
    change: (run) => repeated(run, 'refund.call'),
  },
  {
    ...{ name: 'told twice', type: 'wrong_count', message: 'refund.told', live: true },
    change: (run) => repeated(run, 'refund.told'),
  },
]

for (const plant of LATE)
  test(plantTitle(plant), () => {
    assertPlanted(plant, lateMoney({ order: 'expired' }))
    assertPlanted(plant, lateMoney({ order: 'paid' }))
  })

test('checker – planted: a good purchase, and money goes back three times – wrong_count refund.call', () => {
  const run = ['a', 'b', 'c'].reduce<Interaction[]>(
    (all, id) => added(all, call(id)),
    goodPurchase(),
  )
  const { verdict, deviations } = check(purchase, run, { quiet: true })
  assert.equal(verdict, 'deviates')
  assert.ok(deviations.some(({ message }) => message === 'refund.call'))
})

test('checker – planted: a good payment is given back in its own commit – extra', () => {
  const refund = { id: 'r', from: 'PaymentSvc', to: 'PaymentSvc', name: 'refund:requested' }
  const run = added(goodPurchase(), { ...refund, parent: 'P.52' })
  const { verdict, deviations } = check(purchase, run, { quiet: true })
  assert.equal(verdict, 'deviates')
  assert.ok(deviations.some(({ type, interaction }) => type === 'extra' && interaction === 'r'))
})

test('checker – planted: paid in time, then expired, and the money stays – missing refund.asked', () => {
  const paid = goodPurchase({ looks: 0 }).filter(({ id }) => !/^P\.(2[4-9]|3\d)/.test(id))
  const ended = [...paid]
  for (const i of goodPurchase({ expires: true })) if (/^unpaid/.test(i.id)) ended.push(i)
  const { deviations } = check(purchase, ended, { quiet: true })
  assert.ok(deviations.some(({ message }) => message === 'refund.asked'))
})

test('checker – planted: made at the provider though ours had not failed – wrong_count refund.asked', () => {
  const run = changed(lateMoney({ order: 'expired', atDesk: true }), 'refund.ended', {
    name: 'refund:succeeded',
  })
  const { verdict, deviations } = check(purchase, run, { quiet: true })
  assert.equal(verdict, 'deviates')
  assert.ok(deviations.some(({ message }) => message === 'refund.asked'))
})

/** The provider declines an order’s payment; by how many milliseconds the end’s steps are noted, and it is heard by payments, earlier. */
function declinedAfterEnd(clocks: { readonly orders?: number; readonly heard?: number }): Run {
  const { orders = 0, heard = 0 } = clocks
  const shape = { expires: true, abandoned: true } as const
  const moved = goodPurchase(shape).map((i) => {
    const isOfEnd = i.id === 'unpaid.step' || i.id === 'unpaid.publish'
    if (i.id === 'unpaid.payment') return { ...i, at: i.at - heard }
    return isOfEnd ? { ...i, at: i.at - orders } : i
  })
  const ended = moved.filter(({ id }) => !id.startsWith('x.voided'))
  const hook = { kind: 'call', from: 'PSP', to: 'PaymentSvc', name: 'POST /webhooks/:provider' }
  const own = { from: 'PaymentSvc', to: 'PaymentSvc', parent: 'hook' }
  const called = added(ended, { ...hook, kind: 'call', id: 'hook' })
  const declined = added(called, { ...own, id: 'step', name: 'payment:canceled' })
  return added(declined, {
    ...{ ...own, id: 'status', kind: 'publish', to: 'KafkaBus' },
    name: 'payment.transaction.status.updated.v1',
    payload: { transaction_id: 'pay_1', new_status: 'canceled' },
  })
}

for (const ms of [-3_600_000, -30_000, 0, 3_600_000])
  test(`checker – declined at the provider after the order has ended, the clock of orders ${ms} ms behind – need not be told`, () => {
    assertConforms(declinedAfterEnd({ orders: ms }))
  })

test('checker – planted: declined long before payments heard of the end, and not told – missing refused.publish', () => {
  for (const orders of [0, 3_600_000]) {
    const run = declinedAfterEnd({ orders, heard: -3_600_000 })
    const { deviations } = check(purchase, run, { quiet: true })
    assert.ok(deviations.some(({ message }) => message === 'refused.publish'))
  }
})

/** Paid for what the order was before its buyer took a line out: orders does not take the money, and payments gives it back. */
function paidBeforeChange(): Interaction[] {
  const s = new Script(false)
  const notTaken =
    /^(P\.(2[4-9]|3[0-24-9]|4[134]|4[6-9]|5[01])|x\.(order|added|ful|sell|atol|fisc))/
  s.run.push(...goodPurchase({ looks: 0 }).filter(({ id }) => !notTaken.test(id)))
  s.publish('changed', ['OrderSvc', 'order.updated'], {})
  s.consume('changed.heard', 'PaymentSvc', 'changed')
  s.step('refund.asked', ['PaymentSvc', 'refund:requested'], 'changed')
  s.step('refund.begun', ['PaymentSvc', 'refund:submitted'], 'changed')
  s.call('refund.call', ['PaymentSvc', 'PSP', 'POST /refunds'], { parent: 'changed' })
  s.reply('x.refund.reply', 'refund.call', '200')
  s.step('refund.ended', ['PaymentSvc', 'refund:succeeded'], 'changed')
  s.publish('refund.told', ['PaymentSvc', 'payment.refunded'], { parent: 'changed', payload: {} })
  return s.run
}

test('checker – paid for what the order was before it was changed – waits to be paid anew', () => {
  const run = paidBeforeChange()
  assert.equal(readRun(purchase, run).patienceMs(), Number.POSITIVE_INFINITY)
  const live = check(purchase, run, { quiet: false })
  assert.equal(live.verdict, 'running', explain(purchase, live))
})

test('checker – paid for what the order was before it was changed, then expired – conforms; its money has gone back', () => {
  const run = paidBeforeChange()
  const ended = goodPurchase({ expires: true }).filter(({ id }) => id.startsWith('unpaid'))
  assertConforms([...run, ...ended])
})

test('checker – an order whose only money came late – still waits for its own', () => {
  const late = lateMoney({ order: 'expired' }).filter(({ id }) => !/^(unpaid|x\.voided)/.test(id))
  assert.equal(readRun(purchase, late).patienceMs(), Number.POSITIVE_INFINITY)
  assert.equal(check(purchase, late, { quiet: false }).verdict, 'running')
})

test('checker – a refund on its way – is waited for as long as its bank may take, and no longer', () => {
  const run = lateMoney({ order: 'expired' })
  assert.equal(readRun(purchase, run).patienceMs(), 0)
  const underWay = without(run, 'refund.ended', 'refund.told')
  assert.ok(readRun(purchase, underWay).patienceMs() > 3 * 24 * 3_600_000)
  const failed = without(changed(run, 'refund.ended', { name: 'refund:failed' }), 'refund.told')
  assert.equal(readRun(purchase, failed).patienceMs(), 0)
})
