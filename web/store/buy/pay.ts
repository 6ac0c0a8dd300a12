// Placing an order and paying it. Each is one wish of the person under its own idempotency key, kept until its outcome is known.

import { cancelOrder, getOrder, initiateOrder } from '@rialto/contracts/orders/http.ts'
import { initiatePayment, listPayments } from '@rialto/contracts/payments/http.ts'
import type { ActionKeys } from '../../ui/api/action-key.ts'
import { isKept, underKey } from '../../ui/api/action-key.ts'
import type { Api } from '../../ui/api/client.ts'

export const keys: ActionKeys = {
  storage: sessionStorage,
  uuid: () => crypto.randomUUID(),
}

export type Method = 'card' | 'sbp' | { readonly saved: string }

interface Total {
  readonly amount: number
  readonly currency: string
}

export interface Wanted {
  readonly productIds: readonly string[]
  readonly method: Method
  /** What the button said: at another price it is another wish. */
  readonly total: Total
}

const HINTS = ['card', 'sbp', 'saved'] as const
type Hint = (typeof HINTS)[number]

const hintOf = (method: Method): Hint => (typeof method === 'string' ? method : 'saved')

/** Says all that the body does: the same key must never go with another body. */
const orderName = (ids: readonly string[], { amount, currency }: Total, hint: Hint): string =>
  `order:${hint}:${ids.join()}:${amount} ${currency}`

/** Places an order. One whose answer was lost is asked for as it was asked then: its method is only a hint. */
export async function placeOrder(api: Api, { productIds, method, total }: Wanted) {
  const ids = [...productIds].sort()
  const begun = HINTS.find((one) => isKept(keys, orderName(ids, total, one)))
  const hint = begun ?? hintOf(method)
  const place = () =>
    underKey(keys, orderName(ids, total, hint), (idempotencyKey) =>
      api.call(initiateOrder, {
        body: {
          items: ids.map((product_id) => ({ product_id, quantity: 1 })),
          selected_payment_method_hint: hint,
          expected_total: total,
        },
        idempotencyKey,
      }),
    )
  const placed = await place()
  if (begun === undefined) return placed
  // The kept answer tells of the order as it was then. One that has ended since is not what is wanted now.
  const { status } = await api.call(getOrder, { params: { order_id: placed.order_id } })
  return status === 'pending_payment' ? placed : place()
}

export interface Payable {
  readonly orderId: string
  /** The attempt that came to nothing before: to pay once more after it is another wish. */
  readonly after?: string | undefined
  readonly method: Method
  /** Keep the card for the next time. */
  readonly save: boolean
}

const startName = ({ orderId, after = '', method, save }: Payable): string =>
  `pay:${orderId}:${after}:${JSON.stringify(method)}:${save}`

function startBody({ orderId, method, save }: Payable) {
  const back = `${location.origin}/store/orders/${orderId}?returned=1`
  const hint = hintOf(method)
  return {
    ...{ order_id: orderId, payment_method_type_hint: hint },
    ...{ success_url: back, fail_url: back },
    ...(hint === 'sbp' ? { confirmation: 'qr' as const } : {}),
    ...(typeof method === 'string' ? {} : { payment_method_id: method.saved }),
    ...(save && hint === 'card' ? { save_payment_method: true } : {}),
  }
}

/** Starts to pay, or goes on with what a press began whose answer was lost. */
export async function startPayment(api: Api, wanted: Payable) {
  const name = startName(wanted)
  const isBegun = isKept(keys, name)
  const start = () =>
    underKey(keys, name, (idempotencyKey) =>
      api.call(initiatePayment, { body: startBody(wanted), idempotencyKey }),
    )
  const started = await start()
  if (!isBegun) return started
  // The kept answer tells of the attempt as it was begun. What is paid of one that was replaced since goes back; and its page may be
  // one that nobody waits for any more.
  const { items } = await api.call(listPayments, { query: { order_id: wanted.orderId } })
  const [newest] = items
  return newest?.transaction_id === started.transaction_id ? newest : start()
}

export const dropOrder = (api: Api, orderId: string) =>
  underKey(keys, `cancel:${orderId}`, (idempotencyKey) =>
    api.call(cancelOrder, { params: { order_id: orderId }, idempotencyKey }),
  )
