import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type RefundState, refundStates } from '@rialto/contracts/payments/states.ts'
import { decideMove, statesOf } from '@rialto/kernel/pure/states.ts'
import fc from 'fast-check'
import type { ProviderRefundStatus, RefundTruth } from './provider.ts'
import {
  type Counters,
  countersAfter,
  type RefundFacts,
  refundableMinor,
  refundOutcomeOf,
  shownStatus,
} from './refund.ts'

const refund = (state: RefundState, more: Partial<RefundFacts> = {}): RefundFacts => ({
  ...{ state, amountMinor: 500n, currency: 'RUB' },
  ...{ providerPaymentId: 'psp-1', providerRefundId: 'back-1' },
  ...more,
})
const truth = (status: ProviderRefundStatus, more: Partial<RefundTruth> = {}): RefundTruth => ({
  ...{ status, rawStatus: status, amountMinor: 500n, currency: 'RUB' },
  ...{ providerRefundId: 'back-1', providerPaymentId: 'psp-1' },
  ...more,
})

const move = (to: RefundState, review?: string) =>
  review === undefined ? { kind: 'move', to } : { kind: 'move', to, review }

describe('refundOutcomeOf', () => {
  test('each state – pending, succeeded, canceled – never backwards; what went wrong gets a person', () => {
    const impossible = { kind: 'contradiction', reason: 'refund_impossible_status' }
    const table = Object.fromEntries(
      statesOf(refundStates).map((state) => [
        state,
        (['pending', 'succeeded', 'canceled'] as const).map((s) =>
          refundOutcomeOf(refund(state), truth(s)),
        ),
      ]),
    )
    const underWay = [{ kind: 'waiting' }, move('succeeded'), move('failed', 'refund_declined')]
    assert.deepEqual(table, {
      requested: [{ kind: 'old' }, impossible, impossible],
      submitted: underWay,
      unknown: underWay,
      succeeded: [{ kind: 'old' }, { kind: 'repeat' }, move('reversed', 'refund_reversed')],
      failed: [{ kind: 'old' }, impossible, { kind: 'repeat' }],
      reversed: [{ kind: 'old' }, impossible, { kind: 'repeat' }],
    })
  })

  for (const [words, more, reason] of [
    ['another amount', { amountMinor: 499n }, 'refund_amount_differs'],
    ['another currency', { currency: 'USD' }, 'refund_currency_differs'],
    ['another refund', { providerRefundId: 'back-2' }, 'refund_foreign_reference'],
    ['a refund of another payment', { providerPaymentId: 'psp-2' }, 'refund_foreign_reference'],
    ['a word nobody knows', { status: 'unmapped' }, 'refund_unmapped_status'],
  ] as const)
    test(`any state – ${words} – contradiction, nothing moves`, () => {
      for (const state of statesOf(refundStates))
        assert.deepEqual(refundOutcomeOf(refund(state), truth('succeeded', more)), {
          ...{ kind: 'contradiction', reason },
        })
    })
})

test('shownStatus – nothing, a part, all went back', () => {
  const shown = (refundedMinor: bigint) => shownStatus({ capturedMinor: 500n, refundedMinor })
  assert.deepEqual(
    [shown(0n), shown(1n), shown(499n), shown(500n)],
    ['completed', 'partially_refunded', 'partially_refunded', 'refunded'],
  )
})

interface Model {
  counters: Counters
  readonly refunds: { state: RefundState; readonly amountMinor: bigint }[]
}

/** One thing that happens: a sum is asked back, or a refund is sent, gets no answer, or the provider says something. */
const happenings = fc.oneof(
  fc.record({ ask: fc.bigInt({ min: 1n, max: 400n }) }),
  fc.record({
    at: fc.nat(3),
    to: fc.constantFrom<RefundState>('submitted', 'unknown'),
  }),
  fc.record({
    at: fc.nat(3),
    says: fc.constantFrom<ProviderRefundStatus>('pending', 'succeeded', 'canceled'),
  }),
)
type Happening = typeof happenings extends fc.Arbitrary<infer T> ? T : never

function happen(model: Model, what: Happening): void {
  if ('ask' in what) {
    if (what.ask > refundableMinor(model.counters)) return
    model.refunds.push({ state: 'requested', amountMinor: what.ask })
    model.counters = countersAfter(model.counters, 'requested', what.ask)
    return
  }
  const one = model.refunds[what.at]
  if (one === undefined) return
  const { amountMinor } = one
  const outcome =
    'to' in what
      ? ({ kind: decideMove(refundStates, one.state, what.to), to: what.to } as const)
      : refundOutcomeOf(refund(one.state, { amountMinor }), truth(what.says, { amountMinor }))
  if (outcome.kind !== 'move') return
  assert.equal(decideMove(refundStates, one.state, outcome.to), 'move')
  one.state = outcome.to
  model.counters = countersAfter(model.counters, outcome.to, amountMinor)
}

const sumOf = (model: Model, ...states: RefundState[]): bigint =>
  model.refunds.filter((r) => states.includes(r.state)).reduce((sum, r) => sum + r.amountMinor, 0n)

test('counters – any refunds, any truths, in any order – the sums of the refunds, and never more than arrived', () => {
  let full = 0
  fc.assert(
    fc.property(fc.array(happenings, { minLength: 20, maxLength: 60, size: 'max' }), (all) => {
      const counters = { capturedMinor: 1_000n, reservedMinor: 0n, refundedMinor: 0n }
      const model: Model = { counters, refunds: [] }
      for (const what of all) {
        happen(model, what)
        const { reservedMinor, refundedMinor, capturedMinor } = model.counters
        assert.equal(reservedMinor, sumOf(model, 'requested', 'submitted', 'unknown'))
        assert.equal(refundedMinor, sumOf(model, 'succeeded'))
        assert.ok(reservedMinor + refundedMinor <= capturedMinor)
      }
      if (model.counters.refundedMinor > 0n) full += 1
    }),
    { numRuns: 1_000 },
  )
  assert.ok(full > 100, `money went back in only ${full} runs`)
})
