// What a buyer finds who comes back from the provider's page, or never got there, or whose money came too late.

import assert from 'node:assert/strict'
import type { Page, Request } from 'playwright-core'
import { fillCart, payByCard, register, type Shop, step } from './shop.ts'
import { attemptsAre, PAYMENTS, reloadWith } from './troubles.ts'

const PROVIDER = '**/sandbox/pay/**'
const START = '**/api/v1/payments/transactions/initiate'

const pay = (page: Page) => page.getByRole('button', { name: /^Оплатить / }).click()
const atProvider = (page: Page) => page.waitForURL(/\/sandbox\/pay\//)

/** Back by the browser's button, then by the provider's link, which comes before its webhook. */
export async function backFromProvider(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  await fillCart(page, shop.url, 11)
  const isStarted = page.waitForRequest(START)
  await pay(page)
  const started: Request = await isStarted
  await atProvider(page)
  await page.goBack()
  await page.waitForURL(/\/store\/orders\/ord_/)
  await page.getByText('Ваш платёж ждёт на странице платёжной системы').waitFor()
  await page.getByRole('link', { name: 'Корзина' }).click()
  await page.getByText('Один ваш заказ ждёт оплаты').waitFor()
  await page.getByRole('main').getByRole('link', { name: 'К заказу' }).click()
  await page.waitForURL(/\/store\/orders\/ord_/)
  const { success_url: back } = started.postDataJSON() as { success_url: string }
  await page.goto(back)
  await page.getByText('Если вы заплатили, подождите и не платите снова').waitFor()
  await page.getByRole('button', { name: 'Отменить заказ' }).waitFor()
  await page.getByText('Если деньги за этот заказ всё же придут').waitFor()
  assert.equal(await page.getByText('Ничего не списано').count(), 0)
  await context.close()
}

/** The order is placed and its payment cannot be started: nothing is kept back, and it is paid where that is told. */
export async function startFails(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  await fillCart(page, shop.url, 12)
  const down = { code: 'payments.provider_unavailable', status: 504, money: 'checking' }
  await page.route(START, (route) =>
    route.fulfill({ status: 504, json: { ...down, trace_id: 'a'.repeat(32) } }),
  )
  await pay(page)
  await page.waitForURL(/\/store\/orders\/ord_/)
  const alert = page.getByRole('alert')
  await alert.getByText('Платёжная система не отвечает').waitFor()
  for (const text of [down.code, 'a'.repeat(32)]) await alert.getByText(text).waitFor()
  await page.unroute(START)
  // The provider's page is never shown, as if the buyer came back to the page as it was left.
  await page.route(PROVIDER, (route) => route.fulfill({ status: 204 }))
  await page.route(PAYMENTS, (route) => route.fulfill({ json: { items: [] } }))
  const isLeaving = page.waitForRequest(PROVIDER)
  await pay(page)
  await isLeaving
  assert.equal(await alert.count(), 0)
  const held = page.locator('button[type=submit][data-loading]')
  await held.waitFor({ state: 'attached' })
  await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`)
  await held.waitFor({ state: 'detached' })
  for (const address of [PROVIDER, PAYMENTS]) await page.unroute(address)
  await page.reload()
  await page.getByRole('link', { name: 'На страницу оплаты' }).click()
  await payByCard(page, 'ok')
  await page.waitForURL(/\/store\/orders\/ord_/)
  await step(page, 'paid', 'done').waitFor()
  await context.close()
}

export async function lateMoney(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  await fillCart(page, shop.url, 13)
  await pay(page)
  await atProvider(page)
  await page.goBack()
  await page.getByRole('button', { name: 'Отменить заказ' }).click()
  const keptNothing = page
    .getByRole('main')
    .getByText('Заказ отменён. Деньги за заказ не удерживаются.')
  await keptNothing.waitFor()
  for (const [status, said] of [
    ['completed', 'пришли с опозданием. Мы занимаемся их возвратом'],
    ['refunded', 'пришли с опозданием и возвращены'],
  ] as const) {
    await reloadWith(page, attemptsAre({ status, late: true }, { page: false }))
    await page.getByText(said).waitFor()
    assert.equal(await keptNothing.count(), 0)
    await page.getByRole('heading', { name: 'Попытки оплаты' }).waitFor()
    await page.getByRole('link', { name: 'Чек', exact: true }).waitFor()
  }
  await context.close()
}
