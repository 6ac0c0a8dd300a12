// How a buyer wants to pay, and what is asked of a provider for it. Pure.

import type { Order } from '@rialto/contracts/orders/http.ts'
import type { initiatePayment } from '@rialto/contracts/payments/http.ts'
import type { Body } from '@rialto/kernel/pure/contract.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import type { Static } from 'typebox'
import type { Way } from './payment.ts'
import type { CreateRequest } from './provider.ts'

type Asked = Body<typeof initiatePayment>

export interface ChosenWay extends Way {
  readonly method: CreateRequest['method']
  readonly confirmation: 'redirect' | 'qr' | 'none'
}

/** The way to pay, or the code of what is wrong with it. */
export function wayOf(
  order: Pick<Static<typeof Order>, 'total_amount' | 'currency'>,
  body: Asked,
): ChosenWay | 'method_not_supported' | 'payment_method_required' {
  const { payment_method_type_hint: method, confirmation = 'redirect' } = body
  const { payment_method_id = null } = body
  const bill = { amount_minor: BigInt(order.total_amount), currency: order.currency }
  if (method === 'saved') {
    if (payment_method_id === null) return 'payment_method_required'
    if (body.confirmation !== undefined) return 'method_not_supported'
    return { ...bill, method, confirmation: 'none', payment_method_id, save_method: false }
  }
  const isCode = confirmation === 'qr'
  if (payment_method_id !== null || (isCode && method !== 'sbp')) return 'method_not_supported'
  const save_method = body.save_payment_method === true
  return { ...bill, method, confirmation, payment_method_id, save_method }
}

export const requestOf = (
  order: { readonly order_id: string },
  chosen: { readonly way: ChosenWay; readonly returnUrl: string },
  ids: { readonly paymentId: string; readonly operationId: string },
): CreateRequest => ({
  ...ids,
  orderId: order.order_id,
  amountMinor: toJsonMinor(chosen.way.amount_minor),
  currency: chosen.way.currency,
  method: chosen.way.method,
  confirmation: chosen.way.confirmation,
  ...(chosen.way.payment_method_id === null ? {} : { methodId: chosen.way.payment_method_id }),
  ...(chosen.way.save_method ? { saveMethod: true as const } : {}),
  returnUrl: chosen.returnUrl,
  description: `Order ${order.order_id}`,
})
