// The page in HTML: which form is shown follows from how the payment is to be made and how far it is.

import { fromDecimal, type Money, toDecimal } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import QRCode from 'qrcode'
import { amountText } from '../input/amount.ts'
import type { PaymentRecord } from '../store.ts'
import { CODE, CVC, EXPIRY, grouped, MAGIC_CARDS, type MagicCard } from './page-cards.ts'
import { HOOKS, type Hook, type Label, type Language, STATUS, say, WORDS } from './page-words.ts'

export interface View {
  readonly payment: PaymentRecord
  readonly language: Language
  /** The provider's own time. */
  readonly now: number
  /** What the QR code says. */
  readonly address: string
  /** The magic card that fills the form. */
  readonly card?: MagicCard | undefined
  /** The bank's check of this card is under way. */
  readonly challenge?: MagicCard | undefined
  readonly wrong?: Label | undefined
  readonly note?: Label | undefined
  /** What happens to the next notification; absent where the reader may not decide it. */
  readonly hook?: Hook | undefined
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)

const TAGS: Readonly<Record<Language, string>> = { ru: 'ru-RU', en: 'en-GB' }

function sumText({ amountMinor, currency }: PaymentRecord, language: Language): string {
  const sum: Money = fromDecimal(amountText(amountMinor), currency)
  const style = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const
  return new Intl.NumberFormat(TAGS[language], style).format(toDecimal(sum) as `${number}`)
}

function cardForm({ payment, language, card, wrong }: View): string {
  const word = (label: Label): string => say(language, label)
  const magic = MAGIC_CARDS.map(
    ({ key, label }) =>
      `<a class="button" data-card="${key}" href="?card=${key}&amp;lang=${language}"${key === card?.key ? ' aria-current="true"' : ''}>${word(label)}</a>`,
  )
  const filled = card === undefined ? ['', '', ''] : [grouped(card.number), EXPIRY, CVC]
  const problem = wrong === undefined ? '' : `<p class="wrong" role="alert">${word(wrong)}</p>`
  return `<section><h2>${word(WORDS.card)}</h2>
<p class="soft">${word(WORDS.magic)}</p><div class="row">${magic.join('')}</div>
<form method="post" autocomplete="off"><input type="hidden" name="lang" value="${language}"><p></p>${problem}
<label>${word(WORDS.number)}<input name="number" inputmode="numeric" required value="${filled[0]}"></label>
<div class="pair"><label>${word(WORDS.expiry)}<input name="expiry" inputmode="numeric" required value="${filled[1]}"></label>
<label>${word(WORDS.code)}<input name="cvc" inputmode="numeric" required value="${filled[2]}"></label></div>
<button class="main" name="by" value="card">${word(WORDS.pay)} ${sumText(payment, language)}</button></form></section>`
}

function challengeForm({ language, challenge, wrong }: View): string {
  const word = (label: Label): string => say(language, label)
  const problem = wrong === undefined ? '' : `<p class="wrong" role="alert">${word(wrong)}</p>`
  return `<section><h2>${word(WORDS.challenge)}</h2>
<p>${word(WORDS.sms)}: <strong>${CODE}</strong></p>
<form method="post" autocomplete="off"><input type="hidden" name="lang" value="${language}"><input type="hidden" name="card" value="${challenge?.key}">${problem}
<label>${word(WORDS.smsCode)}<input name="code" inputmode="numeric" autocomplete="one-time-code"></label>
<div class="row"><button class="main" name="by" value="code">${word(WORDS.confirm)}</button>
<button name="outcome" value="3ds_failed">${word(WORDS.giveUp)}</button></div></form></section>`
}

function qrSvg(text: string, label: string): string {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' })
  let path = ''
  for (let row = 0; row < modules.size; row++)
    for (let column = 0; column < modules.size; column++)
      if (modules.get(row, column) === 1) path += `M${column} ${row}h1v1h-1z`
  const box = modules.size + 8
  return `<svg class="code" viewBox="-4 -4 ${box} ${box}" role="img" aria-label="${label}" shape-rendering="crispEdges">
<rect x="-4" y="-4" width="${box}" height="${box}" fill="#fff"/><path d="${path}" fill="#000"/></svg>`
}

function sbpForm({ language, payment, now, address }: View): string {
  const word = (label: Label): string => say(language, label)
  const until = isoInstant(payment.windowEndsAt)
  return `<section><h2>${word(WORDS.sbp)}</h2>${qrSvg(address, word(WORDS.qr))}
<p>${word(WORDS.left)}: <strong><time datetime="${until}" data-left="${payment.windowEndsAt - now}">${until}</time></strong></p>
<p class="soft">${word(WORDS.scan)}</p>
<form method="post"><input type="hidden" name="lang" value="${language}"><div class="row">
<button class="main" name="outcome" value="ok">${word(WORDS.inBank)}</button>
<button name="outcome" value="decline">${word(WORDS.refuse)}</button></div></form></section>`
}

function quickForm({ language }: View): string {
  const button = (outcome: string, label: Label): string =>
    `<button name="outcome" value="${outcome}">${say(language, label)}</button>`
  return `<section><details><summary>${say(language, WORDS.quick)}</summary><form method="post"><input type="hidden" name="lang" value="${language}"><div class="row">
${button('ok', WORDS.pay)}${button('decline', WORDS.decline)}${button('no_funds', WORDS.noFunds)}</div></form></details></section>`
}

function hookForm({ language, hook }: View): string {
  if (hook === undefined) return ''
  const buttons = Object.entries(HOOKS)
    .filter(([key]) => key !== 'normal')
    .map(([key, label]) => `<button name="hook" value="${key}">${say(language, label)}</button>`)
  return `<section><h2>${say(language, WORDS.hooks)}</h2>
<p class="soft" role="status">${say(language, WORDS.hooksNow)}: <strong>${say(language, HOOKS[hook])}</strong></p>
<form method="post"><input type="hidden" name="lang" value="${language}"><div class="row">${buttons.join('')}</div></form></section>`
}

function bodyHtml(view: View): string {
  const { payment, language } = view
  if (payment.status === 'pending') {
    if (view.challenge !== undefined) return challengeForm(view)
    const form = payment.methodType === 'sbp' ? sbpForm(view) : cardForm(view) + quickForm(view)
    return form + hookForm(view)
  }
  const returnUrl = payment.confirmation?.returnUrl
  if (returnUrl === undefined) return `<p>${say(language, WORDS.close)}</p>`
  return `<p><a class="button" href="${escapeHtml(returnUrl)}">${say(language, WORDS.back)}</a></p>`
}

export function pageHtml(view: View): string {
  const { payment, language, note } = view
  const other = language === 'ru' ? 'en' : 'ru'
  const title = say(language, WORDS.title)
  const told =
    note === undefined ? '' : `<p role="status"><strong>${say(language, note)}</strong></p>`
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="stylesheet" href="/sandbox/page.css"><script type="module" src="/sandbox/page.js"></script></head>
<body><header><p class="simulated" role="note">СИМУЛЯЦИЯ: деньги не списываются / <span lang="en">SIMULATED: no money moves</span></p>
<p class="language"><a href="?lang=${other}" lang="${other}" hreflang="${other}">${other === 'ru' ? 'Русский' : 'English'}</a></p></header>
<main><h1>${title}</h1>
<p class="sum">${sumText(payment, language)}</p>
<p>${escapeHtml(payment.description ?? '')}</p>
<p>${say(language, WORDS.status)}: <strong>${say(language, STATUS[payment.status])}</strong></p>
${told}${bodyHtml(view)}
</main></body></html>`
}
