// The order waits for no money any more. A payment that was not begun ends with it, one at the provider is given up there where
// that can be done and goes on otherwise; if it completes, its money is late. So is money that has arrived and that the order
// did not take: both came at the same time.

import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import {
  insertEndedOrder,
  lockOrderPayments,
  lockPaymentsOf,
  markOrderEnded,
  type PaymentRow,
} from '../store.ts'
import { giveUp } from './cancel-payment.ts'
import { movePayment } from './move-payment.ts'
import { refundLate } from './refund-request.ts'

async function end(tx: Tx, payment: PaymentRow, at: { now: number; parts: Parts }): Promise<void> {
  const reason = 'order_ended'
  if (payment.status === 'created')
    movePayment(tx, payment, { to: 'canceled', reason, attempted: false, now: at.now })
  else if (payment.status === 'completed') await refundLate(tx, payment, { reason, ...at })
  else await giveUp(tx, payment, at.parts)
}

export async function noteOrderEnded(
  tx: Tx,
  orderId: string,
  at: { now: number; parts: Parts },
): Promise<void> {
  tx.write(lockOrderPayments(orderId))
  const payments = await tx.many(lockPaymentsOf(orderId))
  tx.write(insertEndedOrder(orderId, at.now))
  tx.write(markOrderEnded(orderId, at.now))
  for (const payment of payments) await end(tx, payment, at)
}
