// What a person meets who opens an account, whose link is not good any more, or who lives where no receipt is made.

import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { fillCart, payByCard, register, type Shop, step } from './shop.ts'

/** Marked for the eye and for a screen reader, with what is wrong said beside it. */
async function isMarked(page: Page, name: string): Promise<void> {
  const field = page.locator(`[name=${name}][aria-invalid=true]`)
  await field.waitFor()
  const said = (await field.getAttribute('aria-describedby')) ?? ''
  const texts = await page
    .locator(
      said
        .split(' ')
        .map((id) => `[id="${id}"]`)
        .join(),
    )
    .allTextContents()
  assert.ok(texts.includes('This is not accepted. Correct it.'), texts.join())
}

const hasFocus = (page: Page, name: string) => page.locator(`[name=${name}]:focus`).waitFor()

/** What the platform refuses of a form stands at the fields, in the words of who fills it in. */
export async function refusedForm(shop: Shop): Promise<void> {
  const context = await shop.visit({ language: 'en' })
  const page = await context.newPage()
  await page.goto(`${shop.url}/store/register`)
  const send = () => page.locator('form button[type=submit]').click()
  await page.locator('[name=display_name]').fill('Anna')
  await page.locator('[name=email]').fill(`${crypto.randomUUID()}@demo.rialto.example`)
  await page.locator('[name=password]').fill('Password123')
  await send()
  await page.getByRole('alert').getByText('Use at least 10 characters').waitFor()
  await isMarked(page, 'password')
  await hasFocus(page, 'password')
  const errors = ['/display_name', '/email'].map((pointer) => ({ pointer, detail: 'No' }))
  const refusal = { code: 'kernel.invalid_input', status: 400, money: 'untouched', errors }
  await page.route('**/api/v1/users/register', (route) =>
    route.fulfill({ status: 400, json: refusal }),
  )
  await send()
  await page.getByRole('alert').getByText('Correct the marked fields').waitFor()
  for (const name of ['display_name', 'email']) await isMarked(page, name)
  await hasFocus(page, 'display_name')
  assert.equal(await page.locator('[name=password][aria-invalid=true]').count(), 0)
  await page.unroute('**/api/v1/users/register')
  await page.locator('[name=password]').fill('a sandbox password only')
  await send()
  await page.waitForURL(/\/store\/?$/)
  await context.close()
}

/** The link of the mail is not good any more: a new one is mailed to whoever signs in. */
export async function linkAgain(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  const email = await register(page, shop.url)
  await page.getByRole('button', { name: 'Учётная запись' }).click()
  await page.getByRole('menuitem', { name: 'Выйти' }).click()
  await page.goto(`${shop.url}/store/verify-email?token=none`)
  await page.getByRole('alert').waitFor()
  await page.getByRole('link', { name: 'Войти, чтобы получить новую ссылку' }).click()
  await page.locator('[name=email]').fill(email)
  await page.locator('[name=password]').fill('a sandbox password only')
  await page.locator('form button[type=submit]').click()
  await page.waitForURL(/\/store\/verify-email$/)
  const isAsked = page.waitForResponse('**/api/v1/users/email/verification')
  await page.getByText(`Новая ссылка придёт на ${email}`).waitFor()
  await page.getByRole('button', { name: 'Прислать новую ссылку' }).click()
  assert.equal((await isAsked).status(), 202)
  await page.getByText('Новая ссылка для подтверждения адреса отправлена').waitFor()
  await context.close()
}

/** Without a mouse: what is pressed goes away with its press, and the keyboard goes on from the content. */
export async function takesOut(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  const said = (text: string) =>
    page.getByTestId('announcer').filter({ hasText: text }).waitFor({ state: 'attached' })
  const focused = page.locator('#content:focus')
  await page.goto(`${shop.url}/store/games/prd_${'6'.padStart(26, '0')}`)
  await page.getByRole('button', { name: 'В корзину' }).press('Enter')
  await said('в корзине')
  await focused.waitFor()
  await page.goto(`${shop.url}/store/cart`)
  await page.getByRole('button', { name: /^Убрать/ }).press('Enter')
  await said('больше не в корзине')
  await focused.waitFor()
  await context.close()
}

/** Signs out while the server does not answer: here it is done at once, and the next person finds nothing of theirs. */
export async function signsOut(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  await fillCart(page, shop.url, 6)
  await page.route('**/api/v1/users/logout', () => undefined)
  const told = page.waitForRequest('**/api/v1/users/logout')
  await page.getByRole('button', { name: 'Учётная запись' }).click()
  await page.getByRole('menuitem', { name: 'Выйти' }).click()
  await page.getByRole('link', { name: 'Войти' }).waitFor()
  assert.match((await told).headers().authorization ?? '', /^Bearer ./)
  assert.equal(await page.evaluate(`localStorage.getItem('rialto.session')`), null)
  assert.equal(await page.evaluate(`localStorage.getItem('rialto.cart')`), '[]')
  await context.close()
}

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
