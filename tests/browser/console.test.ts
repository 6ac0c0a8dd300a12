// What an operator does in the console, in a real browser: sees an order appear and its diagram conform, reads in words what a run
// lacks, deals with a dead letter, goes by keys alone.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { DAY, MINUTE } from '@rialto/kernel/pure/time.ts'
import type { Page, Request, Route } from 'playwright-core'
import { poll } from 'rialto/demo/buyer.ts'
import { refusingWhile, withPublish } from '../flows/plants.ts'
import { gamesOf, library, type Ordered, order, pay } from '../flows/shopper.ts'
import { openConsole, signIn } from './console.ts'
import { WAIT_MS } from './shop.ts'

const TIMEOUT_MS = 900_000

/** What the diagram says of the run, once it says it. */
const verdictOf = (page: Page, words: RegExp) =>
  page.locator('[data-verdict]', { hasText: words }).first().waitFor()

/** A row whose order is in another state by now leaves the list of those that wait. */
async function keepsItsFilter(page: Page, url: string, waiting: Ordered): Promise<void> {
  await page.goto(`${url}/console/orders?status=pending_payment`)
  const row = page.locator(`main table a[href="/console/orders/${waiting.orderId}"]`)
  await row.waitFor()
  await pay(url, waiting)
  await row.waitFor({ state: 'detached' })
}

/** What cannot be refreshed stays in sight and says since when; what cannot be read at all says why. */
async function oldIsTold(page: Page, url: string, orderId: string): Promise<void> {
  const busy = { code: 'kernel.rate_limited', status: 429, money: 'untouched' }
  const old = page.getByText('Not refreshed since')
  for (const [address, api, there] of [
    ['', '**/api/v1/admin/orders/figures?*', 'main section small:has-text("placed")'],
    [`/orders/${orderId}`, '**/api/v1/flows/*', 'main ol li'],
    [`/orders/${orderId}?tab=events`, '**/api/v1/flows/*', 'main details'],
    ['/events', '**/api/v1/admin/events?*', 'main details'],
  ] as const) {
    const refuse = (route: Route) => route.fulfill({ status: 429, json: busy })
    await page.goto(`${url}/console${address}`)
    await page.locator(there).first().waitFor()
    await page.route(api, refuse)
    await old.first().waitFor()
    assert.ok((await page.locator(there).count()) > 0, address)
    await page.reload()
    await page.getByRole('alert').getByText('Too many requests').waitFor()
    await page.unroute(api)
    await page.getByRole('alert').waitFor({ state: 'detached' })
  }
}

/** Figures of a day are of another one after midnight, on a page that stayed open. */
async function beginsAnew(page: Page, url: string): Promise<void> {
  const dayOf = (request: Request): string | null => {
    const { pathname, searchParams } = new URL(request.url())
    return pathname.endsWith('/admin/orders/figures') ? searchParams.get('from') : null
  }
  await page.clock.install()
  const asked = page.waitForRequest((request) => dayOf(request) !== null)
  await page.goto(`${url}/console`)
  const today = dayOf(await asked)
  const anew = page.waitForRequest((request) => ![null, today].includes(dayOf(request)))
  await page.locator('main table').waitFor()
  await page.clock.fastForward(DAY)
  await anew
}

/** Money that came twice has a receipt each: one that is not there yet does not hide the other. */
async function everyReceipt(page: Page, url: string, orderId: string): Promise<void> {
  const PAYMENTS = `**/api/v1/admin/orders/${orderId}/payments`
  await page.route(PAYMENTS, async (route) => {
    const response = await route.fetch()
    const { items } = (await response.json()) as { items: { payment: object }[] }
    const twin = { ...items[0]?.payment, transaction_id: `pay_${'1'.repeat(26)}` }
    await route.fulfill({ response, json: { items: [{ ...items[0], payment: twin }, ...items] } })
  })
  await page.goto(`${url}/console/orders/${orderId}?tab=receipt`)
  await page.getByText('There is no receipt yet').waitFor()
  await page.locator('main article').first().waitFor()
  await page.unroute(PAYMENTS)
}

test('console – an order placed while the list is open – appears, and its diagram grows until it conforms', {
  timeout: TIMEOUT_MS,
}, async (t) => {
  const room = await openConsole(t)
  if (room === undefined) return
  const { world } = room
  const begunAt = systemClock.now()
  const before = await order(world.url)
  const { page } = await room.operator({ language: 'en' })
  await page.goto(`${world.url}/console/orders`)
  await page.locator(`main table tbody tr`).first().waitFor()
  const placed = await order(world.url)
  await page.getByRole('button', { name: '1 new' }).click()
  await page.locator(`a[href="/console/orders/${placed.orderId}"]`).click()
  await page.getByRole('link', { name: 'Living diagram' }).click()
  await verdictOf(page, /Running/)
  const rows = page.locator('svg [data-mark=same]')
  await rows.first().waitFor()
  const early = await rows.count()
  await page.locator('svg [data-mark=awaited]').nth(5).waitFor({ state: 'attached' })
  await pay(world.url, placed)
  await world.rest()
  await library(world.url, placed)
  await everyReceipt(page, world.url, placed.orderId)
  await page.goBack()
  await verdictOf(page, /Conforms/)
  await rows.nth(early).waitFor({ state: 'attached' })
  assert.equal(await page.locator('svg [data-differs]').count(), 0)
  await oldIsTold(page, world.url, placed.orderId)
  // The figure leads to what it counts: the order that is paid, not the one that waits.
  // Of the day on which it was placed: it may be another one by now.
  await page.clock.setFixedTime(begunAt)
  await page.goto(`${world.url}/console`)
  const figure = page.locator('section', { hasText: 'Paid orders' })
  // What differed today is not looked for in a week.
  await page.locator('main a[href$="/conformance?verdict=deviates&period=today"]').waitFor()
  await figure.getByRole('link', { name: '1', exact: true }).click()
  await page.locator(`main table a[href="/console/orders/${placed.orderId}"]`).waitFor()
  assert.equal(await page.locator('main table tbody tr').count(), 1)
  await page.goto(`${world.url}/console/orders?order_id=${before.orderId}`)
  await page.locator('main table tbody tr').first().waitFor()
  assert.equal(await page.locator('main table tbody tr').count(), 1)
  assert.deepEqual(room.faults, [])
})

test('console – a publish taken away – is missed in words, as a ghost, in the counts, and in both languages', {
  timeout: TIMEOUT_MS,
}, async (t) => {
  const name = 'order.processing.completed.v1'
  const room = await openConsole(t, { services: withPublish('orders', name, 0) })
  if (room === undefined) return
  const { world } = room
  const paid = await order(world.url)
  await pay(world.url, paid)
  await world.rest()
  const { page, context } = await room.operator({ language: 'ru' })
  const address = `${world.url}/console/orders/${paid.orderId}?tab=diagram`
  await page.goto(address)
  await verdictOf(page, /Расходится/)
  // What is only missing is counted when it has not come for a minute.
  world.advance(2 * MINUTE)
  const said = page.getByRole('button', { name: `P.25: Не произошло: «Заказы» публикует ${name}.` })
  await said.first().click()
  await page.getByRole('complementary').getByText('Для него ничего не записано.').waitFor()
  assert.match(page.url(), /[?&]m=/)
  const ghost = page.locator('svg [data-mark=missing] [role=button]').first()
  assert.match((await ghost.getAttribute('aria-label')) ?? '', /^P\.25: Не произошло/)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Сохранить Mermaid' }).click(),
  ])
  assert.match(
    readFileSync(await download.path(), 'utf8'),
    /Note over OrderSvc: P\.25: Не произошло/,
  )
  await page.getByRole('button', { name: 'Отличия' }).click()
  await page.locator('svg [data-differs]').first().waitFor({ state: 'attached' })
  assert.equal(await page.locator('svg [data-mark=same]:not([data-differs])').count(), 0)
  await page.goto(`${world.url}/console/conformance`)
  await page.getByRole('row', { name: /P\.25 Не хватает/ }).waitFor()
  await context.close()
  const english = await room.operator({ language: 'en' })
  await english.page.goto(address)
  await english.page
    .getByRole('button', { name: `P.25: Did not happen: Orders publishes ${name}.` })
    .first()
    .waitFor()
  assert.deepEqual(room.faults, [])
})

/** The list stops after its oldest; what is about to happen to all says how many they are. */
async function saysHowManyOf(page: Page, count: number): Promise<void> {
  const LIST = '**/api/v1/admin/dead-letters'
  await page.route(LIST, async (route) => {
    const response = await route.fetch()
    const { items } = (await response.json()) as { items: unknown[] }
    await route.fulfill({ response, json: { items: items.slice(0, 1) } })
  })
  await page.getByText(`The 1 oldest of ${count} are shown.`).waitFor()
  await page.getByRole('button', { name: 'Send all again' }).click()
  const dialog = page.getByRole('dialog', { name: `Send all ${count} dead letters` })
  await dialog.getByRole('button', { name: 'Leave it' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.locator('button:focus', { hasText: 'Send all again' }).waitFor()
  await page.unroute(LIST)
  await page
    .locator('main details')
    .nth(count - 1)
    .waitFor()
}

test('console – a dead letter – is inspected, sent again, and handled when its cause is gone; another is discarded with a reason', {
  timeout: TIMEOUT_MS,
}, async (t) => {
  let isBroken = true
  const room = await openConsole(t, { services: refusingWhile(() => isBroken) })
  if (room === undefined) return
  const { world } = room
  for (let n = 0; n < 2; n++) await pay(world.url, await order(world.url))
  await world.rest()
  const { page } = await room.operator({ language: 'en' })
  await page.goto(`${world.url}/console/dead-letters`)
  const letters = page.locator('main details')
  await letters.nth(1).waitFor()
  const count = await letters.count()
  await saysHowManyOf(page, count)
  await letters.first().locator('summary').click()
  await letters.first().getByRole('button', { name: 'Discard' }).click()
  const dialog = page.getByRole('dialog')
  assert.ok(await dialog.getByRole('button', { name: 'Discard' }).isDisabled())
  await dialog.getByLabel('Reason').fill('planted by a test')
  await dialog.getByRole('button', { name: 'Discard' }).click()
  await letters.nth(count - 1).waitFor({ state: 'detached' })
  const { rows } = await world.db.pool.query('select reason, discarded_by from bus.discarded')
  assert.equal(rows.length, 1)
  assert.equal(rows[0].reason, 'planted by a test')
  assert.match(rows[0].discarded_by, /^usr_/)
  isBroken = false
  await page.getByRole('button', { name: 'Send all again' }).click()
  await dialog.getByRole('button', { name: 'Send all again' }).click()
  await page.getByRole('heading', { name: 'Nothing here yet' }).waitFor()
  // A letter that was sent again is tried at the next tick, and is at rest meanwhile.
  const left = () => world.db.pool.query('select from bus.parked')
  const { rows: still } = await poll(left, (found) => found.rows.length === 0)
  assert.deepEqual(still, [])
  assert.deepEqual(room.faults, [])
})

test('console – a buyer – is told where the store is; nobody’s list is shown', {
  timeout: TIMEOUT_MS,
}, async (t) => {
  const room = await openConsole(t)
  if (room === undefined) return
  await order(room.world.url)
  const { page, context } = await room.operator({ language: 'en' })
  await page.getByRole('button', { name: 'Sign out' }).click()
  await signIn(page, 'buyer')
  await page.getByRole('heading', { name: 'This is not a place for you' }).waitFor()
  assert.equal(
    await page.getByRole('link', { name: 'To the store' }).getAttribute('href'),
    '/store',
  )
  assert.equal(await page.locator('table').count(), 0)
  await context.close()
})

test('console – keys alone – palette to an id, tabs, the diagram walked and a message opened and closed', {
  timeout: TIMEOUT_MS,
}, async (t) => {
  const room = await openConsole(t)
  if (room === undefined) return
  const { world } = room
  const paid = await order(world.url)
  await pay(world.url, paid)
  await world.rest()
  const { page } = await room.operator({ language: 'en' })
  const keys = page.keyboard
  await keys.press('?')
  const help = page.getByRole('dialog', { name: 'Keyboard' })
  await help.waitFor()
  await keys.press('Escape')
  await help.waitFor({ state: 'detached' })
  const orders = page.getByRole('heading', { name: 'Orders', exact: true })
  // On a busy machine the page may still be at the dialog's end when the keys come: a person presses them again.
  for (let tries = 1; !(await orders.isVisible()) && tries <= 3; tries++) {
    await keys.press('g')
    await keys.press('o')
    await orders.waitFor({ timeout: tries < 3 ? 5_000 : WAIT_MS }).catch((error: unknown) => {
      if (tries === 3) throw new Error(`still at ${page.url()}`, { cause: error })
    })
  }
  await page.locator('main table tbody tr').first().waitFor()
  await keys.press('j')
  await keys.press('Enter')
  await page.waitForURL(new RegExp(`/console/orders/${paid.orderId}$`))
  await keys.press('Control+k')
  await keys.type(`see ${paid.orderId} please`)
  await page.getByRole('option', { name: `Order ${paid.orderId}` }).waitFor()
  await keys.press('Enter')
  await page.getByRole('link', { name: 'Living diagram' }).focus()
  await keys.press('Enter')
  await page.locator('svg [data-id]').first().waitFor()
  await page.locator('svg [tabindex="0"]').focus()
  await keys.press('ArrowDown')
  const second = await page.locator('svg [data-id]').nth(1).getAttribute('data-id')
  await page.locator(`svg [data-id="${second}"]:focus, svg [data-id="${second}"] :focus`).waitFor()
  await keys.press('End')
  await keys.press('Home')
  await keys.press('ArrowDown')
  await keys.press('Enter')
  const panel = page.getByRole('complementary')
  await panel.waitFor()
  await keys.press('Escape')
  await panel.waitFor({ state: 'detached' })
  await keepsItsFilter(page, world.url, await order(world.url))
  await beginsAnew(page, world.url)
  assert.deepEqual(room.faults, [])
})

test('store – “show the inside” of one’s own order – draws it and says that it conforms', {
  timeout: TIMEOUT_MS,
}, async (t) => {
  const room = await openConsole(t)
  if (room === undefined) return
  const { world } = room
  await order(world.url)
  const { context } = await room.operator({ language: 'en' })
  const page = await context.newPage()
  await page.goto(`${world.url}/store/sign-in`)
  await signIn(page, 'buyer')
  await page.waitForURL(/\/store\/?$/)
  const kept = await page.evaluate<string>(`localStorage.getItem('rialto.session') ?? ''`)
  const { token, user } = JSON.parse(kept) as {
    token: string
    user: { user_id: string; email: string }
  }
  // The demo buyer owns the first games already.
  const game = (await gamesOf(world.url)).at(-1) ?? ''
  const own = await order(world.url, {
    buyer: { token, userId: user.user_id, email: user.email },
    game,
  })
  await pay(world.url, own)
  await world.rest()
  await page.goto(`${world.url}/store/orders/${own.orderId}`)
  await page.locator('a[href$="/inside"]').click()
  await verdictOf(page, /Conforms/)
  // The verdict is there a moment before the picture.
  await page.locator('svg [data-mark=same]').nth(20).waitFor({ state: 'attached' })
  await page.setViewportSize({ width: 390, height: 844 })
  const message = page.locator('main ol button[aria-pressed]').nth(3)
  await message.click()
  // On a phone it stands below the list, and is scrolled to.
  await page.locator('main aside h2:focus').waitFor()
  const top = await page.evaluate<number>(`document.activeElement.getBoundingClientRect().top`)
  assert.ok(top < 844 / 2, `${top}`)
  await page.keyboard.press('Escape')
  await page.locator('main ol button[aria-pressed]:focus').waitFor()
  assert.deepEqual(room.faults, [])
})
