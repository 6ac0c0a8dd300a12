// What an operator waits for on a shop with 100,000 orders: the first page of every list, each filter, the figures, the log's tail.
// Asked over HTTP of a platform in a process of its own. node bench/lists/main.ts [--quick] [--json]   (quick: 10,000 orders)

import { openScratchDatabase } from '@rialto/kernel/db/database.ts'
import { openPool } from '@rialto/kernel/db/pool.ts'
import { demoToken, startPlatform } from '../platform.ts'
import { median, Report } from '../report.ts'
import { fill, ORDERS, some } from './fill.ts'

const TIMES = 9
const PAGE_MS = 300
const FILTER_MS = 500

const day = (daysAgo: number): string =>
  new Date(performance.timeOrigin - daysAgo * 86_400_000).toISOString()

const ASKED: readonly (readonly [name: string, path: string, limitMs: number])[] = [
  ['orders, first page', '/admin/orders', PAGE_MS],
  ['orders by state, rare', '/admin/orders?status=refunded', FILTER_MS],
  ['orders by state, frequent', '/admin/orders?status=fulfilled', FILTER_MS],
  ['orders by state, none', '/admin/orders?status=partially_refunded', FILTER_MS],
  ['orders by user', `/admin/orders?user_id=${some('usr', 77)}`, FILTER_MS],
  ['orders by product', `/admin/orders?product_id=${some('prd', 77)}`, FILTER_MS],
  ['orders by id', `/admin/orders?order_id=${some('ord')}`, FILTER_MS],
  ['orders of a day 200 days ago', `/admin/orders?from=${day(200)}&to=${day(199)}`, FILTER_MS],
  ['orders by amount, rare', '/admin/orders?amount_min=509800', FILTER_MS],
  [
    'orders by four filters',
    `/admin/orders?status=expired&from=${day(300)}&to=${day(100)}&amount_max=50000`,
    FILTER_MS,
  ],
  ['orders, figures of a day', `/admin/orders/figures?from=${day(1)}`, FILTER_MS],
  ['payments, first page', '/admin/payments', PAGE_MS],
  ['payments by state and provider', '/admin/payments?status=failed&provider=tbank', FILTER_MS],
  ['payments by method', '/admin/payments?method=sbp', FILTER_MS],
  ['payments by order', `/admin/payments?order_id=${some('ord')}`, FILTER_MS],
  ['payments by user', `/admin/payments?user_id=${some('usr', 77)}`, FILTER_MS],
  ['payments, late money, none', '/admin/payments?late=true', FILTER_MS],
  ['payments, figures of a day', `/admin/payments/figures?from=${day(1)}`, FILTER_MS],
  ['events, tail', '/admin/events?limit=100', PAGE_MS],
  ['events by key', `/admin/events?key=${some('ord', ORDERS * 4 - 9)}`, FILTER_MS],
  ['events by type, none', '/admin/events?type=order.refunded', FILTER_MS],
  ['runs that deviate', '/admin/flows?verdict=deviates', FILTER_MS],
  ['conformance of a month', `/admin/conformance?from=${day(30)}`, FILTER_MS],
]

async function measure(url: string, path: string, token: string): Promise<number[]> {
  const taken: number[] = []
  for (let n = 0; n < TIMES; n++) {
    const begun = performance.now()
    const answer = await fetch(`${url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
    taken.push(performance.now() - begun)
  }
  return taken
}

const report = new Report('lists', process.argv.includes('--json'))
const database = await openScratchDatabase({ durable: true })
const platform = await startPlatform(database.url)
const { url } = platform
const pool = openPool({
  ...{ url: database.url, applicationName: 'bench-lists', max: 2 },
  ...{ idleMs: 600_000, statementTimeoutMs: 600_000 },
})
try {
  report.say(`Writing ${ORDERS} orders …`)
  await fill(pool)
  const token = await demoToken(url, 'operator')
  // The first request of all pays for what a process loads when it is first used.
  await measure(url, '/admin/orders', token)
  for (const [name, path, limitMs] of ASKED) {
    const taken = await measure(url, path, token)
    const value = median(taken)
    const worst = Math.max(...taken)
    report.add({
      ...{ name: `${name}, slowest of ${TIMES}`, value: worst, unit: 'ms', reference: value },
      ...{ ratio: worst / value, target: `≤ ${limitMs} ms`, ok: worst <= limitMs },
    })
  }
} finally {
  await platform.stop()
  await pool.end()
  await database.stop()
}
report.leave()
