// Buying in a browser, as a person does it: by card with 3-D Secure, by SBP, after a decline, and what is seen meanwhile elsewhere.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { linkAgain, refusedForm, signsOut, takesOut, withoutReceipt } from './people.ts'
import { Person } from './person.ts'
import { backFromProvider, lateMoney, startFails } from './returns.ts'
import { allDone, fillCart, openShop, payByCard, register, type Shop, step } from './shop.ts'
import {
  cartInTrouble,
  passingFailure,
  pressedOffline,
  priceChanged,
  sessionOver,
  whileBankDecides,
} from './troubles.ts'

const TIMEOUT_MS = 900_000
/** Longer than a browser and a server take to notice. */
const AWAY_MS = process.env.PROOF === 'full' ? 30_000 : 0

const pay = (page: Page) => page.getByRole('button', { name: /^(Оплатить|Pay) / }).click()

/** Titles of the mails that the sandbox keeps for an address. */
async function mailsTo(page: Page, { url }: Shop, email: string): Promise<string[]> {
  const box = await page.request.get(`${url}/mailbox`)
  const { origin } = new URL(box.url())
  const answer = await page.request.get(`${origin}/sandbox/mails?to=${encodeURIComponent(email)}`)
  const { items } = (await answer.json()) as { items: { subject: string }[] }
  return items.map(({ subject }) => subject)
}

/** Receipt and footer say what is played as long as the server says so, whoever may log in. */
async function saysWhatIsPlayed(page: Page): Promise<void> {
  const played = [/^Выдан учебной кассой/, /настоящие деньги не списываются/] as const
  for (const text of played) await page.getByText(text).waitFor()
  await page.addInitScript(`{
    const { prototype } = HTMLMetaElement
    const { get, ...rest } = Object.getOwnPropertyDescriptor(prototype, 'content')
    const untold = (text) => text.replace(/"(money|receipts)":true/g, '"$1":false')
    Object.defineProperty(prototype, 'content', {
      ...rest,
      get() {
        return untold(get.call(this))
      },
    })
  }`)
  await page.reload()
  await page.getByRole('img', { name: /QR-код чека: t=/ }).waitFor()
  await page.getByText('Демо-магазин').waitFor()
  await page.getByText('можно проверить в приложении налоговой службы').waitFor()
  for (const text of played) assert.equal(await page.getByText(text).count(), 0, String(text))
}

async function byCardWith3ds(shop: Shop, test: string): Promise<void> {
  const person = new Person()
  const context = await shop.visit()
  const page = await context.newPage()
  const email = await register(page, shop.url)
  const title = await fillCart(page, shop.url, 1)
  const [library] = [await context.newPage()]
  await library.goto(`${shop.url}/store/library`)
  await library.getByText('Ваша библиотека пуста').waitFor()
  await library.evaluate('window.kept = true')
  const isBought = person.asks('buy')
  await pay(page)
  await page.waitForURL(/\/sandbox\/pay\//)
  person.isSent('redirect')
  await payByCard(page, '3ds')
  const code = await page.locator('main strong').last().textContent()
  await page.locator('[name=code]').fill(code ?? '')
  person.does('pay')
  await page.locator('button[name=by][value=code]').click()
  await page.waitForURL(/\/store\/orders\/ord_/)
  const orderId = /ord_\w+/.exec(page.url())?.[0] ?? ''
  await allDone(page)
  isBought()
  // The other tab was not touched: the game came to it.
  const isThere = person.asks('library')
  await library.getByRole('heading', { name: title }).waitFor()
  isThere()
  assert.equal(await library.evaluate('window.kept'), true)
  assert.match((await library.getByTestId('announcer').textContent()) ?? '', /в вашей библиотеке/)
  await page.reload()
  await allDone(page)
  await page.getByRole('link', { name: 'Чек', exact: true }).click()
  for (const name of ['ФН', 'ФД', 'ФПД']) await page.getByText(new RegExp(`^${name},`)).waitFor()
  await page.getByRole('img', { name: /QR-код чека: t=/ }).waitFor()
  await saysWhatIsPlayed(page)
  const subjects = await mailsTo(page, shop, email)
  for (const subject of [/Заказ оплачен/, /Кассовый чек/])
    assert.ok(
      subjects.some((one) => subject.test(one)),
      subjects.join(', '),
    )
  await person.provesRun(shop.url, orderId, test)
  await context.close()
}

async function bySbp(shop: Shop): Promise<void> {
  const context = await shop.visit({ language: 'en', width: 390 })
  const page = await context.newPage()
  await register(page, shop.url)
  await fillCart(page, shop.url, 2)
  await page.getByText('SBP, by QR code').click()
  await pay(page)
  await page.waitForURL(/\/store\/orders\/ord_/)
  await page.getByRole('img', { name: 'QR code of the payment' }).waitFor()
  const [bank] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('link', { name: 'Open on this device' }).click(),
  ])
  await bank
    .locator('time[data-left]')
    .filter({ hasText: /^\d\d:\d\d$/ })
    .waitFor()
  await bank.locator('button[value=ok]').click()
  await bank.waitForURL(/\/store\/orders\/ord_/)
  await allDone(page)
  await context.close()
}

async function declinedThenPaid(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  const title = await fillCart(page, shop.url, 3)
  await pay(page)
  await payByCard(page, 'no_funds')
  await page.waitForURL(/\/store\/orders\/ord_/)
  await page.getByText('Оплата не прошла').waitFor()
  await page.getByText('На карте не хватает денег').waitFor()
  await step(page, 'paid', 'failed').waitFor()
  const elsewhere = await context.newPage()
  await elsewhere.goto(`${shop.url}/store`)
  await elsewhere.getByText('На связи').first().waitFor()
  await pay(page)
  await payByCard(page, 'ok')
  await page.waitForURL(/\/store\/orders\/ord_/)
  await allDone(page)
  const arrived = elsewhere.getByTestId('announcer').filter({ hasText: `«${title}» теперь` })
  await arrived.waitFor({ state: 'attached' })
  await page.getByRole('heading', { name: 'Попытки оплаты' }).waitFor()
  await context.close()
}

async function toldWell(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  await fillCart(page, shop.url, 4)
  await pay(page)
  await page.waitForURL(/\/sandbox\/pay\//)
  // The same game again, while the first order still waits for its payment.
  await fillCart(page, shop.url, 4)
  await pay(page)
  const alert = page.getByRole('alert')
  await alert.getByText('Эта игра уже в вашем неоплаченном заказе').waitFor()
  await alert.getByText('Ничего не списано').waitFor()
  await alert.getByText('orders.already_in_order').waitFor()
  await alert.getByRole('link', { name: 'К заказу' }).click()
  await page.getByRole('button', { name: 'Отменить заказ' }).click()
  const ended = 'Заказ отменён. Деньги за заказ не удерживаются.'
  await page.getByRole('main').getByText(ended).waitFor()
  await page.getByTestId('announcer').getByText(ended).waitFor({ state: 'attached' })
  await context.close()
}

/** Without a mouse: from the shop to the provider's page and back. */
async function byKeyboard(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  const reach = async (selector: string): Promise<void> => {
    const isThere = () =>
      page.evaluate<boolean>(
        `document.activeElement?.matches(${JSON.stringify(selector)}) === true`,
      )
    for (let presses = 0; presses < 80; presses++) {
      if (await isThere()) return
      await page.keyboard.press('Tab')
    }
    assert.fail(`the keyboard does not reach ${selector}`)
  }
  await page.goto(`${shop.url}/store`)
  await page.locator('article').first().waitFor()
  await reach('article a')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/store\/games\//)
  await page.getByRole('button', { name: 'Купить сейчас' }).waitFor()
  await reach('main button')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/store\/checkout/)
  await page.getByRole('button', { name: /^Оплатить / }).waitFor()
  await reach('button[type=submit]')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/sandbox\/pay\//)
  await reach('[data-card=ok]')
  await page.keyboard.press('Enter')
  await page.waitForURL(/card=ok/)
  await reach('button[name=by]')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/store\/orders\/ord_/)
  await allDone(page)
  await context.close()
}

/** Away from the network while an event happens: it is there when the network is back. */
async function offlineAndBack(shop: Shop): Promise<void> {
  const context = await shop.visit()
  const page = await context.newPage()
  await register(page, shop.url)
  const title = await fillCart(page, shop.url, 5)
  await pay(page)
  await page.waitForURL(/\/sandbox\/pay\//)
  const [id] = [page.url()]
  const library = await context.newPage()
  await library.goto(`${shop.url}/store/library`)
  await library.getByText('На связи').first().waitFor()
  await context.setOffline(true)
  await library.getByText('Восстанавливаем связь').first().waitFor()
  const paid = await fetch(id, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'outcome=ok',
  })
  assert.equal(paid.status, 303)
  await pause(AWAY_MS)
  await context.setOffline(false)
  await library.getByText('На связи').first().waitFor()
  await library.getByRole('heading', { name: title }).waitFor()
  await context.close()
}

const STORIES: readonly (readonly [string, (shop: Shop, test: string) => Promise<void>])[] = [
  ['by card with 3-D Secure – paid, receipt, library in another tab, mail', byCardWith3ds],
  ['by SBP on a phone, in English – the code, the bank, and the page notices', bySbp],
  ['declined, then another card – told why, and paid in the same order', declinedThenPaid],
  ['the same game twice – told what, where the money is and what to do', toldWell],
  [
    'while the bank decides, and after a time-out – nobody claims what is not known',
    whileBankDecides,
  ],
  [
    'back from the provider, before its word – where the order is, and nothing claimed',
    backFromProvider,
  ],
  ['a payment that cannot be started – told on the order’s page, and paid there', startFails],
  ['money that comes late – told that it goes back, with its receipts', lateMoney],
  [
    'a cart that cannot be shown – asked for again or emptied; a fault claims nothing',
    cartInTrouble,
  ],
  ['a price that changed meanwhile – told, shown anew, and bought at that', priceChanged],
  ['what cannot be read for a moment – is not told as missing', passingFailure],
  ['a press without a network – fails now, and is not carried out later', pressedOffline],
  ['a session that ended by itself – its person is told why, and comes back', sessionOver],
  ['signed out while the server does not answer – at once', signsOut],
  ['a button that goes with its press – said, and the keyboard goes on', takesOut],
  ['a form that is refused – says where, at the fields', refusedForm],
  ['a link of a mail that is not good any more – another is sent', linkAgain],
  ['in a currency without fiscal receipts – none is promised or waited for', withoutReceipt],
  ['by the keyboard alone – paid', byKeyboard],
  ['offline while the game arrives – it is there when the network is back', offlineAndBack],
]

test('the store – in a browser – sells', { timeout: TIMEOUT_MS }, async (t: TestContext) => {
  const shop = await openShop(t)
  if (shop === undefined) return
  for (const [name, story] of STORIES)
    await t.test(`buying – ${name}`, async (own) => {
      await story(shop, own.fullName)
      assert.deepEqual(shop.faults.splice(0), [])
    })
})
