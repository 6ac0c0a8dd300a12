// What must be true once everything has come to rest, by the numbers of the reliability plan: each line names the invariant and
// the case. Reads the platform's tables and the books of the provider, the register and the mailbox, and believes neither the
// platform nor its interface.

import { setTimeout as pause } from 'node:timers/promises'
import type { Crowd } from '../people/buyer.ts'
import { sentOn } from '../people/operator.ts'
import { type Shop, until } from '../shop.ts'
import { judgeDeliveries, judgeEffects, judgeOrder } from './deliveries.ts'
import { judgeFollowers } from './followers.ts'
import { type Books, judgeMoney } from './money.ts'
import { broken, type Rows } from './rows.ts'
import { UNFINISHED } from './unfinished.ts'

export interface Verdict {
  readonly violations: readonly string[]
  /** Events, and how many deliveries to groups were owed and made. */
  readonly published: number
  readonly owed: number
  readonly handled: number
  readonly dead: number
  /** Payments that took money, and those of them that gave it back. */
  readonly paid: number
  readonly refunded: number
}

export interface Case {
  readonly db: Rows
  readonly shop: Shop
  /** The provider's. */
  readonly books: Books
  /** Orders that a buyer was told of. */
  readonly placed: readonly string[]
}

/** Everything at once. */
export async function judge({ db, shop, books, placed }: Case): Promise<Verdict> {
  const deliveries = await judgeDeliveries(db)
  const { found, paid, refunded } = await judgeMoney(db, books)
  const { rows: lost } = await db.query(
    `select id from unnest($1::text[]) p(id) where not exists (select from orders.orders o where o.order_id = p.id)`,
    [placed],
  )
  const { rows: log } = await db.query(
    'select count(distinct event_id)::int as events from bus.log',
  )
  return {
    violations: [
      ...deliveries.found,
      ...(await judgeOrder(db, sentOn)),
      ...(await broken(db, UNFINISHED)),
      ...(await judgeEffects(db)),
      ...found,
      ...(await judgeFollowers(db, shop)),
      ...lost.map(({ id }) => `history: ${String(id)} was placed and is not there`),
    ],
    published: Number(log[0]?.events),
    owed: deliveries.owed,
    handled: deliveries.handled,
    dead: deliveries.dead,
    paid,
    refunded,
  }
}

/** Longer than the longest wait that a crash can leave behind: a job that found its payment claimed by a dead one, 60 s. */
const REST_MS = 120_000
const LOOK_EVERY_MS = 250

/** Waits until there is nothing to complain of and, when that does not come, answers what there is. */
export async function judgeAtRest(
  { shop, placed }: Pick<Crowd, 'shop' | 'placed'>,
  restMs = REST_MS,
): Promise<Verdict> {
  const look = () => judge({ db: shop.pool, shop, books: shop.sandbox.control.books(), placed })
  const clean = async () => {
    // A server that was killed took our own connections with it.
    const verdict = await look().catch(() => undefined)
    if (verdict?.violations.length === 0) return verdict
    await pause(LOOK_EVERY_MS)
    return undefined
  }
  return until('all is well', clean, restMs).catch(look)
}
