// What the payments of an order do when it ends or changes. Money that the order does not take any more is late.

import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import {
  type ChangedOrder,
  insertEndedOrder,
  lockOrderPayments,
  lockOutdatedPayment,
  lockPaymentsOf,
  markOrderEnded,
  type PaymentRow,
  setChangedOrder,
  setOrderVersion,
  supersede,
} from '../store.ts'
import { giveUp } from './cancel-payment.ts'
import { movePayment } from './move-payment.ts'
import { refundLate } from './refund-request.ts'

interface At {
  readonly now: number
  readonly parts: Parts
}

async function end(tx: Tx, payment: PaymentRow, at: At): Promise<void> {
  const reason = 'order_ended'
  if (payment.status === 'created')
    movePayment(tx, payment, { to: 'canceled', reason, now: at.now })
  else if (payment.status === 'completed') await refundLate(tx, payment, { reason, ...at })
  else await giveUp(tx, payment, at.parts)
}

/**
 * The order waits for no money any more. A payment that was not begun ends with it, one at the provider is given up there where
 * that can be done and goes on otherwise; if it completes, its money is late. So is money that has arrived and that the order
 * did not take: both came at the same time.
 */
export async function noteOrderEnded(tx: Tx, orderId: string, at: At): Promise<void> {
  tx.write(lockOrderPayments(orderId))
  const payments = await tx.many(lockPaymentsOf(orderId))
  tx.write(insertEndedOrder(orderId, at.now))
  tx.write(markOrderEnded(orderId, at.now))
  for (const payment of payments) await end(tx, payment, at)
}

async function drop(tx: Tx, payment: PaymentRow, at: At): Promise<void> {
  tx.write(supersede(payment.payment_id, at.now))
  if (payment.status === 'completed')
    await refundLate(tx, payment, { reason: 'order_changed', ...at })
  else await giveUp(tx, payment, at.parts)
}

/**
 * Its buyer took lines out of the order. The waiting payment follows. One that was started on what the order was before asks for
 * what nobody owes: orders had not heard of its start when it allowed the change, and will not take its money. It makes room for
 * the next attempt; what it has brought or still brings goes back.
 */
export async function noteOrderChanged(tx: Tx, order: ChangedOrder, at: At): Promise<void> {
  tx.write(lockOrderPayments(order.orderId))
  const outdated = await tx.maybe(lockOutdatedPayment(order))
  tx.write(setChangedOrder(order))
  tx.write(setOrderVersion(order))
  if (outdated !== undefined) await drop(tx, outdated, at)
}
