// The parts of YooKassa's objects that we read, checked. Unknown fields are passed over: the provider may add some any day.

import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Notification } from '../domain/provider.ts'

const Payment = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  status: Type.String({ maxLength: 64 }),
  amount: Type.Object({ value: Type.String(), currency: Type.String({ pattern: '^[A-Z]{3}$' }) }),
  confirmation: Type.Optional(
    Type.Object({
      type: Type.String(),
      confirmation_url: Type.Optional(Type.String({ pattern: '^https?://', maxLength: 2048 })),
      confirmation_data: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    }),
  ),
  payment_method: Type.Optional(
    Type.Object({
      type: Type.Optional(Type.String({ maxLength: 64 })),
      id: Type.Optional(Type.String({ maxLength: 64 })),
      saved: Type.Optional(Type.Boolean()),
      title: Type.Optional(Type.String()),
    }),
  ),
  cancellation_details: Type.Optional(
    Type.Object({ party: Type.String(), reason: Type.String({ maxLength: 64 }) }),
  ),
  metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
})
export type YooKassaPayment = Static<typeof Payment>

const Refund = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  payment_id: Type.String({ minLength: 1, maxLength: 64 }),
  status: Type.String({ maxLength: 64 }),
  amount: Type.Object({ value: Type.String(), currency: Type.String({ pattern: '^[A-Z]{3}$' }) }),
  description: Type.Optional(Type.String()),
  cancellation_details: Type.Optional(
    Type.Object({ party: Type.String(), reason: Type.String({ maxLength: 64 }) }),
  ),
})
export type YooKassaRefund = Static<typeof Refund>

const List = Type.Object({
  items: Type.Array(Type.Unknown()),
  next_cursor: Type.Optional(Type.String()),
})
const Refusal = Type.Object({
  code: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
})
const Hint = Type.Object({
  type: Type.Literal('notification'),
  event: Type.String({ pattern: '^[a-z_]{1,30}\\.[a-z_]{1,30}$' }),
  object: Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) }),
})

const checks = {
  payment: Compile(Payment),
  refund: Compile(Refund),
  list: Compile(List),
  refusal: Compile(Refusal),
  hint: Compile(Hint),
}

export const isPayment = (body: unknown): body is YooKassaPayment => checks.payment.Check(body)
export const paymentOf = (body: unknown): YooKassaPayment | undefined =>
  isPayment(body) ? body : undefined
export const refundOf = (body: unknown): YooKassaRefund | undefined =>
  checks.refund.Check(body) ? (body as YooKassaRefund) : undefined
export const listOf = (body: unknown): Static<typeof List> | undefined =>
  checks.list.Check(body) ? (body as Static<typeof List>) : undefined

export function errorOf(body: unknown): { code: string | undefined; description: string } {
  const known = checks.refusal.Check(body) ? (body as Static<typeof Refusal>) : {}
  return { code: known.code, description: known.description ?? 'without a description' }
}

const EVENTS = new Set([
  ...['payment.waiting_for_capture', 'payment.succeeded', 'payment.canceled', 'refund.succeeded'],
  ...['payment_method.active', 'payout.succeeded', 'payout.canceled', 'deal.closed'],
])

/** YooKassa signs nothing, so this only says what to ask for. */
export function notificationOf(raw: Uint8Array): Notification | undefined {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw))
  } catch {
    return undefined
  }
  if (!checks.hint.Check(body)) return undefined
  const { event, object } = body as Static<typeof Hint>
  if (!EVENTS.has(event)) return undefined
  const [kind, status = ''] = event.split('.')
  return {
    event,
    objectId: object.id,
    claimedStatus: status,
    ...(kind === 'payment' || kind === 'refund' ? { about: kind } : {}),
  }
}
