// The judge itself is tried: each deviation planted into a shop where all is well must be named, or its silence proves nothing.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Crowd } from '../people/buyer.ts'
import { openShop, type Shop } from '../shop.ts'
import { judge, judgeAtRest } from './judge.ts'
import { booksOf, PLANTED, PLANTED_LATER, tryPlant } from './plants.ts'

/** The provider's books are not ours to change; a changed copy of them is judged. */
async function otherBooks(shop: Shop): Promise<void> {
  const { payments, ...rest } = booksOf(shop)
  const [paid] = payments
  assert.ok(paid)
  const changed = [
    [
      [...payments, { ...paid, id: 'second' }],
      /^money was taken 2 times/,
      /^money second is a second payment/,
    ],
    [payments.slice(1), /^I3 0 captured while fulfilled/, /^I4 we say .*, the provider nothing/],
    [
      [...payments, { ...paid, id: 'stray', metadata: { order_id: 'ord_none' } }],
      /^money stray was taken for no order of ours/,
    ],
    [
      [{ ...paid, refundedMinor: paid.capturedMinor }, ...payments.slice(1)],
      /^I3 0 captured while fulfilled/,
    ],
  ] as const
  for (const [theirs, ...named] of changed) {
    const altered = { ...rest, payments: theirs }
    const { violations } = await judge({
      ...{ db: shop.pool, shop, books: altered },
      placed: ['ord_lost'],
    })
    for (const name of [...named, /^history: ord_lost/])
      assert.ok(
        violations.some((line) => name.test(line)),
        `${name}: ${JSON.stringify(violations)}`,
      )
  }
}

test('judge – a shop where all is well, then one deviation at a time – silent, then names it', {
  timeout: 480_000,
}, async (t) => {
  const shop = await openShop(t)
  const crowd = new Crowd(shop)
  await shop.open()
  await Promise.all([crowd.buy(), crowd.buy(), crowd.buy()])
  assert.deepEqual((await judgeAtRest(crowd, 30_000)).violations, [])
  for (const plant of [...PLANTED, ...PLANTED_LATER]) await tryPlant(shop, plant)
  await otherBooks(shop)
  await shop.stop()
})
