import { PaymentStatusUpdated } from '@rialto/contracts/payments/events.ts'
import { on } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../../config.ts'
import { beginSaleReceipt } from '../../features/receipt-begin.ts'

/** Late money has its receipt too: it arrived, and going back it gets another. */
export const paymentTransactionStatusUpdated = on<typeof PaymentStatusUpdated, {}, Parts>(
  PaymentStatusUpdated,
  {
    when: ({ data }) => data.new_status === 'completed',
    act: ({ event, tx, parts, now }) =>
      beginSaleReceipt({ tx, parts, now }, event.data.transaction_id),
  },
)
