// Every event twice and out of step: what a purchase does happens once, whatever comes again, late, or before what it answers to.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { seeded } from '../log/random.ts'
import { append, businessEvents, double, oversleep, shuffled, uncopied } from './copies.ts'
import { judgeAtRest } from './judge/judge.ts'
import { Crowd } from './people/buyer.ts'
import { openShop, type Pool } from './shop.ts'

const full = process.env.PROOF === 'full'
const seed = Number(process.env.SEED || randomInt(2 ** 31))
const PURCHASES = full ? 90 : 24
const NEWS_AT_ONCE = 40

/** What the buyers have and owe, and how often anything was published that is no copy. */
async function stateOf(pool: Pool): Promise<unknown> {
  const { rows } = await pool.query(
    `select (select json_agg(o order by order_id) from (select order_id, status, payment_id, completed_at, fulfilled_at from orders.orders) o) as orders,
            (select json_agg(l order by line_id) from orders.order_lines l) as lines,
            (select json_agg(p order by payment_id) from (select payment_id, order_id, status, provider_payment_id, late from payments.payments) p) as payments,
            (select json_agg(i order by item_id) from library.items i) as items,
            (select count(*)::int from bus.log where not headers ? 'copy' and source <> 'observer') as published,
            (select count(*)::int from bus.parked) as parked`,
  )
  return rows[0]
}

test('purchases – every event twice, partitions asleep, notifications three times and late – all invariants hold', {
  timeout: full ? 900_000 : 180_000,
}, async (t) => {
  const shop = await openShop(t)
  const crowd = new Crowd(shop)
  const chance = seeded(seed)
  await shop.open()
  let over = false
  const copying = double(shop.pool, chance, () => over)
  const sleeping = oversleep({ pool: shop.pool, url: shop.cluster.url }, chance, () => over)
  const buying: Promise<void>[] = []
  for (let i = 0; i < PURCHASES; i++) {
    shop.sandbox.control.setWebhooks(
      [
        { mode: 'duplicate' as const, copies: 3 },
        { mode: 'delay' as const, delayMs: 700 },
        { mode: 'reordered' as const },
        { mode: 'normal' as const },
      ][i % 4] ?? {},
    )
    buying.push(crowd.buy())
    await pause(chance.below(300))
  }
  await Promise.all(buying)
  // Mails and receipts end after the purchases; what they publish is copied too.
  await judgeAtRest(crowd)
  over = true
  const [copies, taken] = await Promise.all([copying, sleeping])
  const first = await judgeAtRest(crowd)
  assert.deepEqual(first.violations, [])
  assert.deepEqual(await uncopied(shop.pool).then((rows) => rows.filter(isOfBusiness)), [])

  const before = await stateOf(shop.pool)
  const news = shuffled(await businessEvents(shop.pool), chance)
  for (let i = 0; i < news.length; i += NEWS_AT_ONCE)
    await append(shop.pool, news.slice(i, i + NEWS_AT_ONCE), true)
  const second = await judgeAtRest(crowd)
  assert.deepEqual([...second.violations, ...(await crowd.askAgain())], [])
  assert.deepEqual(await stateOf(shop.pool), before)
  t.diagnostic(
    `seed=${seed} bought=${crowd.bought.length} published=${first.published} copies=${copies} taken=${taken} ` +
      `handled=${first.handled} told_again=${news.length} handled_then=${second.handled} dead=${second.dead}`,
  )
  assert.equal(crowd.bought.length, PURCHASES)
  assert.equal(second.dead, 0)
  assert.ok(copies >= first.published * 0.9 && taken >= 100, 'too little was done to mean anything')
  await shop.stop()
})

const isOfBusiness = ({ fields }: { fields: Record<string, unknown> }): boolean =>
  fields.s !== 'observer'
