import assert from 'node:assert/strict'
import { test } from 'node:test'
import { purchase } from '../purchase.ts'
import { goodPurchase } from '../testing/good-purchase.ts'
import { added, changed, repeated, swapped, without } from '../testing/plant.ts'
import { assertPlanted, type Planted, plantTitle } from '../testing/planted.ts'
import { check } from './check.ts'
import { explain } from './explain.ts'

const PLANTS: readonly Planted[] = [
  { name: 'dropped publish', change: (r) => without(r, 'P.25'), type: 'missing', message: 'P.25' },
  {
    name: 'dropped publish of the payment status',
    change: (r) => without(r, 'P.20'),
    type: 'missing',
    message: 'P.20',
  },
  {
    name: 'dropped request for payment',
    change: (r) => without(r, 'P.07'),
    type: 'missing',
    message: 'P.07',
  },
  { name: 'dropped consume', change: (r) => without(r, 'P.26'), type: 'missing', message: 'P.26' },
  { name: 'missing reply', change: (r) => without(r, 'P.14'), type: 'missing', message: 'P.14' },
  {
    name: 'missing call',
    change: (r) => without(r, 'P.04', 'P.05'),
    type: 'missing',
    message: 'P.04',
  },
  { name: 'dropped step', change: (r) => without(r, 'P.24'), type: 'missing', message: 'P.24' },
  {
    name: 'dropped webhook',
    change: (r) => without(r, 'P.52', 'x.hook.again'),
    type: 'missing',
    message: 'P.52',
  },
  {
    name: 'half a look into the library',
    change: (r) => without(r, 'P.50'),
    type: 'missing',
    message: 'P.50',
  },
  {
    name: 'provider asked before the payment was recorded',
    change: (r) => swapped(r, 'P.12', 'P.13'),
    type: 'wrong_order',
    message: 'P.13',
    live: true,
  },
  {
    name: 'order written before its price was known',
    change: (r) => swapped(r, 'P.05', 'P.06'),
    type: 'wrong_order',
    message: 'P.06',
    live: true,
  },
  {
    name: 'library fed by the request for payment, across the strict edge',
    change: (r) => changed(r, 'P.27', { parent: 'P.07' }),
    type: 'wrong_order',
    message: 'P.27',
    live: true,
  },
  {
    name: 'missing causal proof of a completed order',
    change: (r) => without(changed(r, 'P.24', { parent: 'unknown' }), 'x.fulfilled'),
    type: 'wrong_order',
    message: 'P.24',
  },
  {
    name: 'status believed without the webhook',
    change: (r) => changed(r, 'P.20', { parent: 'P.11' }),
    type: 'wrong_order',
    message: 'P.20',
    live: true,
  },
  {
    name: 'extra call',
    change: (r) =>
      added(r, {
        id: 'y',
        kind: 'call',
        from: 'OrderSvc',
        to: 'PaymentSvc',
        name: 'POST /payments',
      }),
    type: 'extra',
    live: true,
  },
  {
    name: 'provider asked twice',
    change: (r) => repeated(r, 'P.13'),
    type: 'wrong_count',
    message: 'P.13',
    live: true,
  },
  {
    name: 'foreign participant listens in',
    change: (r) =>
      added(r, {
        id: 'y',
        kind: 'consume',
        from: 'KafkaBus',
        to: 'Spy',
        name: 'order.created',
        parent: 'x.created',
      }),
    type: 'extra',
    live: true,
  },
  {
    name: 'unasked listener',
    change: (r) =>
      added(r, {
        id: 'y',
        kind: 'consume',
        from: 'KafkaBus',
        to: 'CatalogSvc',
        name: 'order.processing.completed.v1',
        parent: 'P.25',
      }),
    type: 'extra',
    live: true,
  },
  {
    name: 'consume of an event that nobody published',
    change: (r) => changed(r, 'x.added', { parent: 'unknown' }),
    type: 'extra',
  },
  {
    name: 'wrong branch: expired although paid',
    change: (r) => added(r, { id: 'y', name: 'order:expired' }),
    type: 'wrong_branch',
    message: 'P.24',
    live: true,
  },
  {
    name: 'wrong branch: declined and paid',
    change: (r) =>
      added(r, {
        id: 'y',
        from: 'PaymentSvc',
        to: 'PaymentSvc',
        name: 'payment:canceled',
        parent: 'P.52',
      }),
    type: 'wrong_branch',
    message: 'declined.step',
    live: true,
  },
  {
    name: 'wrong count: granted twice',
    change: (r) => repeated(repeated(r, 'P.27'), 'P.28'),
    type: 'wrong_count',
    message: 'P.27',
    live: true,
  },
  {
    name: 'announced twice',
    change: (r) => repeated(r, 'P.28'),
    type: 'wrong_count',
    message: 'P.28',
    live: true,
  },
  {
    name: 'duplicate step',
    change: (r) => repeated(r, 'P.24'),
    type: 'wrong_count',
    message: 'P.24',
    live: true,
  },
  {
    name: 'forbidden: library without payment',
    change: (r) =>
      without(
        r,
        'P.12',
        'P.13',
        'P.14',
        'P.52',
        'x.hook.again',
        'P.19',
        'P.20',
        'P.23',
        'P.24',
        'P.25',
      ),
    type: 'forbidden',
    message: 'P.27',
  },
  {
    name: 'forbidden: library before payment',
    change: (r) => [
      ...r.slice(
        0,
        r.findIndex((i) => i.id === 'P.52'),
      ),
      { ...r.find((i) => i.id === 'P.27')!, parent: 'P.07' },
    ],
    type: 'forbidden',
    message: 'unpaid.library',
    live: true,
  },
  {
    name: 'forbidden: library although the order expired',
    change: () =>
      added(goodPurchase({ expires: true }), {
        id: 'y',
        from: 'LibrarySvc',
        to: 'LibrarySvc',
        name: 'library_item:owned',
      }),
    type: 'forbidden',
    message: 'unpaid.library',
    live: true,
  },
  {
    name: 'wrong status of a reply',
    change: (r) => changed(r, 'P.16', { outcome: '500' }),
    type: 'wrong_payload',
    message: 'P.16',
    live: true,
  },
  {
    name: 'price refused',
    change: (r) => changed(r, 'P.05', { outcome: 'unavailable' }),
    type: 'wrong_payload',
    message: 'P.05',
    live: true,
  },
  {
    name: 'second attempt without a webhook',
    change: () => without(goodPurchase({ declined: 1, extras: false }), 'P.52'),
    type: 'missing',
    message: 'P.52',
  },
]

for (const plant of PLANTS) test(plantTitle(plant), () => assertPlanted(plant, goodPurchase()))

test('checker – any required message dropped from a good run – is named as missing', () => {
  const good = goodPurchase({ extras: false })
  const { matched } = check(purchase, good, { quiet: true })
  const ids = Object.keys(matched).filter((id) => id !== 'P.47' && id !== 'payment')
  assert.ok(ids.length >= 42)
  for (const id of ids) {
    const verdict = check(purchase, without(good, id), { quiet: true })
    assert.equal(verdict.verdict, 'deviates', `${id}\n${explain(purchase, verdict)}`)
    assert.ok(verdict.waiting.includes(id), `${id}\n${explain(purchase, verdict)}`)
  }
})

test('explain – a dropped publish – the text names it with its sign', () => {
  const verdict = check(purchase, without(goodPurchase(), 'P.25'), { quiet: true })
  const text = explain(purchase, verdict)
  assert.match(text, /^purchase deviates: 44 of 45 required/)
  assert.match(
    text,
    /- missing: P\.25 OrderSvc→KafkaBus publish order\.processing\.completed\.v1 did not happen\./,
  )
  assert.match(text, /✓ P\.24 OrderSvc: order:completed/)
})
