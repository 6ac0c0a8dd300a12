// The same purchase on a platform with something wrong in it: taken away, done twice, done too early, listened in on. The verdict
// must name just that, and show the checklist nothing. A judge that cannot say no proves nothing by saying yes.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Verdict } from '@rialto/flows/checker/verdict.ts'
import { showItems } from '@rialto/flows/testing/shown.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { payAtSandbox } from 'rialto/demo/buyer.ts'
import { openWorld, told, type World } from './harness.ts'
import {
  deafTo,
  forgetting,
  givingOnCredit,
  keepingLateMoney,
  listeningIn,
  refundingTwice,
  withPublish,
} from './plants.ts'
import { order, pay, startPaying } from './shopper.ts'

interface Plant {
  readonly words: string
  readonly services: () => readonly Service[]
  /** Type and message of the deviation that must be told. */
  readonly told: string
  /** What follows from it, and may be told too. */
  readonly follows?: readonly string[]
  readonly text?: RegExp
}

const missing = (...ids: readonly string[]): string[] => ids.map((id) => `missing ${id}`)

const PLANTS: readonly Plant[] = [
  {
    words: 'library does not hear of completed orders',
    services: () => deafTo('library', 'order.processing.completed.v1'),
    told: 'missing P.26',
    follows: missing('P.27', 'P.28'),
  },
  {
    words: 'orders completes and does not say so',
    services: () => withPublish('orders', 'order.processing.completed.v1', 0),
    told: 'missing P.25',
    follows: missing('P.26', 'P.27', 'P.28', 'P.29', 'P.30', 'P.31', 'P.32'),
  },
  {
    words: 'library adds a game and does not say so',
    services: () => withPublish('library', 'library.game.added.v1', 0),
    told: 'missing P.28',
  },
  {
    words: 'orders does not ask for a payment',
    services: () => withPublish('orders', 'order.payment.initiation.requested.v1', 0),
    told: 'missing P.07',
  },
  {
    words: 'orders says twice that it completed',
    services: () => withPublish('orders', 'order.processing.completed.v1', 2),
    told: 'wrong_count P.25',
    follows: ['wrong_count P.26', 'wrong_count P.29'],
  },
  {
    words: 'library says twice that it added the game',
    services: () => withPublish('library', 'library.game.added.v1', 2),
    told: 'wrong_count P.28',
    // Two announcements are taken for two games.
    follows: missing('P.27'),
  },
  {
    words: 'payments begins no receipt',
    services: () => deafTo('payments', 'payment.transaction.status.updated.v1'),
    told: 'missing P.33',
    follows: missing('P.34', 'P.35', 'P.36', 'P.37', 'P.38', 'P.39'),
  },
  {
    words: 'the receipt is not told',
    services: () => withPublish('payments', 'payment.fiscal.receipt.status.updated.v1', 0),
    told: 'missing P.35',
    follows: missing('P.36', 'P.37', 'P.38', 'P.39'),
  },
  {
    words: 'nobody mails the receipt',
    services: () => deafTo('notifications', 'payment.fiscal.receipt.status.updated.v1'),
    told: 'missing P.36',
    follows: missing('P.37', 'P.38', 'P.39'),
  },
  {
    words: 'nobody confirms the order by mail',
    services: () => deafTo('notifications', 'order.processing.completed.v1'),
    told: 'missing P.29',
    follows: missing('P.30', 'P.31', 'P.32'),
  },
  {
    words: 'what became of the mails is told twice',
    services: () => withPublish('notifications', 'notification.message.status.updated.v1', 2),
    told: 'wrong_count P.32',
    follows: ['wrong_count P.39'],
  },
  {
    words: 'analytics does not hear of payments',
    services: () => deafTo('analytics', 'payment.transaction.status.updated.v1'),
    told: 'missing P.40',
    follows: missing('P.41'),
  },
  {
    words: 'analytics does not write a purchase down',
    services: () => forgetting('analytics', /into analytics\.purchases /),
    told: 'missing P.41',
  },
  {
    words: 'orders does not write down that one completed',
    services: () => forgetting('orders', /update orders\.orders /),
    told: 'missing P.24',
  },
  {
    words: 'the developer gets nothing',
    services: () => deafTo('developers', 'payment.transaction.status.updated.v1'),
    told: 'missing P.42',
    follows: missing('P.43', 'P.44'),
  },
  {
    words: 'the developer’s balance is told twice',
    services: () => withPublish('developers', 'developer.balance.updated.v1', 2),
    told: 'wrong_count P.44',
    // Two announcements are taken for two lines.
    follows: missing('P.43'),
  },
  {
    words: 'payments says twice that it was paid',
    services: () => withPublish('payments', 'payment.transaction.status.updated.v1', 2),
    told: 'wrong_count P.20',
    follows: [
      'wrong_count P.23',
      'wrong_count P.33',
      'wrong_count P.40',
      'wrong_count P.41',
      'wrong_count P.42',
    ],
  },
  {
    words: 'the catalog listens in on orders',
    services: () => listeningIn('catalog'),
    told: 'extra -',
    text: /CatalogSvc/,
  },
  {
    words: 'library hands the game out on credit',
    services: givingOnCredit,
    told: 'wrong_order P.27',
    follows: ['extra -'],
  },
]

/** Two pages are paid, so that the money of the first comes too late. */
const LATE_PLANTS: readonly Plant[] = [
  {
    words: 'payments keeps late money',
    services: keepingLateMoney,
    told: 'missing refund.asked',
    follows: missing('refund.begun', 'refund.call', 'refund.ended'),
  },
  {
    words: 'payments gives late money back twice',
    services: refundingTwice,
    told: 'wrong_count refund.call',
    // What was sent twice is taken for two refunds.
    follows: [
      ...['begun', 'ended', 'told'].map((id) => `wrong_count refund.${id}`),
      ...missing('refund.asked'),
    ],
  },
]

const short = ({ type, message = '-' }: Verdict['deviations'][number]): string =>
  `${type} ${message}`

async function onPlatform(
  services: readonly Service[],
  work: (world: World) => Promise<void>,
): Promise<void> {
  const world = await openWorld({ services })
  try {
    await work(world)
  } finally {
    await world.stop()
  }
}

function assertTold(verdict: Verdict, plant: Omit<Plant, 'words' | 'services'>): void {
  assert.equal(verdict.verdict, 'deviates', told(verdict))
  const names = [...new Set(verdict.deviations.map(short))]
  assert.ok(names.includes(plant.told), told(verdict))
  const known = [plant.told, ...(plant.follows ?? [])]
  assert.deepEqual(
    names.filter((name) => !known.includes(name)),
    [],
    told(verdict),
  )
  if (plant.text !== undefined) assert.match(told(verdict), plant.text)
  assert.deepEqual(verdict.items, [])
  assert.throws(() => showItems(verdict, 'nobody', 'none'), /deviates/)
}

describe('deviations', { timeout: 900_000 }, () => {
  for (const { words, services, ...plant } of PLANTS)
    test(`purchase – ${words} – the verdict names it, and nothing is shown`, async () => {
      await onPlatform(services(), async (world) => {
        const ordered = await order(world.url)
        await pay(world.url, ordered)
        assertTold(await world.finalVerdict(ordered.orderId), plant)
      })
    })

  for (const { words, services, ...plant } of LATE_PLANTS)
    test(`purchase – both of two pages are paid, ${words} – the verdict names it, and nothing is shown`, async () => {
      await onPlatform(services(), async (world) => {
        const { url } = world
        const ordered = await order(url)
        const first = await startPaying(url, ordered)
        await payAtSandbox(
          await startPaying(url, ordered, { payment_method_type_hint: 'sbp' }),
          'ok',
        )
        await world.rest()
        await payAtSandbox(first, 'ok')
        await world.rest()
        assertTold(await world.finalVerdict(ordered.orderId), plant)
      })
    })

  test('purchase – the game handed out on credit, the order never paid – forbidden', async () => {
    await onPlatform(givingOnCredit(), async (world) => {
      const { orderId } = await order(world.url)
      await world.rest()
      world.advance(31 * MINUTE)
      const expired = async (): Promise<boolean> => {
        const sql = `select from orders.orders where order_id = $1 and status = 'expired'`
        return (await world.db.pool.query(sql, [orderId])).rowCount === 1
      }
      while (!(await expired())) await new Promise((resolve) => setTimeout(resolve, 50))
      const follows = ['extra -', 'wrong_branch P.28']
      const verdict = await world.finalVerdict(orderId)
      assertTold(verdict, { told: 'forbidden unpaid.library', follows })
    })
  })
})
