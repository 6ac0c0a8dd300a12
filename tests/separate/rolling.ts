// A rolling restart as an orchestrator does it, while people buy.

import assert from 'node:assert/strict'
import { gamesOf } from '../flows/shopper.ts'
import { type Load, underLoad } from './load.ts'
import type { Separate } from './surroundings.ts'

/** Restarts orders and payments, one of each at a time, so that a purchase meets both on their way; each must end in order. */
export async function rollingRestart(separate: Separate): Promise<Load> {
  const { fleet } = separate
  const [orders, payments] = [fleet.of('orders'), fleet.of('payments')]
  assert.deepEqual([orders.length, payments.length], [2, 2])
  const rounds = [0, 1].map((i) => [orders[i], payments[i]].filter((one) => one !== undefined))
  const [game = ''] = await gamesOf(fleet.url)
  return underLoad(separate, { buyers: 2, game }, async ({ failures }) => {
    for (const round of rounds) {
      const deaths = await Promise.all(round.map((member) => fleet.restart(member)))
      assert.ok(
        deaths.every(({ code }) => code === 0),
        fleet.words,
      )
      assert.deepEqual(failures, [], fleet.words)
    }
  })
}
