// Typed publishing functions. A change of status is told first; what the documents call it besides follows in the same commit.

import {
  PaymentCompleted,
  PaymentFailed,
  PaymentIntentCreated,
  PaymentRefunded,
  PaymentStatusUpdated,
} from '@rialto/contracts/payments/events.ts'
import type { PaymentStatus } from '@rialto/contracts/payments/states.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { NewPayment, PaymentRow } from '../store.ts'
import type { RefundRow } from '../store-refunds-and-methods.ts'

type About = Pick<
  PaymentRow,
  'payment_id' | 'order_id' | 'user_id' | 'amount_minor' | 'currency' | 'provider' | 'method'
>

const about = (payment: About) => ({
  order_id: payment.order_id,
  user_id: payment.user_id,
  amount: toJsonMinor(payment.amount_minor),
  currency: payment.currency,
})

const way = ({ provider, method }: About) => ({
  ...(provider === null ? {} : { provider }),
  ...(method === null ? {} : { method }),
})

export const publishIntentCreated = (tx: Tx, payment: NewPayment) =>
  tx.publish(PaymentIntentCreated, {
    payment_intent_id: payment.paymentId,
    order_id: payment.orderId,
    user_id: payment.userId,
    amount: payment.amountMinor,
    currency: payment.currency,
  })

export const publishStatusUpdated = (
  tx: Tx,
  payment: About & { readonly status: PaymentStatus },
  change: { to: PaymentStatus; late: boolean; atMs: number },
) =>
  tx.publish(PaymentStatusUpdated, {
    transaction_id: payment.payment_id,
    ...about(payment),
    ...way(payment),
    old_status: payment.status,
    new_status: change.to,
    updated_at: isoInstant(change.atMs),
    late: change.late,
  })

export const publishPaymentCompleted = (tx: Tx, payment: About, late: boolean) =>
  tx.publish(PaymentCompleted, {
    ...{ payment_intent_id: payment.payment_id, ...about(payment), ...way(payment), late },
  })

export const publishPaymentFailed = (tx: Tx, payment: About, error: string) =>
  tx.publish(PaymentFailed, { payment_intent_id: payment.payment_id, ...about(payment), error })

export const publishPaymentRefunded = (tx: Tx, payment: About, refund: RefundRow) =>
  tx.publish(PaymentRefunded, {
    ...about(payment),
    payment_id: payment.payment_id,
    refund_id: refund.refund_id,
    amount: toJsonMinor(refund.amount_minor),
    reason: refund.reason,
    destination: 'original',
    late: refund.cause === 'late',
  })
