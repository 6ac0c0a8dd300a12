// One test of the transports' contract: on which transport, and what the machine must have for it.

import test from 'node:test'
import { needs, type RealPart } from '../../testing/real.ts'
import { countIs } from './consumers.ts'
import type { Harness, OpenHarness } from './harness.ts'

export const COUNT = (group: string): string =>
  `select count(*) from public.effects where grp = '${group}'`
export const zero = countIs(0)

export interface Suite {
  /** Of the transport. */
  readonly name: string
  readonly open: OpenHarness
  /** How many events the long test drains. */
  readonly drainEvents: number
  /** What the machine must have for it. */
  readonly part?: RealPart
}

/** One test of the contract, skipped by name where the real part is missing. */
export const scenario = (suite: Suite, title: string, run: (h: Harness) => Promise<void>): void => {
  void test(`${suite.name} – ${title}`, async (t) => {
    if (suite.part !== undefined && needs(t, suite.part) === undefined) return
    await run(await suite.open(t))
  })
}
