import { PaymentRefunded } from '@rialto/contracts/payments/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../../config.ts'
import { beginRefundReceipt } from '../../features/receipt-begin.ts'

export const paymentRefunded = on<typeof PaymentRefunded, {}, Parts>(PaymentRefunded, {
  async act({ event, tx, parts, now }) {
    const { payment_id: paymentId, refund_id: refundId, amount } = event.data
    const refund = { paymentId, refundId, amountMinor: BigInt(amount) }
    await beginRefundReceipt({ tx, parts, now }, refund)
  },
})
