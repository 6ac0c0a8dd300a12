import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import fc from 'fast-check'
import { purchase } from '../purchase.ts'
import { goodPurchase, type PurchaseShape } from '../testing/good-purchase.ts'
import { changed, type Run, repeated, without } from '../testing/plant.ts'
import { check, examine, readRun } from './check.ts'
import { explain } from './explain.ts'
import { orderFindings } from './rules.ts'

const shapes: fc.Arbitrary<PurchaseShape> = fc.record({
  declined: fc.integer({ min: 0, max: 3 }),
  lines: fc.integer({ min: 1, max: 3 }),
  direct: fc.boolean(),
  expires: fc.boolean(),
  abandoned: fc.boolean(),
  early: fc.boolean(),
  extras: fc.boolean(),
  looks: fc.integer({ min: 0, max: 2 }),
  settledBy: fc.constantFrom(undefined, 'webhook', 'read'),
  currency: fc.constantFrom('RUB', 'USD'),
})

const conforms = (run: readonly Interaction[], quiet: boolean): void => {
  const verdict = check(purchase, run, { quiet })
  assert.equal(verdict.verdict, 'conforms', explain(purchase, verdict))
}

const shuffled = (run: readonly Interaction[]) =>
  fc.shuffledSubarray([...run], { minLength: run.length, maxLength: run.length })

test('checker – a good purchase in any arrival order – conforms', () => {
  fc.assert(
    fc.property(
      shapes.chain((shape) => shuffled(goodPurchase(shape))),
      (run) => conforms(run, true),
    ),
    { numRuns: 200 },
  )
})

test('checker – recordings without payloads – a good purchase conforms', () => {
  fc.assert(
    fc.property(
      shapes.chain((shape) =>
        shuffled(goodPurchase({ ...shape, bare: true, lines: 1, direct: false, currency: 'RUB' })),
      ),
      (run) => conforms(run, true),
    ),
    { numRuns: 100 },
  )
})

test('checker – every interaction arrives twice – conforms', () => {
  fc.assert(
    fc.property(
      shapes.chain((shape) => {
        const run = goodPurchase(shape)
        return shuffled([...run, ...run])
      }),
      (run) => conforms(run, true),
    ),
    { numRuns: 50 },
  )
})

test('checker – every event delivered again, every inner call tried again – folds into attempts', () => {
  const run = goodPurchase()
  const again = run.flatMap((i) => {
    if (i.kind === 'consume') return [i, { ...i, id: `${i.id}+`, attempt: 2, at: i.at + 500 }]
    if (i.kind === 'call' && i.parent !== undefined) {
      const id = `${i.id}+`
      const second = { ...i, id, attempt: 2 }
      const reply = run.find((r) => r.kind === 'reply' && r.parent === i.id)!
      return [i, second, { ...reply, id: `${reply.id}+`, parent: id, at: reply.at }]
    }
    return [i]
  })
  const verdict = check(purchase, again, { quiet: true })
  assert.equal(verdict.verdict, 'conforms', explain(purchase, verdict))
  assert.deepEqual(verdict.matched['P.23'], ['P.23', 'P.23+'])
  assert.deepEqual(verdict.matched['P.13'], ['P.13', 'P.13+'])
})

test('checker – the answer of a call that was tried again – is the last one', () => {
  const failed = goodPurchase().map((i) => (i.id === 'P.14' ? { ...i, outcome: '400' } : i))
  const call = failed.find((i) => i.id === 'P.13')!
  const reply = failed.find((i) => i.id === 'P.14')!
  const healed = [
    ...failed,
    { ...call, id: 'P.13+', attempt: 2, at: reply.at },
    { ...reply, id: 'P.14+', parent: 'P.13+', outcome: '200', at: reply.at + 1 },
  ]
  assert.equal(check(purchase, failed, { quiet: true }).verdict, 'deviates')
  conforms(healed, true)
})

test('checker – every beginning of a good run, by cause – runs until its last required message, then conforms', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const run = goodPurchase({ ...shape, looks: 0, extras: false })
      for (let length = 0; length <= run.length; length++) {
        const verdict = check(purchase, run.slice(0, length), { quiet: false })
        const owed = run.slice(length).some((i) => !i.id.startsWith('x.'))
        const open = shape.expires === true && shape.abandoned === true
        const expected = owed || open ? 'running' : 'conforms'
        assert.equal(verdict.verdict, expected, `${length} ${explain(purchase, verdict)}`)
      }
    }),
    { numRuns: 40 },
  )
})

test('checker – every beginning of a good run, in any arrival order – never deviates', () => {
  fc.assert(
    fc.property(
      shapes.chain((shape) => shuffled(goodPurchase(shape))),
      (run) => {
        for (let length = 0; length <= run.length; length++) {
          const verdict = check(purchase, run.slice(0, length), { quiet: false })
          assert.notEqual(verdict.verdict, 'deviates', explain(purchase, verdict))
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('checker – a service whose clock is an hour behind – conforms', () => {
  for (const participant of ['OrderSvc', 'PaymentSvc', 'LibrarySvc', 'APIGW']) {
    const run = goodPurchase().map((i) => {
      const recorder = i.kind === 'reply' || i.kind === 'consume' ? i.to : i.from
      return recorder === participant ? { ...i, at: i.at - 3_600_000 } : i
    })
    conforms(run, true)
  }
})

test('checker – parallel branches in another order – conforms', () => {
  const run = goodPurchase()
  const background = ['x.requested', 'payment']
  const late = run
    .filter((i) => background.includes(i.id))
    .map((i) => ({ ...i, at: i.at + 10_000 }))
  conforms([...without(run, ...background), ...late], true)
})

test('checker – the client asks for its order again – the repeat folds', () => {
  const run = goodPurchase()
  const again = ['P.02', 'P.03', 'P.08', 'P.09'].map((id) => {
    const first = run.find((i) => i.id === id)!
    return {
      ...first,
      id: `${id}+`,
      at: 9_000,
      ...(first.parent === undefined ? {} : { parent: `${first.parent}+` }),
    }
  })
  conforms([...run, ...again], true)
})

test('checker – the client asks to pay twice, or 25 times, and is answered from what is known – conforms', () => {
  const run = goodPurchase()
  const again = (nth: number): Interaction[] =>
    ['P.10', 'P.11', 'P.15', 'P.16'].map((id) => {
      const first = run.find((i) => i.id === id)!
      const parent = first.parent === undefined ? {} : { parent: `${first.parent}+${nth}` }
      return { ...first, id: `${id}+${nth}`, at: first.at + 5 * nth, outcome: '409', ...parent }
    })
  conforms([...run, ...again(1)], true)
  conforms([...run, ...Array.from({ length: 24 }, (_, n) => again(n + 1)).flat()], true)
})

test('checker – 25 attempts are declined before one is paid – conforms', () => {
  conforms(goodPurchase({ declined: 25 }), true)
})

test('checker – thousands of looks – conforms, and the work grows with them and not with their square', () => {
  conforms(goodPurchase({ looks: 5_000 }), true)
  const { facts, matching } = examine(purchase, goodPurchase({ looks: 1_000 }), { quiet: true })
  const { plan, run } = facts
  let pairs = 0
  const ordered: typeof plan.ordered = (a, b) => {
    pairs += 1
    return plan.ordered(a, b)
  }
  assert.deepEqual(orderFindings({ ...facts, plan: { ...plan, ordered } }, matching), [])
  assert.ok(pairs <= run.items.length * plan.leaves.length, `${pairs} pairs`)
})

test('checker – the webhook came twice before it was handled – the handled one is the cause', () => {
  const run = goodPurchase()
  const hook = run.find((i) => i.id === 'P.52')!
  conforms([...run, { ...hook, id: 'early hook', at: hook.at - 1 }], true)
})

test('checker – quiet run with recordings lost – is inconclusive, and deviates where nothing can be lost', () => {
  const lost = without(goodPurchase(), 'P.04', 'P.05')
  assert.equal(check(purchase, lost, { quiet: true, lossy: true }).verdict, 'inconclusive')
  assert.equal(check(purchase, lost, { quiet: true }).verdict, 'deviates')
  assert.equal(check(purchase, [], { quiet: true, lossy: true }).verdict, 'inconclusive')
  const doubled = repeated(lost, 'P.24', {})
  assert.equal(check(purchase, doubled, { quiet: true, lossy: true }).verdict, 'deviates')
})

test('checker – items – are shown by a conforming run only, and never for what is not built', () => {
  const good = check(purchase, goodPurchase(), { quiet: true })
  const unshown = ['P.01', 'P.17', 'P.18', 'P.21', 'P.22', 'P.45', 'P.46', 'P.51']
  assert.equal(good.items.length, 52 - unshown.length)
  assert.ok(good.items.includes('P.52') && unshown.every((id) => !good.items.includes(id)))
  const bad = check(purchase, without(goodPurchase(), 'P.25'), { quiet: true })
  assert.deepEqual(bad.items, [])
})

test('checker – the end of a flow – is known from its own messages', () => {
  const run = goodPurchase()
  assert.equal(readRun(purchase, run).patienceMs(), 0)
  assert.equal(readRun(purchase, goodPurchase({ expires: true })).patienceMs(), 0)
  assert.equal(readRun(purchase, run.slice(0, 20)).patienceMs(), Number.POSITIVE_INFINITY)
})

test('checker – a paid run whose mail or receipt is on its way – waits, until they are done or have failed', () => {
  const run = goodPurchase()
  for (const [begun, done, failed] of [
    ['P.30', 'P.31', 'notification:failed'],
    ['P.34', 'x.fiscalized', 'fiscal_receipt:failed'],
  ] as const) {
    assert.ok(readRun(purchase, without(run, done)).patienceMs() > 12 * 3_600_000, begun)
    assert.equal(readRun(purchase, changed(run, done, { name: failed })).patienceMs(), 0, begun)
  }
})

test('checker – something late – is told in amber and does not decide', () => {
  const run = goodPurchase({ looks: 0, extras: false })
  const slow = run.map((i) => (i.id === 'P.28' ? { ...i, at: i.at + 60_000 } : i))
  const verdict = check(purchase, slow, { quiet: true })
  assert.equal(verdict.verdict, 'conforms')
  assert.deepEqual(
    verdict.deviations.map(({ type, message }) => [type, message]),
    [['late', 'P.28']],
  )
})

test('checker – a start that is refused after the provider was asked – conforms where the order has ended meanwhile, and only there', () => {
  const refused = (run: Run): Run =>
    ['P.15', 'P.16'].reduce((all, id) => changed(all, id, { outcome: '409' }), run)
  const ended = refused(goodPurchase({ expires: true, abandoned: true }))
  assert.equal(ended.filter(({ outcome }) => outcome === '409').length, 2)
  const verdict = check(purchase, ended, { quiet: true })
  assert.equal(verdict.verdict, 'conforms', explain(purchase, verdict))
  const { verdict: told, deviations } = check(purchase, refused(goodPurchase()), { quiet: true })
  assert.equal(told, 'deviates')
  assert.ok(deviations.some(({ interaction }) => interaction === 'P.15'))
})
