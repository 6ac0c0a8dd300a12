// What is asked of a provider for an order. Pure.

import type { Order } from '@rialto/contracts/orders/http.ts'
import type { initiatePayment } from '@rialto/contracts/payments/http.ts'
import type { Body } from '@rialto/kernel/pure/contract.ts'
import type { Static } from 'typebox'
import type { CreateRequest } from './provider.ts'

export const requestOf = (
  order: Static<typeof Order>,
  body: Body<typeof initiatePayment>,
  ids: { paymentId: string; operationId: string },
): CreateRequest => ({
  ...ids,
  orderId: order.order_id,
  amountMinor: order.total_amount,
  currency: order.currency,
  method: body.payment_method_type_hint === 'sbp' ? 'sbp' : 'card',
  returnUrl: body.success_url,
  description: `Order ${order.order_id}`,
})
