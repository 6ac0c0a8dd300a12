// The store in a real browser: a platform of its own with throw-away data, the pages as they are built, Chromium as the system has
// it. Without Chromium the tests are skipped by name.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { needs } from '@rialto/kernel/testing/real.ts'
import { buildPages } from '@rialto/web/build.ts'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { type Server, startServer } from '../start/program.ts'

export const WAIT_MS = 20_000

/** A test clicks faster than a person and comes from one address. */
const SETTINGS = {
  PORT: '0',
  LOG_LEVEL: 'error',
  GATEWAY_REQUESTS_PER_ADDRESS: '100000',
  GATEWAY_REQUESTS_PER_ACCOUNT: '100000',
  GATEWAY_SIGN_INS_PER_ADDRESS: '1000',
  ACCOUNTS_REGISTRATIONS_PER_ADDRESS: '1000',
  ACCOUNTS_LOGINS_PER_ADDRESS: '1000',
}

export type Language = 'ru' | 'en'

export interface Visit {
  readonly language?: Language
  readonly theme?: 'light' | 'dark'
  readonly width?: number
}

export interface Shop {
  readonly url: string
  /** A person's browser, with nothing kept from before. Faults of its pages end up in `faults`. */
  visit(visit?: Visit): Promise<BrowserContext>
  /** What pages said to the console and should not have. */
  readonly faults: string[]
}

/** Requests that are refused on purpose, or find no network, are logged by the browser as errors; that is no fault of a page. */
const REFUSED =
  /Failed to load resource: (the server responded with a status of (4\d\d|504)|net::ERR_INTERNET_DISCONNECTED)/

export async function openContext(browser: Browser, faults: string[], visit: Visit) {
  const { language = 'ru', theme = 'light', width = 1_440 } = visit
  const context = await browser.newContext({
    locale: language === 'ru' ? 'ru-RU' : 'en-GB',
    colorScheme: theme,
    viewport: { width, height: width < 500 ? 844 : 900 },
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Moscow',
  })
  context.setDefaultTimeout(WAIT_MS)
  context.on('console', (message) => {
    if (message.type() === 'error' && !REFUSED.test(message.text()))
      faults.push(`${message.page()?.url()}: ${message.text()}`)
  })
  context.on('weberror', (error) => faults.push(String(error.error())))
  return context
}

async function openServer(t: Pick<TestContext, 'after'>): Promise<Server> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rialto-browser-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  return startServer(t, { ...SETTINGS, DATA_DIR: dataDir })
}

/** Opens a shop for a test; undefined when the machine has no Chromium. */
export async function openShop(t: TestContext): Promise<Shop | undefined> {
  const executablePath = needs(t, 'chromium')
  if (executablePath === undefined) return undefined
  await buildPages()
  const { url } = await openServer(t)
  // As root Chromium refuses its own sandbox; what it opens here is ours alone.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const faults: string[] = []
  return { url, faults, visit: (visit = {}) => openContext(browser, faults, visit) }
}

/** By the person's own hand: the form, filled and sent. */
export async function register(page: Page, url: string, region?: 'RU' | 'KZ'): Promise<string> {
  const email = `${crypto.randomUUID()}@demo.rialto.example`
  await page.goto(`${url}/store/register`)
  await page.locator('[name=display_name]').fill('Анна')
  await page.locator('[name=email]').fill(email)
  await page.locator('[name=password]').fill('a sandbox password only')
  if (region !== undefined) await page.locator('[name=region]').selectOption(region)
  await page.locator('form button[type=submit]').click()
  await page.waitForURL(/\/store\/?$/)
  return email
}

/** Puts a game into the cart and goes to the checkout. */
export async function fillCart(page: Page, url: string, game: number): Promise<string> {
  await page.goto(`${url}/store/games/prd_${String(game).padStart(26, '0')}`)
  const title = await page.locator('h1').textContent()
  await page.getByRole('button', { name: /Купить сейчас|Buy now/ }).click()
  await page.waitForURL(/\/store\/checkout/)
  return title ?? ''
}

export const step = (page: Page, name: string, state: string) =>
  page.locator(`[data-step=${name}][data-state=${state}]`)

/** Every step of the order's page is done. */
export async function allDone(page: Page): Promise<void> {
  for (const name of ['paid', 'receipt', 'library', 'mail'])
    await step(page, name, 'done').waitFor()
}

/** Fills the provider's form with a magic card and sends it. */
export async function payByCard(page: Page, card: string): Promise<void> {
  await page.waitForURL(/\/sandbox\/pay\//)
  await page.locator(`[data-card="${card}"]`).click()
  await page.waitForURL(/card=/)
  await page.locator('button[name=by][value=card]').click()
}

const screens = join(import.meta.dirname, '..', '..', 'test-results', 'screens')

/** A picture of the whole page, to be looked at. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(screens, { recursive: true })
  await page.screenshot({ path: join(screens, `${name}.png`), fullPage: true })
}
