// Good purchases, for the tests of the checker and of everything that reads its verdict. A run is listed causes first; ids of
// interactions are the ids of the messages they stand for, so that a plant can name them.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { deliver, tell } from './follow-up.ts'
import { Script } from './script.ts'

export interface PurchaseShape {
  /** Attempts that are declined before the one that succeeds. */
  readonly declined?: number
  readonly lines?: number
  /** The provider settles in the same request, without its page. */
  readonly direct?: boolean
  /** How the provider's last word comes: of a redirect by its webhook, directly by its answer, unless told otherwise. */
  readonly settledBy?: 'webhook' | 'read' | undefined
  /** Unless it is RUB, there is no fiscal receipt. */
  readonly currency?: string
  /** The order is never paid and expires. */
  readonly expires?: boolean
  /** Before that an attempt was begun, and the person did not come back. */
  readonly abandoned?: boolean
  /** The attempt comes before the background handler, and creates the payment itself. */
  readonly early?: boolean
  /** Recordings without payloads. */
  readonly bare?: boolean
  /** What other documents add. */
  readonly extras?: boolean
  readonly looks?: number
}

const PAY = 'POST /payments/transactions/initiate'
const ORDER = 'POST /orders/initiate'
const STATUS = 'payment.transaction.status.updated.v1'
const HOOK = 'POST /webhooks/:provider'

function placeOrder(s: Script, extras: boolean): void {
  s.call('P.02', ['ClientApp', 'APIGW', ORDER])
  s.call('P.03', ['APIGW', 'OrderSvc', ORDER], { parent: 'P.02' })
  s.call('P.04', ['OrderSvc', 'CatalogSvc', 'rpc GetProductPrice'], { parent: 'P.03' })
  s.reply('P.05', 'P.04', 'ok')
  s.step('P.06', ['OrderSvc', 'order:pending_payment'], 'P.03')
  s.publish('P.07', ['OrderSvc', 'order.payment.initiation.requested.v1'], { parent: 'P.03' })
  if (extras) s.publish('x.created', ['OrderSvc', 'order.created'], { parent: 'P.03' })
  s.reply('P.08', 'P.03', '201')
  s.reply('P.09', 'P.02', '201')
}

function createInBackground(s: Script, extras: boolean): void {
  s.consume('x.requested', 'PaymentSvc', 'P.07')
  s.step('payment', ['PaymentSvc', 'payment:created'], 'P.07')
  if (!extras) return
  s.publish('x.intent', ['PaymentSvc', 'payment.intent.created'], {
    parent: 'P.07',
    payload: { payment_intent_id: 'pay_1' },
  })
  s.consume('x.intent.heard', 'OrderSvc', 'x.intent')
  s.publish('x.pending', ['OrderSvc', 'order.payment_pending'], { parent: 'x.intent' })
}

interface Attempt {
  /** Appended to the ids of all attempts but the last. */
  readonly tag: string
  readonly payment: string
  readonly creates: boolean
  readonly state: 'pending_psp_redirect' | 'processing'
  readonly isLost?: boolean
}

function startAttempt(s: Script, { tag, payment, creates, state, isLost = false }: Attempt): void {
  const id = (base: string): string => `${base}${tag}`
  s.call(id('P.10'), ['ClientApp', 'APIGW', PAY])
  s.call(id('P.11'), ['APIGW', 'PaymentSvc', PAY], { parent: id('P.10') })
  if (creates) s.step(id('payment'), ['PaymentSvc', 'payment:created'], id('P.11'))
  s.step(id('P.12'), ['PaymentSvc', `payment:${state}`], id('P.11'))
  s.publish(id('x.started'), ['PaymentSvc', STATUS], {
    parent: id('P.11'),
    payload: { transaction_id: payment, new_status: state },
  })
  s.call(id('P.13'), ['PaymentSvc', 'PSP', 'POST /payments'], { parent: id('P.11') })
  // A lost answer is what the other two ways of a direct payment are for.
  s.reply(id(isLost ? 'lost.answer' : 'P.14'), id('P.13'), isLost ? 'timeout' : '200')
}

function finishAttempt(s: Script, tag: string): void {
  s.reply(`P.15${tag}`, `P.11${tag}`, '201')
  s.reply(`P.16${tag}`, `P.10${tag}`, '201')
}

function decline(s: Script, { tag, payment }: Attempt): void {
  const hook = s.call(`declined.webhook${tag}`, ['PSP', 'PaymentSvc', HOOK])
  s.step(`declined.step${tag}`, ['PaymentSvc', 'payment:canceled'], hook)
  s.publish(`declined.publish${tag}`, ['PaymentSvc', STATUS], {
    parent: hook,
    payload: { transaction_id: payment, new_status: 'canceled' },
  })
  const event = s.publish(`refused.publish${tag}`, ['PaymentSvc', 'payment.failed'], {
    parent: hook,
    payload: { payment_intent_id: payment },
  })
  tell(
    s,
    event,
    ['heard', 'queued', 'sent', 'told'].map((id) => `refused.${id}${tag}`),
  )
}

interface Paying {
  readonly payment: string
  readonly extras: boolean
  readonly shape: PurchaseShape
}

const completed = ({ payment, shape }: Paying) => ({
  transaction_id: payment,
  new_status: 'completed',
  currency: shape.currency ?? 'RUB',
})

/** No word came: the reconciler asks. */
function readAgain(s: Script, at: string, paying: Paying): string {
  const read = s.call(`${at}.read`, ['PaymentSvc', 'PSP', 'GET /payments/:id'])
  s.reply(`${at}.answer`, read, '200')
  s.step(`${at}.step`, ['PaymentSvc', 'payment:completed'], read)
  const payload = completed(paying)
  return s.publish(`${at}.publish`, ['PaymentSvc', STATUS], { parent: read, payload })
}

function payByRedirect(s: Script, paying: Paying): string {
  if (paying.shape.settledBy === 'read') return readAgain(s, 'read', paying)
  s.call('P.52', ['PSP', 'PaymentSvc', HOOK])
  s.reply('x.hook.reply', 'P.52', '200')
  s.call('x.read', ['PaymentSvc', 'PSP', 'GET /payments/:id'], { parent: 'P.52' })
  s.reply('x.read.reply', 'x.read', '200')
  s.step('P.19', ['PaymentSvc', 'payment:completed'], 'P.52')
  const event = s.publish('P.20', ['PaymentSvc', STATUS], {
    parent: 'P.52',
    payload: completed(paying),
  })
  if (paying.extras) {
    s.publish('x.completed', ['PaymentSvc', 'payment.completed'], { parent: 'P.52' })
    s.call('x.hook.again', ['PSP', 'PaymentSvc', HOOK])
    s.reply('x.hook.again.reply', 'x.hook.again', '200')
  }
  return event
}

function payDirectly(s: Script, paying: Paying): string {
  const payload = completed(paying)
  if (paying.shape.settledBy === 'read') return readAgain(s, 'direct', paying)
  if (paying.shape.settledBy === 'webhook') {
    const hook = s.call('hook.call', ['PSP', 'PaymentSvc', HOOK])
    s.step('hook.step', ['PaymentSvc', 'payment:completed'], hook)
    return s.publish('hook.publish', ['PaymentSvc', STATUS], { parent: hook, payload })
  }
  s.step('P.21', ['PaymentSvc', 'payment:completed'], 'P.11')
  return s.publish('P.22', ['PaymentSvc', STATUS], { parent: 'P.11', payload })
}

/** The order's end also ends a payment that still waits. */
function expire(s: Script, payment: string): void {
  s.step('unpaid.step', ['OrderSvc', 'order:expired'])
  s.publish('unpaid.publish', ['OrderSvc', 'order.expired'], {})
  s.consume('unpaid.payment', 'PaymentSvc', 'unpaid.publish')
  tell(s, 'unpaid.publish', ['unpaid.heard', 'unpaid.queued', 'unpaid.sent', 'unpaid.told'])
  s.step('x.voided.step', ['PaymentSvc', 'payment:canceled'], 'unpaid.publish')
  s.publish('x.voided', ['PaymentSvc', STATUS], {
    parent: 'unpaid.publish',
    payload: { transaction_id: payment, new_status: 'canceled' },
  })
}

function look(s: Script, tag: string): void {
  s.call(`P.47${tag}`, ['ClientApp', 'APIGW', 'GET /library/items'])
  s.call(`P.48${tag}`, ['APIGW', 'LibrarySvc', 'GET /library/items'], { parent: `P.47${tag}` })
  s.reply(`P.49${tag}`, `P.48${tag}`, '200')
  s.reply(`P.50${tag}`, `P.47${tag}`, '200')
}

/** A purchase that went as drawn. */
export function goodPurchase(shape: PurchaseShape = {}): Interaction[] {
  const { declined = 0, lines = 1, extras = true, looks = 1 } = shape
  const s = new Script(shape.bare ?? false)
  placeOrder(s, extras)
  // Without any attempt it is always the background handler that creates the payment.
  const tries = declined > 0 || shape.expires !== true || shape.abandoned === true
  const early = shape.early === true && tries
  if (!early) createInBackground(s, extras)
  for (let n = 0; n < declined; n++) {
    const creates = n > 0 || early
    const tag = `@${n + 1}`
    const attempt: Attempt = {
      tag,
      payment: `pay_${n + 1}`,
      creates,
      state: 'pending_psp_redirect',
    }
    startAttempt(s, attempt)
    finishAttempt(s, tag)
    decline(s, attempt)
  }
  const payment = `pay_${declined + 1}`
  const creates = declined > 0 || early
  const last = { tag: '', payment, creates }
  if (shape.expires === true) {
    if (shape.abandoned === true) {
      startAttempt(s, { ...last, state: 'pending_psp_redirect' })
      finishAttempt(s, '')
    }
    expire(s, payment)
    return s.run
  }
  const direct = shape.direct === true
  const isLost = direct && shape.settledBy !== undefined
  startAttempt(s, { ...last, state: direct ? 'processing' : 'pending_psp_redirect', isLost })
  const paying: Paying = { payment, extras, shape }
  const paidAtOnce = direct && !isLost ? payDirectly(s, paying) : undefined
  finishAttempt(s, '')
  const paid = paidAtOnce ?? (direct ? payDirectly(s, paying) : payByRedirect(s, paying))
  deliver(s, paid, { lines, extras, hasReceipt: completed(paying).currency === 'RUB' })
  for (let n = 0; n < looks; n++) look(s, n === 0 ? '' : `@${n}`)
  return s.run
}
