// Every screen of the console and of the documentation, in every theme and language: sound, and without a fault.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { forget } from '../flows/forget.ts'
import { library, order, pay } from '../flows/shopper.ts'
import { openConsole, type Room } from './console.ts'
import { faultsOf, inspect, LOOKS } from './sound.ts'

const TIMEOUT_MS = 900_000

type Screen = readonly [name: string, path: string, sign: string]

const screensOf = (done: string, broken: string, declined: string): readonly Screen[] => [
  ['overview', '/console', 'main table'],
  ['orders', '/console/orders', 'main table'],
  ['orders-nothing', '/console/orders?status=refunded&amount_min=x', 'main section h2'],
  ['payments', '/console/payments', 'main table'],
  ['timeline', `/console/orders/${done}`, 'main ol li'],
  ['diagram', `/console/orders/${done}?tab=diagram`, '[data-verdict]'],
  ['diagram-broken', `/console/orders/${broken}?tab=diagram`, '[data-verdict=deviates]'],
  ['payments-of', `/console/orders/${declined}?tab=payments`, 'main article'],
  ['receipt-of', `/console/orders/${done}?tab=receipt`, 'main article'],
  ['events-of', `/console/orders/${done}?tab=events`, 'main details'],
  ['raw', `/console/orders/${done}?tab=raw`, 'main pre'],
  ['order-unknown', `/console/orders/ord_${'0'.repeat(26)}`, '[role=alert]'],
  ['events', '/console/events', 'main details'],
  ['letters', '/console/dead-letters', 'main section h2'],
  ['conformance', '/console/conformance', 'main table'],
  ['gone', '/console/nowhere', 'main h1'],
]

/** One order that conforms, one whose record lacks a publish, one whose payment was declined. */
async function prepare({ world }: Room): Promise<readonly Screen[]> {
  const done = await order(world.url)
  await pay(world.url, done)
  await world.rest()
  await library(world.url, done)
  const broken = await order(world.url)
  await pay(world.url, broken)
  const declined = await order(world.url)
  await pay(world.url, declined, 'decline')
  await world.rest()
  await forget(world.db.pool, broken.orderId, 'order.processing.completed.v1')
  return screensOf(done.orderId, broken.orderId, declined.orderId)
}

async function look(page: Page, [, path, sign]: Screen, url: string): Promise<void> {
  await page.goto(url + path)
  await page.locator(sign).first().waitFor()
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
}

test('console screens – in a browser – are sound', { timeout: TIMEOUT_MS }, async (t) => {
  const room = await openConsole(t)
  if (room === undefined) return
  const screens = await prepare(room)
  for (const { theme, language } of LOOKS)
    await t.test(
      `console screens – ${theme}, ${language} – axe finds nothing, nothing sticks out, no fault`,
      async () => {
        const found: string[] = []
        const { context, page } = await room.operator({ theme, language })
        for (const screen of screens) {
          await page.setViewportSize({ width: 1_440, height: 900 })
          await look(page, screen, room.world.url)
          const name = `console-${screen[0]}-${theme}-${language}`
          // Each theme and each language has its pictures once; what axe is asked, it is asked of all four.
          if ((theme === 'light') === (language === 'ru')) await inspect(page, name, found)
          else found.push(...(await faultsOf(page)).map((fault) => `${name}: ${fault}`))
        }
        await context.close()
        assert.deepEqual(found, [])
        assert.deepEqual(room.faults.splice(0), [])
      },
    )
})

test('documentation – in a browser – is drawn from this server alone', {
  timeout: TIMEOUT_MS,
}, async (t) => {
  const room = await openConsole(t)
  if (room === undefined) return
  await order(room.world.url)
  const { page } = await room.operator({ language: 'en' })
  const foreign: string[] = []
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(room.world.url))
      foreign.push(request.url())
  })
  await page.goto(`${room.world.url}/docs`)
  const found: string[] = []
  await inspect(page, 'docs', found)
  await page.getByRole('link', { name: /Event reference/ }).click()
  await page.getByRole('heading', { name: 'order.created' }).waitFor()
  await inspect(page, 'docs-events', found)
  await page.goto(`${room.world.url}/docs/api`)
  await page.getByText('/users/register').first().waitFor()
  assert.deepEqual(found, [])
  assert.deepEqual(foreign, [])
  assert.deepEqual(room.faults, [])
})
