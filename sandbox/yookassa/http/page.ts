// The page on which the payer would pay. It asks for no card, says in both languages that nothing is real, and leads back
// to the merchant as the provider's own page does.

import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { YooKassaControl } from '../control.ts'
import { OUTCOMES, type Outcome } from '../engine/desk.ts'
import type { Provider } from '../engine/provider.ts'
import { invalid } from '../errors.ts'
import { amountText } from '../input/amount.ts'
import { paymentOf } from '../payments.ts'
import type { PaymentRecord } from '../store.ts'

const STYLE = `
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif }
body { max-width: 32rem; margin: 2rem auto; padding: 0 1rem }
.simulated { border: .25rem dashed; padding: .5rem 1rem; font-weight: 700 }
.sum { font-size: 2rem }
button { font: inherit; min-height: 3rem; padding: 0 1.5rem; margin: 0 .5rem .5rem 0 }
`
const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)

/** A label in the language of the page, the other one beside it, marked as what it is. */
type Label = readonly [ru: string, en: string]

const STATUS: Readonly<Record<PaymentRecord['status'], Label>> = {
  pending: ['Ждёт оплаты', 'Waiting for payment'],
  waiting_for_capture: ['Оплачен, ждёт подтверждения магазина', 'Paid, waiting for the shop'],
  succeeded: ['Оплачен', 'Paid'],
  canceled: ['Отменён', 'Canceled'],
}

const BUTTONS: readonly (readonly [Outcome, Label])[] = [
  ['ok', ['Оплатить', 'Pay']],
  ['decline', ['Отказ банка', 'Decline']],
  ['no_funds', ['Недостаточно средств', 'Insufficient funds']],
]

type Language = 'ru' | 'en'

const languageOf = (payment: PaymentRecord): Language =>
  payment.confirmation?.locale === 'en_US' ? 'en' : 'ru'

function both(language: Language, [ru, en]: Label): string {
  return language === 'ru'
    ? `${ru} / <span lang="en">${en}</span>`
    : `${en} / <span lang="ru">${ru}</span>`
}

function formHtml(language: Language): string {
  const buttons = BUTTONS.map(
    ([outcome, label]) =>
      `<button type="submit" name="outcome" value="${outcome}">${both(language, label)}</button>`,
  )
  return `<form method="post">${buttons.join('')}</form>`
}

function pageHtml(payment: PaymentRecord): string {
  const language = languageOf(payment)
  const label = (ru: string, en: string): string => both(language, [ru, en])
  const returnUrl = payment.confirmation?.returnUrl
  const back =
    returnUrl === undefined
      ? ''
      : `<p><a href="${escapeHtml(returnUrl)}">${label('Вернуться в магазин', 'Back to the shop')}</a></p>`
  const title = language === 'ru' ? 'Тестовая оплата' : 'Simulated payment'
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${STYLE}</style></head>
<body><main>
<p class="simulated" role="note">${label('СИМУЛЯЦИЯ: деньги не списываются', 'SIMULATED: no money moves')}</p>
<h1>${title}</h1>
<p class="sum">${amountText(payment.amountMinor)} ${payment.currency}</p>
<p>${escapeHtml(payment.description ?? '')}</p>
<p>${label('Состояние', 'Status')}: <strong>${both(language, STATUS[payment.status])}</strong></p>
${payment.status === 'pending' ? formHtml(language) : back}
</main></body></html>`
}

/** A form's redirect is held to `form-action` too, so the merchant's origin must be in it. */
function sendPage(reply: FastifyReply, payment: PaymentRecord, status = 200): FastifyReply {
  const returnUrl = payment.confirmation?.returnUrl
  const origin = returnUrl === undefined ? '' : ` ${new URL(returnUrl).origin}`
  const policy = [
    `default-src 'none'; style-src ${STYLE_HASH}`,
    `form-action 'self'${origin}; base-uri 'none'; frame-ancestors 'none'`,
  ]
  return reply
    .status(status)
    .header('content-security-policy', policy.join('; '))
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('x-content-type-options', 'nosniff')
    .type('text/html; charset=utf-8')
    .send(pageHtml(payment))
}

const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id

export function registerPage(
  app: FastifyInstance,
  parts: { readonly provider: Provider; readonly control: YooKassaControl },
): void {
  const { provider, control } = parts
  const find = (request: FastifyRequest): PaymentRecord => paymentOf(provider.desk, idOf(request))
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(body as string)),
  )
  app.get('/pay/:id', (request, reply) => {
    provider.settle()
    return sendPage(reply, find(request))
  })
  app.post('/pay/:id', (request, reply) => {
    provider.settle()
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    const outcome = OUTCOMES.find((known) => known === form.get('outcome'))
    if (outcome === undefined) throw invalid('outcome', `Must be one of: ${OUTCOMES.join(', ')}`)
    // Pressed twice, or from an old tab: the payment stays as it is and the payer sees how it is.
    if (find(request).status === 'pending') control.pay(idOf(request), { outcome })
    const payment = find(request)
    if (outcome === 'timeout_after_charge') return sendPage(reply, payment, 504)
    const returnUrl = payment.confirmation?.returnUrl
    return returnUrl === undefined ? sendPage(reply, payment) : reply.redirect(returnUrl, 303)
  })
}
