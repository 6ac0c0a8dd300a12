// The page on which the payer would pay. It takes no card but the magic ones, says that nothing is real, and leads back to the
// merchant as the provider's own page does. It works without a script; the one it has counts the time down.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { YooKassaControl } from '../control.ts'
import { OUTCOMES, type Outcome } from '../engine/desk.ts'
import type { Provider } from '../engine/provider.ts'
import { invalid } from '../errors.ts'
import { paymentOf } from '../payments.ts'
import type { PaymentRecord } from '../store.ts'
import { CODE, cardByKey, cardByNumber } from './page-cards.ts'
import { pageHtml, type View } from './page-html.ts'
import { SCRIPT, STYLE } from './page-look.ts'
import { type Hook, isHook, type Language, WORDS } from './page-words.ts'

const LATE_MS = 15_000
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/

interface Parts {
  readonly provider: Provider
  readonly control: YooKassaControl
}

/** What was asked with the address or the form; both are read alike. */
type Asked = URLSearchParams

const queryOf = (request: FastifyRequest): Asked =>
  new URLSearchParams(request.query as Record<string, string>)

function languageOf(request: FastifyRequest, payment: PaymentRecord, asked: Asked): Language {
  const chosen = asked.get('lang')
  if (chosen === 'ru' || chosen === 'en') return chosen
  const { locale } = payment.confirmation ?? {}
  if (locale !== undefined) return locale === 'en_US' ? 'en' : 'ru'
  const preferred = request.headers['accept-language'] ?? ''
  return /^en\b/i.test(preferred) ? 'en' : 'ru'
}

/** A form's redirect is held to `form-action` too, so the merchant's origin must be in it. */
function sendPage(reply: FastifyReply, view: View, status = 200): FastifyReply {
  const returnUrl = view.payment.confirmation?.returnUrl
  const origin = returnUrl === undefined ? '' : ` ${new URL(returnUrl).origin}`
  const policy = [
    `default-src 'none'; style-src 'self'; script-src 'self'`,
    `form-action 'self'${origin}; base-uri 'none'; frame-ancestors 'none'`,
  ]
  return reply
    .status(status)
    .header('content-security-policy', policy.join('; '))
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('x-content-type-options', 'nosniff')
    .type('text/html; charset=utf-8')
    .send(pageHtml(view))
}

/** What the next notification does is decided for all payments, so only whoever sits at this machine may. */
const mayDecideHooks = (request: FastifyRequest): boolean =>
  LOOPBACK.test(request.socket.remoteAddress ?? '')

/** Sets, or sends, what a button about the notification says. */
function pressHook({ control, provider }: Parts, paymentId: string, hook: Hook): void {
  if (hook === 'forged') {
    const object = { id: paymentId, status: 'succeeded', paid: true, test: true }
    control.forge({ event: 'payment.succeeded', object })
    return
  }
  provider.settle()
  control.setWebhooks({ mode: hook, copies: 2, delayMs: LATE_MS, times: 1 })
}

interface Pressed {
  /** Absent: nothing is decided yet. */
  readonly outcome?: Outcome
  readonly view?: Partial<View>
}

/** What the payer's form asks for. */
function pressed(form: Asked): Pressed {
  const by = form.get('by')
  if (by === 'card') {
    const card = cardByNumber(form.get('number') ?? '')
    if (card === undefined) return { view: { wrong: WORDS.refused } }
    return card.challenge ? { view: { challenge: card } } : { outcome: card.outcome }
  }
  if (by === 'code') {
    const card = cardByKey(form.get('card'))
    if (card === undefined) throw invalid('card', 'No such card')
    if (form.get('code') === CODE) return { outcome: card.outcome }
    return { view: { challenge: card, wrong: WORDS.wrongCode } }
  }
  const outcome = OUTCOMES.find((known) => known === form.get('outcome'))
  if (outcome === undefined) throw invalid('outcome', `Must be one of: ${OUTCOMES.join(', ')}`)
  return { outcome }
}

class PayerPage {
  readonly #parts: Parts
  /** Of the next notification, as the last button set it. */
  #hook: { readonly mode: Hook; readonly told: number } = { mode: 'normal', told: 0 }

  constructor(parts: Parts) {
    this.#parts = parts
  }

  #find(request: FastifyRequest): PaymentRecord {
    const { desk } = this.#parts.provider
    return paymentOf(desk, (request.params as { id: string }).id)
  }

  /** A behaviour set for one notification is over when one more was made. */
  #hookNow(): Hook {
    const made = this.#parts.control.notifications().length
    return this.#hook.told === made ? this.#hook.mode : 'normal'
  }

  #view(request: FastifyRequest, asked: Asked, more: Partial<View> = {}): View {
    const { provider } = this.#parts
    const payment = this.#find(request)
    return {
      payment,
      language: languageOf(request, payment, asked),
      now: provider.now(),
      address: provider.desk.pageUrl(payment.id),
      card: cardByKey(asked.get('card')),
      ...(mayDecideHooks(request) ? { hook: this.#hookNow() } : {}),
      ...more,
    }
  }

  show(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    this.#parts.provider.settle()
    return sendPage(reply, this.#view(request, queryOf(request)))
  }

  press(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { provider, control } = this.#parts
    provider.settle()
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    const payment = this.#find(request)
    const hook = form.get('hook')
    if (isHook(hook) && mayDecideHooks(request)) {
      pressHook(this.#parts, payment.id, hook)
      const isForged = hook === 'forged'
      if (!isForged) this.#hook = { mode: hook, told: control.notifications().length }
      const note = isForged ? { note: WORDS.forgedNow } : {}
      return sendPage(reply, this.#view(request, form, note))
    }
    const { outcome, view } = pressed(form)
    if (outcome === undefined) return sendPage(reply, this.#view(request, form, view))
    // Pressed twice, or from an old tab: the payment stays as it is and the payer sees how it is.
    if (payment.status === 'pending') control.pay(payment.id, { outcome })
    if (outcome === 'timeout_after_charge')
      return sendPage(reply, this.#view(request, form, { note: WORDS.unanswered }), 504)
    const returnUrl = payment.confirmation?.returnUrl
    return returnUrl === undefined
      ? sendPage(reply, this.#view(request, form))
      : reply.redirect(returnUrl, 303)
  }
}

export function registerPage(app: FastifyInstance, parts: Parts): void {
  const page = new PayerPage(parts)
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(body as string)),
  )
  app.get('/page.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE))
  app.get('/page.js', (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(SCRIPT),
  )
  app.get('/pay/:id', (request, reply) => page.show(request, reply))
  app.post('/pay/:id', (request, reply) => page.press(request, reply))
}
