import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type PaymentState, paymentStates } from '@rialto/contracts/payments/states.ts'
import { decideMove, statesOf } from '@rialto/kernel/pure/states.ts'
import fc from 'fast-check'
import { outcomeOf, type PaymentFacts, RANK } from './outcome.ts'
import type { ProviderStatus, ProviderTruth } from './provider.ts'

const payment = (status: PaymentState, more: Partial<PaymentFacts> = {}): PaymentFacts => ({
  status,
  ...{ amountMinor: 500n, currency: 'RUB', providerPaymentId: 'psp-1' },
  ...{ hasOrderEnded: false, isSuperseded: false },
  ...more,
})
const truth = (status: ProviderStatus, more: Partial<ProviderTruth> = {}): ProviderTruth => ({
  status,
  ...{ providerPaymentId: 'psp-1', rawStatus: status, amountMinor: 500n, currency: 'RUB' },
  ...more,
})

describe('outcomeOf', () => {
  test('waiting for the buyer – paid – completed, not late', () => {
    assert.deepEqual(outcomeOf(payment('pending_psp_redirect'), truth('completed')), {
      ...{ kind: 'move', to: 'completed', late: false },
    })
  })

  test('failed, canceled, superseded, or its order over – paid after all – completed and late', () => {
    const late = { kind: 'move', to: 'completed', late: true }
    assert.deepEqual(outcomeOf(payment('failed'), truth('completed')), late)
    assert.deepEqual(outcomeOf(payment('canceled'), truth('completed')), late)
    const ended = payment('pending_psp_redirect', { hasOrderEnded: true })
    assert.deepEqual(outcomeOf(ended, truth('completed')), late)
    const replaced = payment('pending_psp_redirect', { isSuperseded: true })
    assert.deepEqual(outcomeOf(replaced, truth('completed')), late)
  })

  test('completed – an old pending, a taking back – old, contradiction', () => {
    assert.deepEqual(outcomeOf(payment('completed'), truth('pending_psp_redirect')), {
      kind: 'old',
    })
    const back = outcomeOf(payment('completed'), truth('canceled'))
    assert.deepEqual(back, { kind: 'contradiction', reason: 'impossible_status' })
  })

  test('processing because nothing was known – found waiting for the buyer – stays processing', () => {
    assert.deepEqual(outcomeOf(payment('processing'), truth('pending_psp_redirect')), {
      kind: 'old',
    })
  })

  test('held – the provider lets go of it, for whatever reason – canceled, once', () => {
    for (const word of ['failed', 'canceled'] as const) {
      const canceled = { kind: 'move', to: 'canceled', late: false }
      assert.deepEqual(outcomeOf(payment('authorized'), truth(word)), canceled)
      assert.notEqual(outcomeOf(payment('canceled'), truth(word)).kind, 'contradiction')
    }
  })

  test('failed – money is held there – contradiction, for a person', () => {
    const held = outcomeOf(payment('failed'), truth('authorized'))
    assert.deepEqual(held, { kind: 'contradiction', reason: 'impossible_status' })
  })

  for (const [words, more, reason] of [
    ['another amount', { amountMinor: 499n }, 'amount_differs'],
    ['another currency', { currency: 'USD' }, 'currency_differs'],
    ['another payment at the provider', { providerPaymentId: 'psp-2' }, 'foreign_reference'],
    ['a word nobody knows', { status: 'unmapped' }, 'unmapped_status'],
  ] as const)
    test(`any state – ${words} – contradiction, never a completion`, () => {
      for (const status of statesOf(paymentStates))
        assert.deepEqual(outcomeOf(payment(status), truth('completed', more)), {
          ...{ kind: 'contradiction', reason },
        })
    })

  const words = [
    'pending_psp_redirect',
    'processing',
    'authorized',
    'completed',
    'failed',
    'canceled',
    'unmapped',
  ]
  const truths = fc
    .record({
      status: fc.constantFrom(...(words as ProviderStatus[])),
      amountMinor: fc.constantFrom(500n, 500n, 500n, 1n),
      providerPaymentId: fc.constantFrom('psp-1', 'psp-1', 'psp-2'),
    })
    .map(({ status, ...more }) => truth(status, more))

  test('any sequence of truths, repeated and reordered – never backwards, only listed moves, arrived money is kept', () => {
    let completions = 0
    fc.assert(
      fc.property(
        fc.constantFrom<PaymentState>('created', 'pending_psp_redirect'),
        fc.array(truths, { maxLength: 12 }),
        (start, sequence) => {
          let now = payment(start, { providerPaymentId: null })
          for (const told of sequence) {
            const outcome = outcomeOf(now, told)
            const before = now
            if (outcome.kind !== 'contradiction')
              now = { ...now, providerPaymentId: told.providerPaymentId }
            if (outcome.kind === 'move') now = { ...now, status: outcome.to }
            assert.ok(RANK[now.status] >= RANK[before.status], `${before.status} → ${now.status}`)
            if (now.status !== before.status)
              assert.equal(decideMove(paymentStates, before.status, now.status), 'move')
            const isOurs =
              told.amountMinor === 500n &&
              (before.providerPaymentId ?? told.providerPaymentId) === told.providerPaymentId
            if (told.status === 'completed' && isOurs) assert.equal(now.status, 'completed')
            if (before.status === 'completed') assert.equal(now.status, 'completed')
            assert.deepEqual(outcomeOf(now, told).kind === 'move', false, 'a repeat moves nothing')
          }
          if (now.status === 'completed') completions += 1
        },
      ),
      { numRuns: 1_000 },
    )
    assert.ok(completions > 100, `only ${completions} runs reached a completion`)
  })
})
