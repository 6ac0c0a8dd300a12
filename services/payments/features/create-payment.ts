// An order gets a payment that can be started: in the background when it is placed, or by the buyer who is quicker.

import type { Order } from '@rialto/contracts/orders/http.ts'
import { paymentStates } from '@rialto/contracts/payments/states.ts'
import type { Sql } from '@rialto/kernel/db/sql.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Static } from 'typebox'
import type { Parts } from '../config.ts'
import { problems } from '../errors.ts'
import { publishIntentCreated } from '../events/publishers.ts'
import {
  insertPayment,
  lockCurrentPayment,
  type NewPayment,
  type PaymentRow,
  selectEnded,
  supersede,
} from '../store.ts'
import { giveUp } from './cancel-payment.ts'

type PaymentOf = Omit<NewPayment, 'paymentId' | 'createdAtMs'>

/** The payment that an order gets before its buyer begins to pay; there may be one already. `insert` decides, and says so. */
export async function createFirstPayment(
  tx: Tx,
  { now, ...order }: PaymentOf & { readonly now: number },
  insert: (payment: NewPayment) => Sql<{ is_new: boolean }>,
): Promise<void> {
  const payment = { ...order, paymentId: tx.ctx.env.ids.next('pay'), createdAtMs: now }
  const inserted = await tx.maybe(insert(payment))
  if (inserted?.is_new !== true) return
  tx.step(paymentStates, 'created')
  publishIntentCreated(tx, payment)
}

type PayableOrder = Static<typeof Order>

/** As it is inserted, so that it need not be read back. */
const rowOf = (order: PayableOrder, paymentId: string, now: number): PaymentRow => ({
  ...{ payment_id: paymentId, order_id: order.order_id, user_id: order.user_id, status: 'created' },
  ...{ amount_minor: BigInt(order.total_amount), currency: order.currency, provider: null },
  ...{ provider_payment_id: null, method: null, confirmation: null, payment_method_id: null },
  ...{ save_method: false, redirect_url: null, qr_data: null, failure_reason: null },
  ...{ captured_minor: 0n, reserved_minor: 0n, refunded_minor: 0n, late: false },
  ...{ order_ended_at: null, superseded_at: null, created_at: now, completed_at: null },
})

/** The caller holds the lock of the order's payments. */
function newPayment(tx: Tx, order: PayableOrder, now: number): PaymentRow {
  const payment = {
    ...{ orderId: order.order_id, userId: order.user_id, receiptItems: order.items },
    ...{ amountMinor: order.total_amount, currency: order.currency, preferredMethod: null },
    ...{ paymentId: tx.ctx.env.ids.next('pay'), createdAtMs: now },
  }
  tx.begin(paymentStates, 'created', insertPayment(payment))
  publishIntentCreated(tx, payment)
  return rowOf(order, payment.paymentId, now)
}

/** The payment to go on with; a new one when there is none, or the last attempt failed. The caller holds the lock of them all. */
export async function currentPayment(
  tx: Tx,
  order: PayableOrder,
  now: number,
): Promise<PaymentRow> {
  const [current, { ended }] = await Promise.all([
    tx.maybe(lockCurrentPayment(order.order_id)),
    tx.one(selectEnded(order.order_id)),
  ])
  // What waits on the provider's page for an ended order is not to be paid any more either.
  if (current?.order_ended_at === null) return current
  if (ended) throw new Problem(problems.order_not_payable)
  return newPayment(tx, order, now)
}

/** The buyer pays another way: a new payment takes the place of the current one, which is given up where that can be done. */
export async function replacePayment(
  tx: Tx,
  { order, current }: { order: PayableOrder; current: PaymentRow },
  { now, parts }: { now: number; parts: Parts },
): Promise<PaymentRow> {
  tx.write(supersede(current.payment_id, now))
  await giveUp(tx, current, parts)
  return newPayment(tx, order, now)
}
