import { PaymentRefunded } from '@rialto/contracts/payments/events.ts'
import { lateReasons } from '@rialto/contracts/payments/late.ts'
import { present, sum, tell } from '../told.ts'

const KNOWN: ReadonlySet<string> = new Set(lateReasons)

export const paymentRefunded = tell(PaymentRefunded, (refund) => ({
  kind: 'payment_refunded',
  factId: refund.refund_id,
  userId: refund.user_id,
  orderId: refund.order_id,
  facts: present({
    order_id: refund.order_id,
    refund_id: refund.refund_id,
    total: sum(refund.amount, refund.currency),
    cause: refund.late ? { code: KNOWN.has(refund.reason) ? refund.reason : 'late' } : undefined,
  }),
}))
