// Every screen of the store in every theme and language: nothing for axe to find by WCAG 2.2 AA, nothing wider than its window, no
// fault in the console. Pictures at three widths lie in test-results/screens for people to look at.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { allDone, fillCart, openShop, payByCard, register, type Shop, type Visit } from './shop.ts'
import { inspect, LOOKS } from './sound.ts'

const TIMEOUT_MS = 900_000
type Kept = Awaited<ReturnType<BrowserContext['storageState']>>

interface Screen {
  readonly name: string
  readonly path: string
  /** There when the screen is whole. */
  readonly sign: string
}

const VISITOR: readonly Screen[] = [
  { name: 'shop', path: '/store', sign: 'article' },
  { name: 'shop-nothing', path: '/store?q=zzz', sign: 'main section h2' },
  { name: 'game', path: `/store/games/prd_${'2'.padStart(26, '0')}`, sign: 'main ol' },
  { name: 'game-unknown', path: `/store/games/prd_${'9'.repeat(26)}`, sign: '[role=alert]' },
  { name: 'sign-in', path: '/store/sign-in', sign: 'form' },
  { name: 'register', path: '/store/register', sign: 'form' },
  { name: 'reset-password', path: '/store/reset-password', sign: 'form' },
  { name: 'verify-email', path: '/store/verify-email?token=none', sign: '[role=alert]' },
  { name: 'cart-empty', path: '/store/cart', sign: 'main section h2' },
  { name: 'gone', path: '/store/nowhere', sign: 'main h1' },
]

const ofBuyer = ([paid, waiting, scanning, back]: readonly string[]): readonly Screen[] => [
  { name: 'cart', path: '/store/cart', sign: 'main li h2' },
  { name: 'checkout', path: '/store/checkout', sign: 'form fieldset' },
  { name: 'order-paid', path: `${paid}`, sign: '[data-step=mail][data-state=done]' },
  { name: 'order-waiting', path: `${waiting}`, sign: 'main [role=timer]' },
  { name: 'order-scanning', path: `${scanning}`, sign: 'main svg[role=img]' },
  { name: 'order-returned', path: `${back}?returned=1`, sign: 'main [role=timer]' },
  { name: 'receipt', path: `${paid}/receipt`, sign: 'main article svg' },
  { name: 'library', path: '/store/library', sign: 'main li h2' },
  { name: 'orders', path: '/store/orders', sign: 'main table tbody tr' },
  { name: 'news', path: '/store/news', sign: 'main li h2' },
]

/** What a browser kept, given to another one. The empty page before the first has no place to keep it. */
const restoring = ({ origins }: Kept): string =>
  `if (location.protocol === 'http:')
     for (const { name, value } of ${JSON.stringify(origins[0]?.localStorage ?? [])})
       localStorage.setItem(name, value)`

async function look(page: Page, shop: Shop, screen: Screen): Promise<void> {
  await page.setViewportSize({ width: 1_440, height: 900 })
  await page.goto(new URL(screen.path, shop.url).href)
  await page.locator(screen.sign).first().waitFor()
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
}

interface Buyer {
  readonly state: Kept
  readonly screens: readonly Screen[]
}

/** A buyer with orders in every state that has a look of its own. */
async function prepare(shop: Shop): Promise<Buyer> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  const orders: string[] = []
  const noted = (): void => void orders.push(new URL(page.url()).pathname)
  const pay = () => page.getByRole('button', { name: /^Оплатить / }).click()
  await fillCart(page, shop.url, 6)
  await pay()
  await payByCard(page, 'ok')
  await page.waitForURL(/\/store\/orders\/ord_/)
  await allDone(page)
  noted()
  await fillCart(page, shop.url, 7)
  await pay()
  await payByCard(page, 'decline')
  await page.waitForURL(/\/store\/orders\/ord_/)
  await page.getByText('Оплата не прошла').waitFor()
  noted()
  await fillCart(page, shop.url, 8)
  await page.getByText('СБП, по QR-коду').click()
  await pay()
  await page.waitForURL(/\/store\/orders\/ord_/)
  await page.getByRole('img', { name: 'QR-код оплаты' }).waitFor()
  noted()
  await fillCart(page, shop.url, 9)
  await pay()
  await page.waitForURL(/\/sandbox\/pay\//)
  const payment = page.url()
  await page.goBack()
  await page.waitForURL(/\/store\/orders\/ord_/)
  noted()
  await fillCart(page, shop.url, 10)
  const state = await context.storageState()
  await context.close()
  const played: readonly Screen[] = [
    { name: 'payment', path: payment, sign: '[data-card]' },
    { name: 'mailbox', path: '/mailbox', sign: 'table tbody tr' },
  ]
  return { state, screens: [...ofBuyer(orders), ...played] }
}

/** Every screen, to visitors and to a buyer. */
async function inspectAll(shop: Shop, buyer: Buyer, seen: Visit): Promise<string[]> {
  const found: string[] = []
  for (const [screens, state] of [[VISITOR], [buyer.screens, buyer.state]] as const) {
    const context = await shop.visit(seen)
    if (state !== undefined) await context.addInitScript(restoring(state))
    const page = await context.newPage()
    for (const screen of screens) {
      await look(page, shop, screen)
      await inspect(page, `${screen.name}-${seen.theme}-${seen.language}`, found)
    }
    await context.close()
  }
  return found
}

test('screens – in a browser – are sound', { timeout: TIMEOUT_MS }, async (t: TestContext) => {
  const shop = await openShop(t)
  if (shop === undefined) return
  const buyer = await prepare(shop)
  for (const { theme, language } of LOOKS)
    await t.test(
      `screens – ${theme}, ${language} – axe finds nothing, nothing sticks out, no fault`,
      async () => {
        assert.deepEqual(await inspectAll(shop, buyer, { theme, language }), [])
        assert.deepEqual(shop.faults.splice(0), [])
      },
    )
})
