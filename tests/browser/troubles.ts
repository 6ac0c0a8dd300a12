// What the pages say when something is not as it should be. States that a provider or a fault would have to bring about are put into
// the answers on their way to the browser.

import assert from 'node:assert/strict'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { HOUR } from '@rialto/kernel/pure/time.ts'
import type { Page, Route } from 'playwright-core'
import { fillCart, register, type Shop, step } from './shop.ts'

const CART = '**/api/v1/catalog/products/*'
export const PAYMENTS = '**/api/v1/payments/transactions?*'

type Json = Record<string, unknown>

/** Every attempt to pay as if the provider had said this of it; `page`: there is one to confirm on. */
export const attemptsAre =
  (told: Json, { page }: { readonly page: boolean }) =>
  async (route: Route): Promise<void> => {
    const response = await route.fetch()
    const { items } = (await response.json()) as { items: Json[] }
    const json = items.map(({ redirect_url: address, ...one }) => ({
      ...one,
      ...(page ? { redirect_url: address } : {}),
      ...told,
    }))
    await route.fulfill({ response, json: { items: json } })
  }

/** The newest attempt was declined; one before it waited for its payer. */
async function declinedAfterAnother(route: Route): Promise<void> {
  const response = await route.fetch()
  const { items } = (await response.json()) as { items: Json[] }
  const declined = { ...items[0], status: 'failed', failure_reason: 'general_decline' }
  const older = { ...items[0], transaction_id: `pay_${'1'.repeat(26)}` }
  await route.fulfill({ response, json: { items: [declined, older] } })
}

export async function reloadWith(
  page: Page,
  handler: (route: Route) => Promise<void>,
): Promise<void> {
  await page.unroute(PAYMENTS)
  await page.route(PAYMENTS, handler)
  await page.reload()
}

/** While the bank decides nobody says that nothing was charged; what ran out of time is explained. */
export async function whileBankDecides(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  await fillCart(page, shop.url, 6)
  await page.getByRole('button', { name: /^Оплатить / }).click()
  await page.waitForURL(/\/sandbox\/pay\//)
  await page.goto(`${shop.url}/store/orders`)
  await page.locator('main table tbody a').first().click()
  const cancel = page.getByRole('button', { name: 'Отменить заказ' })
  const another = page.getByText('Оплатить иначе')
  await cancel.waitFor()
  await another.waitFor()
  for (const status of ['processing', 'authorized']) {
    await reloadWith(page, attemptsAre({ status }, { page: false }))
    await page.getByText('Деньги спишутся не больше одного раза').waitFor()
    await step(page, 'paid', 'working').waitFor()
    const timer = page.getByRole('timer')
    for (const gone of [cancel, another, timer]) assert.equal(await gone.count(), 0, status)
  }
  const late = { status: 'canceled', failure_reason: 'expired_on_confirmation' }
  await reloadWith(page, attemptsAre(late, { page: false }))
  await page.getByRole('alert').getByText('Платёж не подтвердили вовремя').waitFor()
  await page.getByRole('alert').getByText('Ничего не списано').waitFor()
  await step(page, 'paid', 'failed').waitFor()
  await reloadWith(page, declinedAfterAnother)
  await page.getByRole('alert').getByText('в одной из прежних попыток, не платите снова').waitFor()
  assert.equal(await page.getByText('Ничего не списано').count(), 0)
  await cancel.waitFor()
  await context.close()
}

/** The cart cannot be shown: it is asked for again, or emptied by who wants that. A fault of the page claims nothing of money. */
export async function cartInTrouble(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  const unknown = `prd_${'9'.repeat(26)}`
  await page.goto(`${shop.url}/store/cart`)
  const keep = (id: string) =>
    page.evaluate(`localStorage.setItem('rialto.cart', JSON.stringify(['${id}']))`)
  await keep(unknown)
  await page.reload()
  await page.getByRole('alert').getByText('Такого товара нет').waitFor()
  await page.getByRole('button', { name: 'Очистить корзину' }).click()
  await page.getByRole('heading', { name: 'Корзина пуста' }).waitFor()
  await keep(`prd_${'6'.padStart(26, '0')}`)
  const busy = { code: 'kernel.rate_limited', status: 429, money: 'untouched' }
  await page.route(CART, (route) => route.fulfill({ status: 429, json: busy }))
  await page.reload()
  await page.getByRole('alert').getByText('Слишком много запросов').waitFor()
  await page.unroute(CART)
  await page.getByRole('button', { name: 'Попробовать снова' }).click()
  await page.locator('main li h2').waitFor()
  await page.route(CART, (route) => route.fulfill({ json: null }))
  await page.reload()
  const alert = page.getByRole('alert')
  await alert.getByText('Сбой только на этой странице').waitFor()
  await page.getByRole('link', { name: 'Магазин' }).waitFor()
  assert.equal(await alert.getByText('Ничего не списано').count(), 0)
  // The fault itself is told to the console, as it should be.
  assert.ok(shop.faults.splice(0).length > 0)
  await context.close()
}

/** The page shows a price that is over: its press is refused, the page shows today's, and the next press buys at that. */
export async function priceChanged(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  await page.route(CART, async (route) => {
    const response = await route.fetch()
    const product = (await response.json()) as Json & { price: Json }
    const price = { ...product.price, amount: 100 }
    await route.fulfill({ response, json: { ...product, price } })
  })
  await fillCart(page, shop.url, 7)
  const stale = page.getByRole('button', { name: /^Оплатить 1,00\s₽$/ })
  await stale.waitFor()
  await page.unroute(CART)
  await stale.click()
  await page.getByRole('alert').getByText('Цена изменилась').waitFor()
  await stale.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: /^Оплатить / }).click()
  await page.waitForURL(/\/sandbox\/pay\//)
  await context.close()
}

/** The platform has ended the session: its person is told so, and comes back to where they were. */
export async function sessionOver(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  const email = await register(page, shop.url)
  await page.evaluate(`{
    const kept = JSON.parse(localStorage.getItem('rialto.session'))
    const ended = { ...kept, expiresAtMs: 0, refreshToken: 'ended' }
    localStorage.setItem('rialto.session', JSON.stringify(ended))
  }`)
  // With what the address says of them: who comes from the provider's page must not pay again.
  const back = `${shop.url}/store/orders/ord_${'0'.repeat(26)}?returned=1`
  await page.goto(back)
  await page.getByText('Сеанс закончился').waitFor()
  await page.getByText('Вы вернётесь туда, где были').waitFor()
  await page.locator('[name=email]').fill(email)
  await page.locator('[name=password]').fill('a sandbox password only')
  await page.locator('form button[type=submit]').click()
  await page.waitForURL(back)
  await context.close()
}

/** What cannot be read for a moment is not told as missing, and what was read before stays in sight. */
export async function passingFailure(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  const busy = { code: 'kernel.rate_limited', status: 429, money: 'untouched' }
  const refuse = (route: Route) => route.fulfill({ status: 429, json: busy })
  const alert = page.getByRole('alert').getByText('Слишком много запросов')
  await page.route(CART, refuse)
  await page.goto(`${shop.url}/store/games/prd_${'6'.padStart(26, '0')}`)
  await alert.waitFor()
  assert.equal(await page.getByText('Такой игры нет').count(), 0)
  await page.unroute(CART)
  await page.goto(`${shop.url}/store`)
  await page.locator('article').first().waitFor()
  await page.route('**/api/v1/catalog/products?*', refuse)
  await page.clock.setFixedTime(systemClock.now() + HOUR)
  await page.evaluate(`dispatchEvent(new Event('visibilitychange'))`)
  await alert.waitFor()
  assert.ok((await page.locator('article').count()) > 0)
  await context.close()
}

/** A press without a network fails at once, and is not carried out when the network is back and nobody waits for it any more. */
export async function pressedOffline(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  await fillCart(page, shop.url, 6)
  const press = page.getByRole('button', { name: /^Оплатить / })
  await press.waitFor()
  await context.setOffline(true)
  await press.click()
  await page.getByRole('alert').getByText('Сервер не отвечает').waitFor()
  await context.setOffline(false)
  await page.getByText('На связи').first().waitFor()
  const elsewhere = await context.newPage()
  await elsewhere.goto(`${shop.url}/store/orders`)
  await elsewhere.getByText('Заказов пока нет').waitFor()
  await context.close()
}
