// What a person meets who lives where no receipt is made.

import assert from 'node:assert/strict'
import { fillCart, payByCard, register, type Shop, step } from './shop.ts'

/** Where no fiscal receipt is made, none is promised and none is waited for. */
export async function withoutReceipt(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await page.goto(`${shop.url}/store/games/prd_${'14'.padStart(26, '0')}`)
  const promise = page.getByText('Кассовый чек')
  await promise.waitFor()
  await register(page, shop.url, 'KZ')
  await page.goto(`${shop.url}/store/games/prd_${'14'.padStart(26, '0')}`)
  await page.getByText('Игра сама появляется').waitFor()
  assert.equal(await promise.count(), 0)
  await fillCart(page, shop.url, 14)
  await page.getByText('Подтверждение придёт на адрес').waitFor()
  assert.equal(await promise.count(), 0)
  await page.getByRole('button', { name: /^Оплатить / }).click()
  await payByCard(page, 'ok')
  await page.waitForURL(/\/store\/orders\/ord_/)
  for (const name of ['paid', 'library', 'mail']) await step(page, name, 'done').waitFor()
  assert.equal(await page.locator('[data-step]').count(), 3)
  assert.equal(await page.getByRole('link', { name: 'Чек', exact: true }).count(), 0)
  const { origin, pathname } = new URL(page.url())
  await page.goto(`${origin}${pathname}/receipt`)
  await page.getByText('У этого заказа нет кассового чека').waitFor()
  await context.close()
}
