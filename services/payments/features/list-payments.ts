// Payments by their orders: for the buyer all of one, for the service that is about to end some orders those that forbid it.

import {
  listPayments as route,
  findUnsettled as unsettledRoute,
} from '@rialto/contracts/payments/http.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { CHECKS_AFTER_MS } from '../domain/checks.ts'
import { paymentView } from '../domain/payment.ts'
import { selectPaymentsOf, selectUnsettled } from '../store.ts'

/** Of somebody else's order there are none. */
export const listPayments = query(route, ({ input, caller, ctx, read }) =>
  read(async (tx) => {
    const { order_id: orderId } = input.query
    const payments = await tx.many(selectPaymentsOf(orderId, caller.id))
    if (payments.length > 0) ctx.flow = orderId
    return reply(200, { items: payments.map(paymentView) })
  }),
)

/** Whoever waits for this look had an answer at the one before it, when the buyer's hour at the provider was over. */
const LAST_LOOK_MS = CHECKS_AFTER_MS.at(-1) ?? 0

/**
 * Money has arrived in time, a provider is deciding, or nobody has asked it since the buyer's hour there was over. What orders has
 * heard by events may be behind, and so may we be with our looks.
 */
export const findUnsettled = query(unsettledRoute, async ({ input, read }) => {
  const found = await read((tx) => tx.many(selectUnsettled(input.query.order_id, LAST_LOOK_MS)))
  const items = found.map(({ order_id, payment_id }) => ({ order_id, transaction_id: payment_id }))
  return reply(200, { items })
})
