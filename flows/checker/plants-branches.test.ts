// Deviations planted into every branch that a purchase can take: what follows a payment, the ways in which its end becomes known,
// and the news of a refusal.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { purchase } from '../purchase.ts'
import { goodPurchase, type PurchaseShape } from '../testing/good-purchase.ts'
import { added, changed, type Run, repeated, without } from '../testing/plant.ts'
import { assertPlanted, type Planted, plantTitle } from '../testing/planted.ts'
import { check } from './check.ts'
import { explain } from './explain.ts'

const dropped = (name: string, id: string, also: readonly string[] = []): Planted => ({
  name,
  change: (r) => without(r, id, ...also),
  type: 'missing',
  message: id,
})
const doubled = (name: string, id: string): Planted => ({
  name,
  change: (r) => repeated(r, id),
  type: 'wrong_count',
  message: id,
  live: true,
})
const webhook = {
  id: 'y',
  kind: 'call',
  from: 'PSP',
  to: 'PaymentSvc',
  name: 'POST /webhooks/:provider',
} satisfies Parameters<typeof added>[1]

const AFTER_PAYMENT: readonly Planted[] = [
  dropped('payments does not hear of its payment for the receipt', 'P.33'),
  dropped('no receipt is begun', 'P.34', ['x.sell', 'x.sell.reply']),
  dropped('the receipt is not told', 'P.35', ['P.36', 'P.37', 'P.38', 'P.39']),
  dropped('the mail with the receipt is not sent', 'P.38'),
  dropped('the confirmation is not sent', 'P.31'),
  dropped('what became of the confirmation is not told', 'P.32'),
  dropped('analytics does not note the purchase', 'P.41'),
  dropped('the developer’s balance stays', 'P.43'),
  dropped('the developer’s balance is not told', 'P.44'),
  doubled('the confirmation is sent twice', 'P.31'),
  doubled('the confirmation is told twice', 'P.32'),
  doubled('two receipts are begun', 'P.34'),
  doubled('the payment is told twice', 'P.20'),
  doubled('the developer is credited twice', 'P.43'),
  doubled('the developer’s balance is told twice', 'P.44'),
  {
    name: 'the developer is credited for the order, not for the payment',
    change: (r) => changed(r, 'P.43', { parent: 'P.25' }),
    type: 'wrong_order',
    message: 'P.43',
    live: true,
  },
  {
    name: 'the confirmation is sent for the request to pay',
    change: (r) => changed(r, 'P.30', { parent: 'P.07' }),
    type: 'missing',
    message: 'P.30',
  },
]

const READ: readonly Planted[] = [
  dropped('the reading has no answer', 'read.answer'),
  dropped('what was read is not told', 'read.publish', [
    ...['P.23', 'P.33', 'P.40', 'P.42'],
    ...['P.24', 'P.34', 'P.41', 'P.43'],
  ]),
  {
    name: 'completed by a webhook, told by the reading',
    change: (r) => changed(added(r, webhook), 'read.step', { parent: 'y' }),
    type: 'wrong_order',
    message: 'P.20',
    live: true,
  },
  {
    name: 'believed without asking the provider',
    change: (r) =>
      changed(
        changed(without(r, 'read.read', 'read.answer'), 'read.step', { parent: 'P.07' }),
        'read.publish',
        {
          parent: 'P.07',
        },
      ),
    type: 'forbidden',
    message: 'P.20',
  },
]

const DIRECT: readonly Planted[] = [
  dropped('a direct payment has no step', 'P.21'),
  dropped('a direct payment is not told', 'P.22', ['P.23', 'P.33', 'P.40', 'P.42']),
  doubled('a direct payment is told twice', 'P.22'),
  {
    name: 'a direct payment is sent to the provider’s page as well',
    change: (r) => repeated(r, 'P.12', { name: 'payment:pending_psp_redirect' }),
    type: 'wrong_count',
    message: 'P.12',
    live: true,
  },
]

const LOST: readonly Planted[] = [
  {
    name: 'the charge of a lost answer is believed without asking again',
    change: (r) => without(r, 'direct.read', 'direct.answer'),
    type: 'missing',
    message: 'P.21',
  },
  {
    name: 'the lost answer is not noted',
    change: (r) => without(r, 'lost.answer'),
    type: 'missing',
    message: 'P.14',
  },
  {
    name: 'charged twice although the first answer had come',
    change: () => repeated(goodPurchase({ direct: true }), 'P.13'),
    type: 'wrong_count',
    message: 'P.13',
    live: true,
  },
]

const REFUSED: readonly Planted[] = [
  dropped('the refusal is not told', 'refused.publish@1', [
    ...['refused.heard@1', 'refused.queued@1', 'refused.sent@1', 'refused.told@1'],
  ]),
  dropped('the buyer hears nothing of the refusal', 'refused.sent@1'),
  dropped('the buyer hears nothing of the order’s end', 'unpaid.sent'),
  dropped('payments does not hear of the order’s end', 'unpaid.payment'),
  {
    name: 'a receipt for an order that was never paid',
    change: (r) =>
      added(r, {
        ...{ id: 'y', from: 'LibrarySvc', to: 'LibrarySvc', name: 'library_item:owned' },
      }),
    type: 'forbidden',
    message: 'unpaid.library',
    live: true,
  },
]

const CASES: readonly (readonly [PurchaseShape, readonly Planted[]])[] = [
  [{}, AFTER_PAYMENT],
  [{ settledBy: 'read' }, READ],
  [{ direct: true }, DIRECT],
  [{ direct: true, settledBy: 'read' }, LOST],
  [{ declined: 1, expires: true }, REFUSED],
]

/** The ids of a plant name interactions; the messages they stand for have no number of the attempt. */
const messageOf = (id: string | undefined) =>
  id === undefined ? {} : { message: id.replace(/@\d+$/, '') }

/** An order ends long after its buyer was refused. */
const patient = (run: readonly Interaction[]): Interaction[] =>
  run.map((i) => (i.id.startsWith('unpaid') ? { ...i, at: i.at + 3_600_000 } : i))

for (const [shape, plants] of CASES)
  for (const plant of plants)
    test(plantTitle(plant), () =>
      assertPlanted(
        { ...plant, ...messageOf(plant.message) },
        patient(goodPurchase({ extras: false, ...shape })),
      ),
    )

test('checker – a receipt for a sale in another currency – forbidden', () => {
  const run = added(goodPurchase({ currency: 'USD' }), {
    ...{ id: 'y', from: 'PaymentSvc', to: 'PaymentSvc', name: 'fiscal_receipt:pending' },
    parent: 'P.20',
  })
  const verdict = check(purchase, run, { quiet: true })
  assert.deepEqual(
    verdict.deviations.map(({ type, message }) => `${type} ${message}`),
    ['forbidden foreign.receipt'],
    explain(purchase, verdict),
  )
})

test('checker – a receipt that the register refused so far – conforms, and its mail is not asked for', () => {
  const mail = ['P.36', 'P.37', 'P.38', 'P.39']
  const run: Run = changed(without(goodPurchase(), ...mail), 'P.35', {
    payload: { status: 'failed', kind: 'sale' },
  })
  const verdict = check(purchase, run, { quiet: true })
  assert.equal(verdict.verdict, 'conforms', explain(purchase, verdict))
  assert.equal(verdict.branches.register, 'refused')
  assert.ok(verdict.items.includes('P.35') && !verdict.items.includes('P.36'))
})

test('checker – the read branch – shows nothing of the webhook’s', () => {
  const { items, branches } = check(purchase, goodPurchase({ settledBy: 'read' }), { quiet: true })
  assert.equal(branches.notice, 'read')
  for (const id of ['P.19', 'P.20', 'P.52']) assert.ok(!items.includes(id), id)
})
