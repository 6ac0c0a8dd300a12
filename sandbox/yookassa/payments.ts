// Payments: pending → waiting_for_capture → succeeded, or → canceled. Final states stay final; a step may be skipped, never
// reversed. Every function here reads the books and answers a decision; the caller commits it.

import { DAY, HOUR, isoInstant } from '@rialto/kernel/pure/time.ts'
import { fieldsOf, optional } from '../input/fields.ts'
import type { ChargePlan, Decision, Desk, Outcome } from './engine/desk.ts'
import { invalid, notFound } from './errors.ts'
import { amountObject, amountOf } from './input/amount.ts'
import { checkMethod, type PaymentRequest, paymentRequestOf } from './input/payment-request.ts'
import { checkReceipt } from './input/receipt.ts'
import type {
  Cancellation,
  Change,
  Confirmation,
  JsonObject,
  MethodRecord,
  MethodType,
  PaymentRecord,
} from './store.ts'

const PAYMENT_WINDOW_MS = HOUR
const HOLD_MS = 7 * DAY
/** The provider keeps 3.5 %; `income_amount` is what is left. */
const FEE_PER_MILLE = 35n

const incomeMinor = (minor: number): number =>
  minor - Number((BigInt(minor) * FEE_PER_MILLE + 500n) / 1000n)

export function paymentOf(desk: Desk, id: string): PaymentRecord {
  const payment = desk.books.payments.get(id)
  if (payment === undefined) throw notFound('payment_id', `Payment ${id} does not exist`)
  return payment
}

function confirmationObject(desk: Desk, id: string, confirmation: Confirmation): JsonObject {
  const { type, returnUrl, locale, enforce } = confirmation
  if (type === 'qr') return { type, confirmation_data: desk.pageUrl(id) }
  return { type, confirmation_url: desk.pageUrl(id), return_url: returnUrl, locale, enforce }
}

const RECEIPT_STATUS = {
  pending: 'pending',
  waiting_for_capture: 'pending',
  succeeded: 'succeeded',
  canceled: 'canceled',
} as const

function outcomeFields(p: PaymentRecord): JsonObject {
  const captured = p.status === 'succeeded'
  return {
    income_amount: captured ? amountObject(incomeMinor(p.capturedMinor), p.currency) : undefined,
    refunded_amount: captured ? amountObject(p.refundedMinor, p.currency) : undefined,
    captured_at: optional(p.capturedAt, (at) => isoInstant(at as number)),
    expires_at:
      p.status === 'waiting_for_capture' ? isoInstant(p.holdEndsAt ?? p.createdAt) : undefined,
    authorization_details: p.authorization && {
      rrn: p.authorization.rrn,
      auth_code: p.authorization.authCode,
      three_d_secure: { applied: p.confirmation !== undefined },
    },
    cancellation_details: p.cancellation,
    receipt_registration: p.withReceipt ? RECEIPT_STATUS[p.status] : undefined,
  }
}

function methodObject(p: PaymentRecord): JsonObject | undefined {
  if (p.method === undefined)
    return p.methodType && { type: p.methodType, id: p.id, saved: false, status: 'inactive' }
  const { type, id, saved, title, details } = p.method
  return { type, id, saved, status: saved ? 'active' : 'inactive', title, ...details }
}

/** The payment as the wire shows it. After a partial capture `amount` is what was captured. */
export function paymentObject(desk: Desk, p: PaymentRecord): JsonObject {
  const captured = p.status === 'succeeded'
  return {
    id: p.id,
    status: p.status,
    paid: captured || p.status === 'waiting_for_capture',
    amount: amountObject(captured ? p.capturedMinor : p.amountMinor, p.currency),
    created_at: isoInstant(p.createdAt),
    description: p.description,
    metadata: p.metadata,
    merchant_customer_id: p.merchantCustomerId,
    recipient: { account_id: desk.shopId, gateway_id: p.gatewayId ?? desk.shopId },
    payment_method: methodObject(p),
    confirmation:
      p.status === 'pending' && p.confirmation !== undefined
        ? confirmationObject(desk, p.id, p.confirmation)
        : undefined,
    refundable: captured && p.capturedMinor > p.refundedMinor + p.refundingMinor,
    ...outcomeFields(p),
    test: true,
  }
}

/** The decision that a payment now reads like this, with the notification that follows from its state. */
function moved(desk: Desk, payment: PaymentRecord, lost = false): Decision {
  const answer = paymentObject(desk, payment)
  const changes: Change[] = [['payment', payment]]
  if (payment.method?.saved === true && !desk.books.methods.has(payment.method.id))
    changes.push(['method', payment.method])
  if (payment.status !== 'pending') {
    const event = `payment.${payment.status}`
    changes.push(...desk.announce({ event, paymentId: payment.id, object: answer, lost }))
  }
  return { changes, answer }
}

function newMethod(desk: Desk, payment: PaymentRecord, type: MethodType): MethodRecord {
  const method = { id: payment.id, type, saved: payment.saveMethod, revoked: false }
  const digits = desk.mint.digits(6)
  if (type === 'bank_card') {
    const last4 = digits.slice(0, 4)
    const card = {
      ...{ first6: '555555', last4, expiry_month: '12', expiry_year: '2030' },
      ...{ card_type: 'MasterCard', issuer_country: 'RU', issuer_name: 'Sandbox Bank' },
    }
    return { ...method, title: `Bank card *${last4}`, details: { card } }
  }
  if (type === 'sbp') {
    const bank = { bank_id: '100000000000', bic: '044525000', name: 'Sandbox Bank' }
    const details = { sbp_operation_id: `A${desk.mint.digits(31)}`, payer_bank_details: bank }
    return { ...method, title: 'SBP', details }
  }
  return { ...method, title: 'SberPay', details: { phone: `7900${digits}0` } }
}

const YOO_MONEY_REASONS = ['fraud_suspected', 'internal_timeout', 'deal_expired']

function declineOf({ outcome, reason }: ChargePlan): Cancellation | undefined {
  const reasons: Partial<Record<Outcome, string>> = {
    decline: reason,
    no_funds: 'insufficient_funds',
    '3ds_failed': '3d_secure_failed',
  }
  const found = reasons[outcome]
  if (found === undefined) return undefined
  const party = YOO_MONEY_REASONS.includes(found) ? 'yoo_money' : 'payment_network'
  return { party, reason: found }
}

const captured = (p: PaymentRecord, at: number, minor = p.amountMinor): PaymentRecord => ({
  ...p,
  status: 'succeeded',
  capturedMinor: minor,
  capturedAt: at,
  holdEndsAt: undefined,
})

/** Takes the money, or not, as the plan says. */
function charged(desk: Desk, payment: PaymentRecord, plan: ChargePlan): Decision {
  const cancellation = declineOf(plan)
  if (cancellation !== undefined) {
    const method = payment.method && { ...payment.method, saved: false }
    return moved(desk, { ...payment, method, status: 'canceled', cancellation })
  }
  const at = desk.now()
  const authorization = { rrn: desk.mint.digits(12), authCode: desk.mint.digits(6) }
  const held = { ...payment, authorization, holdEndsAt: at + HOLD_MS }
  const next: PaymentRecord = payment.capture
    ? captured(held, at)
    : { ...held, status: 'waiting_for_capture' }
  return moved(desk, next, plan.outcome === 'timeout_after_charge')
}

function chargeSaved(desk: Desk, payment: PaymentRecord, methodId: string): Decision {
  const method = desk.books.methods.get(methodId)
  if (method === undefined) throw invalid('payment_method_id', 'No such saved payment method')
  checkMethod(method.type, {
    amount: { minor: payment.amountMinor, currency: payment.currency },
    capture: payment.capture,
  })
  const using: PaymentRecord = { ...payment, method, methodType: method.type }
  if (using.confirmation !== undefined) return moved(desk, using)
  const plan: ChargePlan = method.revoked
    ? { outcome: 'decline', reason: 'permission_revoked' }
    : desk.nextCharge()
  return charged(desk, using, plan)
}

function newPayment(desk: Desk, request: PaymentRequest): PaymentRecord {
  const { amount, methodId: _chargedBelow, ...rest } = request
  const createdAt = desk.now()
  return {
    ...rest,
    id: desk.mint.id(createdAt),
    seq: desk.books.paymentOrder.length,
    status: 'pending',
    createdAt,
    currency: amount.currency,
    amountMinor: amount.minor,
    capturedMinor: 0,
    refundedMinor: 0,
    refundingMinor: 0,
    windowEndsAt: createdAt + PAYMENT_WINDOW_MS,
  }
}

export function createPayment(desk: Desk, body: unknown): Decision {
  const request = paymentRequestOf(body)
  const payment = newPayment(desk, request)
  const decision =
    request.methodId === undefined
      ? moved(desk, payment)
      : chargeSaved(desk, payment, request.methodId)
  const forged = desk.forgeFor(payment.id, decision.answer)
  return { ...decision, changes: [...decision.changes, ...forged] }
}

export interface Payer extends ChargePlan {
  readonly methodType: MethodType
}

/** The payer pays on the page. */
export function payPayment(desk: Desk, id: string, payer: Payer): Decision {
  const payment = paymentOf(desk, id)
  if (payment.status !== 'pending') throw invalid('payment_id', `Payment is ${payment.status}`)
  const methodType = payment.methodType ?? payer.methodType
  const amount = { minor: payment.amountMinor, currency: payment.currency }
  checkMethod(methodType, { amount, capture: payment.capture })
  const method = payment.method ?? newMethod(desk, payment, methodType)
  return charged(desk, { ...payment, methodType, method }, payer)
}

export function capturePayment(desk: Desk, id: string, body: unknown): Decision {
  const payment = paymentOf(desk, id)
  const fields = fieldsOf(body, '', ['amount', 'receipt'])
  const whole = { minor: payment.amountMinor, currency: payment.currency }
  const amount = optional(fields.amount, (v) => amountOf(v, 'amount')) ?? whole
  if (payment.status !== 'waiting_for_capture')
    throw invalid('payment_id', `Payment is ${payment.status}, not waiting_for_capture`)
  if (amount.currency !== payment.currency)
    throw invalid('amount.currency', 'Differs from the currency of the payment')
  if (amount.minor > payment.amountMinor)
    throw invalid('amount.value', 'Exceeds the amount of the payment')
  if (fields.receipt !== undefined) checkReceipt(fields.receipt, 'receipt', amount)
  else if (payment.withReceipt && amount.minor < payment.amountMinor)
    throw invalid('receipt', 'A partial capture of a payment with a receipt needs a new receipt')
  const withReceipt = payment.withReceipt || fields.receipt !== undefined
  return moved(desk, { ...captured(payment, desk.now(), amount.minor), withReceipt })
}

export function cancelPayment(desk: Desk, id: string, body: unknown): Decision {
  const payment = paymentOf(desk, id)
  fieldsOf(body, '', [])
  if (payment.status !== 'waiting_for_capture')
    throw invalid('payment_id', `Payment is ${payment.status}, not waiting_for_capture`)
  return canceled(desk, payment, { party: 'merchant', reason: 'canceled_by_merchant' })
}

const canceled = (desk: Desk, payment: PaymentRecord, cancellation: Cancellation): Decision =>
  moved(desk, { ...payment, status: 'canceled', holdEndsAt: undefined, cancellation })

/** Cancels a payment whose window or hold has run out by now; `undefined` if neither has. */
export function expirePayment(desk: Desk, payment: PaymentRecord): Decision | undefined {
  const now = desk.now()
  if (payment.status === 'pending' && payment.windowEndsAt <= now)
    return canceled(desk, payment, { party: 'yoo_money', reason: 'expired_on_confirmation' })
  const holdEndsAt = payment.holdEndsAt ?? Number.POSITIVE_INFINITY
  if (payment.status === 'waiting_for_capture' && holdEndsAt <= now)
    return canceled(desk, payment, { party: 'yoo_money', reason: 'expired_on_capture' })
  return undefined
}
