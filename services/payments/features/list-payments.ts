// The payments of an order, for its buyer.

import { listPayments as route } from '@rialto/contracts/payments/http.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { paymentView } from '../domain/payment.ts'
import { selectPaymentsOf } from '../store.ts'

/** Of somebody else's order there are none. */
export const listPayments = query(route, ({ input, caller, ctx, read }) =>
  read(async (tx) => {
    const { order_id: orderId } = input.query
    const payments = await tx.many(selectPaymentsOf(orderId, caller.id))
    if (payments.length > 0) ctx.flow = orderId
    return reply(200, { items: payments.map(paymentView) })
  }),
)
