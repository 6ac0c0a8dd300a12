// The console in a real browser, over a platform in the test's own process, so that a test can take a part of it away.

import type { TestContext } from 'node:test'
import { needs } from '@rialto/kernel/testing/real.ts'
import { buildPages } from '@rialto/web/build.ts'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { openWorld, type World, type WorldOptions } from '../flows/harness.ts'
import { type Language, openContext } from './shop.ts'

export interface Room {
  readonly world: World
  readonly faults: string[]
  /** An operator's browser, signed in by the form. */
  operator(visit?: {
    readonly language?: Language
    readonly theme?: 'light' | 'dark'
    readonly width?: number
  }): Promise<{ readonly context: BrowserContext; readonly page: Page }>
}

/** Opens the console for a test; undefined when the machine has no Chromium. */
export async function openConsole(
  t: TestContext,
  options: WorldOptions = {},
): Promise<Room | undefined> {
  const executablePath = needs(t, 'chromium')
  if (executablePath === undefined) return undefined
  await buildPages()
  const world = await openWorld(options)
  t.after(() => world.stop())
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const faults: string[] = []
  return {
    world,
    faults,
    async operator(visit = {}) {
      const context = await openContext(browser, faults, visit)
      const page = await context.newPage()
      await page.goto(`${world.url}/console`)
      await signIn(page, 'operator')
      await page.locator('main table').first().waitFor()
      return { context, page }
    },
  }
}

/** As the demo person of a role. */
export async function signIn(page: Page, role: 'operator' | 'buyer'): Promise<void> {
  await page.locator('[name=email]').fill(`${role}@demo.rialto.example`)
  await page.locator('[name=password]').fill(`sandbox-${role}-1`)
  await page.locator('form button[type=submit]').click()
}
