// What one more message costs the browser that shows a living diagram of 400: the console's page of a real order in Chromium, whose
// record is made longer by one message a second on its way to the page. Counted is all the page's main thread does about it, from
// the answer that arrives to the picture that is ready to be painted. node bench/diagram/main.ts [--quick] [--json]

import { existsSync } from 'node:fs'
import { goodPurchase } from '@rialto/flows/testing/good-purchase.ts'
import { buildPages } from '@rialto/web/build.ts'
import { type CDPSession, chromium, type Page } from 'playwright-core'
import { demoToken, post, startPlatform } from '../platform.ts'
import { median, percentile, Report } from '../report.ts'

const CHROMIUM = '/usr/bin/chromium'
const MESSAGES = 400
const UPDATES = process.argv.includes('--quick') ? 10 : 30
const TARGET_MS = 30
const TWO_FRAMES = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))'
const report = new Report('diagram', process.argv.includes('--json'))

const ends: (() => unknown)[] = []

/** Seconds for which the page's main thread has been busy. */
async function busySeconds(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
}

async function placeOrder(url: string): Promise<string> {
  const token = await demoToken(url, 'buyer')
  const order = { product_id: `prd_${'7'.padStart(26, '0')}`, quantity: 1 }
  return (await post(url, '/orders/initiate', { body: order, token })).order_id as string
}

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/console`)
  await page.locator('[name=email]').fill('operator@demo.rialto.example')
  await page.locator('[name=password]').fill('sandbox-operator-1')
  await page.locator('form button[type=submit]').click()
  await page.locator('main table').first().waitFor()
}

/** Answers the page's questions for the record with one that is a message longer each time. */
async function lengthen(page: Page): Promise<() => number> {
  const all = goodPurchase({ declined: 14, lines: 70, looks: 40 })
  if (all.length < MESSAGES + UPDATES + 5)
    throw new Error(`the record has ${all.length} messages only`)
  let length = MESSAGES
  await page.route('**/api/v1/flows/ord_*', async (route) => {
    // Without what the page says it knows already, which would be answered with nothing.
    const response = await route.fetch({ url: String(route.request().url().split('?')[0]) })
    if (!response.ok()) return route.fulfill({ response })
    const record = (await response.json()) as Record<string, unknown>
    const flow = String(record.flow)
    const interactions = all.slice(0, length).map((one) => ({ ...one, flow }))
    length += 1
    await route.fulfill({ response, json: { ...record, quiet: false, interactions } })
  })
  return () => length
}

async function measure(): Promise<void> {
  await buildPages()
  const platform = await startPlatform(undefined)
  ends.push(() => platform.stop())
  const { url } = platform
  const orderId = await placeOrder(url)
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  ends.push(() => browser.close())
  const page = await (
    await browser.newContext({ viewport: { width: 1_440, height: 900 } })
  ).newPage()
  await signIn(page, url)
  const length = await lengthen(page)
  await page.goto(`${url}/console/orders/${orderId}?tab=diagram`)
  await page.locator('svg [data-id]').first().waitFor()
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable')
  const costs: number[] = []
  while (costs.length < UPDATES) {
    const [before, had] = [await busySeconds(cdp), length()]
    await page.waitForResponse(/\/flows\/ord_/)
    // The frame after next is painted when everything that the answer set off has been done.
    await page.evaluate(TWO_FRAMES)
    if (length() === had + 1) costs.push(((await busySeconds(cdp)) - before) * 1_000)
  }
  const value = median(costs)
  report.add({
    ...{ name: `a message more in a diagram of ${MESSAGES}, median`, value, unit: 'ms' },
    ...{ target: `≤ ${TARGET_MS} ms`, ok: value <= TARGET_MS },
  })
  report.say(`      (p95 ${percentile(costs, 0.95).toFixed(1)} ms, ${costs.length} updates)`)
}

if (!existsSync(CHROMIUM)) throw new Error(`there is no ${CHROMIUM}: install chromium`)
try {
  await measure()
} finally {
  for (const end of ends.reverse()) await end()
}
report.leave()
