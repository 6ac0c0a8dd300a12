// YooKassa API v3: one-stage payments, confirmed on its page, by a code, or not at all with a saved method. Answers are checked
// before use; what cannot be read says nothing about the money.

import { money, toDecimal } from '@rialto/kernel/pure/money.ts'
import { isoInstant, MINUTE } from '@rialto/kernel/pure/time.ts'
import {
  type CallKeys,
  type CallNames,
  type CreateRequest,
  type Provider,
  ProviderSilent,
  type ProviderTruth,
} from '../domain/provider.ts'
import { minorOf, openCalls, orAbsent, searchList, type YooKassaOptions } from './yookassa-http.ts'
import { isPayment, notificationOf, paymentOf, type YooKassaPayment } from './yookassa-objects.ts'
import { refundCalls } from './yookassa-refunds.ts'
import { statusOf } from './yookassa-status.ts'

const METHODS = { card: 'bank_card', sbp: 'sbp' } as const

const CALLS: CallNames = {
  create: 'POST /payments',
  fetch: 'GET /payments/:id',
  find: 'GET /payments',
  cancel: 'POST /payments/:id/cancel',
  refund: 'POST /refunds',
  fetchRefund: 'GET /refunds/:id',
  findRefund: 'GET /refunds',
}

function savedOf({ payment_method: used }: YooKassaPayment): Pick<ProviderTruth, 'savedMethod'> {
  if (used?.saved !== true || used.id === undefined) return {}
  const { id: token, type = 'unknown', title = type } = used
  return { savedMethod: { token, type, title } }
}

/** The object in our words. */
function truthOf(body: unknown): ProviderTruth {
  const payment = paymentOf(body)
  if (payment === undefined) throw new ProviderSilent('200', 'yookassa answered no payment object')
  const { id, status, amount, confirmation, cancellation_details: why, metadata = {} } = payment
  return {
    providerPaymentId: id,
    status: statusOf(payment),
    rawStatus: status,
    amountMinor: minorOf(amount),
    currency: amount.currency,
    ...savedOf(payment),
    ...(confirmation?.confirmation_url && { redirectUrl: confirmation.confirmation_url }),
    ...(confirmation?.confirmation_data && { qrData: confirmation.confirmation_data }),
    ...(why && { reason: why.reason }),
    ...(metadata.payment_id && { paymentId: metadata.payment_id }),
    ...(metadata.operation_id && { operationId: metadata.operation_id }),
  }
}

/** What it is paid with, and how that is confirmed. */
function wayOf(r: CreateRequest, methodToken: string | undefined): object {
  if (r.method === 'saved') return { payment_method_id: methodToken }
  const type = r.confirmation === 'qr' ? 'qr' : 'redirect'
  return {
    confirmation: { type, return_url: r.returnUrl },
    payment_method_data: { type: METHODS[r.method] },
    ...(r.saveMethod === true ? { save_payment_method: true } : {}),
  }
}

/** The same request gives the same text, which the idempotency of the provider asks for. */
const createBody = (r: CreateRequest, { methodToken }: CallKeys) => ({
  amount: { value: toDecimal(money(BigInt(r.amountMinor), r.currency)), currency: r.currency },
  capture: true,
  ...wayOf(r, methodToken),
  description: r.description,
  metadata: { payment_id: r.paymentId, operation_id: r.operationId, order_id: r.orderId },
})

/** Opens the adapter. */
export function openYooKassa(options: YooKassaOptions): Provider {
  const call = openCalls(options)
  return {
    name: 'yookassa',
    calls: CALLS,
    // A payment that waits for its payer cannot be given up there; it ends by itself after an hour.
    cancelable: ['authorized'],
    create: async (r, keys) =>
      truthOf(await call('/payments', { body: createBody(r, keys), key: keys.idempotencyKey })),
    async fetch(id) {
      const found = await orAbsent(call(`/payments/${encodeURIComponent(id)}`))
      return found === undefined ? undefined : truthOf(found)
    },
    find: (operationId, sentAtMs) =>
      searchList(call, {
        path: '/payments',
        filter: {
          // No wider than two clocks may differ: a shop sells thousands in a quarter of an hour, and what is not searched to its
          // end says nothing.
          'created_at.gte': isoInstant(sentAtMs - MINUTE),
          'created_at.lte': isoInstant(sentAtMs + 2 * MINUTE),
        },
        pick: (item) =>
          isPayment(item) && item.metadata?.operation_id === operationId
            ? truthOf(item)
            : undefined,
      }),
    cancel: async (id, key) =>
      truthOf(await call(`/payments/${encodeURIComponent(id)}/cancel`, { body: {}, key })),
    ...refundCalls(call),
    parseNotification: notificationOf,
  }
}
