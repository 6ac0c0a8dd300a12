// The order waits for no money any more. A payment that was not begun ends with it; one at the provider goes on there, and if
// it completes, its money is late.

import type { Tx } from '@rialto/kernel/service/tx.ts'
import { lockCurrentPayment, lockOrderPayments, markOrderEnded } from '../store.ts'
import { movePayment } from './move-payment.ts'

export async function noteOrderEnded(tx: Tx, orderId: string, now: number): Promise<void> {
  await tx.run(lockOrderPayments(orderId))
  const payment = await tx.maybe(lockCurrentPayment(orderId))
  tx.write(markOrderEnded(orderId, now))
  if (payment?.status !== 'created') return
  const reason = 'order_ended'
  await movePayment(tx, payment, { to: 'canceled', reason, attempted: false, now })
}
