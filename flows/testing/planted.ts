// A planted deviation and what must be said of it. A judge that cannot say no proves nothing by saying yes.

import assert from 'node:assert/strict'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { check } from '../checker/check.ts'
import { explain } from '../checker/explain.ts'
import type { DeviationType } from '../checker/verdict.ts'
import { purchase } from '../purchase.ts'
import type { Run } from './plant.ts'

export interface Planted {
  readonly name: string
  readonly change: (run: Run) => Interaction[]
  readonly type: DeviationType
  readonly message?: string
  /** Also told while things still arrive, because nothing can mend it. */
  readonly live?: boolean
}

export const plantTitle = ({ name, type, message }: Planted): string =>
  `checker – planted: ${name} – ${type} ${message ?? ''}`

/** The good run conforms; the changed one deviates, by that name, and shows nothing. */
export function assertPlanted(plant: Planted, good: Run): void {
  const before = check(purchase, good, { quiet: true })
  assert.equal(before.verdict, 'conforms', explain(purchase, before))
  const run = plant.change(good)
  const verdict = check(purchase, run, { quiet: true })
  const text = explain(purchase, verdict)
  assert.equal(verdict.verdict, 'deviates', text)
  const isTold = verdict.deviations.some(
    ({ type, message }) => type === plant.type && message === plant.message,
  )
  assert.ok(isTold, text)
  assert.deepEqual(verdict.items, [])
  const live = check(purchase, run, { quiet: false })
  const expected = plant.live === true ? 'deviates' : 'running'
  assert.equal(live.verdict, expected, explain(purchase, live))
}
