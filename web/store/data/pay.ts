// Placing an order and paying it. Each is one wish of the person under its own idempotency key, kept until its outcome is known.

import { cancelOrder, initiateOrder } from '@rialto/contracts/orders/http.ts'
import { initiatePayment } from '@rialto/contracts/payments/http.ts'
import type { ActionKeys } from '../../ui/api/action-key.ts'
import { underKey } from '../../ui/api/action-key.ts'
import type { Api } from '../../ui/api/client.ts'

export const keys: ActionKeys = {
  storage: sessionStorage,
  uuid: () => crypto.randomUUID(),
}

export type Method = 'card' | 'sbp' | { readonly saved: string }

const hintOf = (method: Method): 'card' | 'sbp' | 'saved' =>
  typeof method === 'string' ? method : 'saved'

export interface Wanted {
  readonly productIds: readonly string[]
  readonly method: Method
  /** What the button said: at another price it is another wish. */
  readonly total: { readonly amount: number; readonly currency: string }
}

export function placeOrder(api: Api, { productIds, method, total }: Wanted) {
  const name = `order:${[...productIds].sort().join()}:${total.amount} ${total.currency}`
  return underKey(keys, name, (idempotencyKey) =>
    api.call(initiateOrder, {
      body: {
        items: productIds.map((product_id) => ({ product_id, quantity: 1 })),
        selected_payment_method_hint: hintOf(method),
        expected_total: total,
      },
      idempotencyKey,
    }),
  )
}

export interface Payable {
  readonly orderId: string
  readonly method: Method
  /** Keep the card for the next time. */
  readonly save: boolean
}

export function startPayment(api: Api, { orderId, method, save }: Payable) {
  const back = `${location.origin}/store/orders/${orderId}`
  const hint = hintOf(method)
  return underKey(keys, `pay:${orderId}:${JSON.stringify(method)}:${save}`, (idempotencyKey) =>
    api.call(initiatePayment, {
      body: {
        ...{ order_id: orderId, payment_method_type_hint: hint, success_url: back, fail_url: back },
        ...(hint === 'sbp' ? { confirmation: 'qr' as const } : {}),
        ...(typeof method === 'string' ? {} : { payment_method_id: method.saved }),
        ...(save && hint === 'card' ? { save_payment_method: true } : {}),
      },
      idempotencyKey,
    }),
  )
}

export const dropOrder = (api: Api, orderId: string) =>
  underKey(keys, `cancel:${orderId}`, (idempotencyKey) =>
    api.call(cancelOrder, { params: { order_id: orderId }, idempotencyKey }),
  )
