// Starts paying an order: the payment and the operation are written first, then the provider is asked, and what it says makes
// the answer. If this process dies in between, the job takes the operation up. An answer that does not come is no failure: the
// buyer is told `processing` and the reconciler finds out.

import type { OrdersClient } from '@rialto/contracts/orders/client.ts'
import type { Order } from '@rialto/contracts/orders/http.ts'
import { orderProblems } from '@rialto/contracts/orders/problems.ts'
import { initiatePayment as route } from '@rialto/contracts/payments/http.ts'
import { operationStates, paymentStates } from '@rialto/contracts/payments/states.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { reply, saga } from '@rialto/kernel/service/feature.ts'
import type { Static } from 'typebox'
import { DEFAULT_PROVIDER, type Parts } from '../config.ts'
import { requestOf } from '../domain/create-request.ts'
import { continuationOf, payabilityOf, startView } from '../domain/payment.ts'
import { problems } from '../errors.ts'
import { publishStatusUpdated } from '../events/publishers.ts'
import { insertOperation, selectPayment, startPayment } from '../store.ts'
import { currentPayment } from './create-payment.ts'
import { runOperation, runOperationJob } from './run-operation.ts'

const WAIT_SECONDS = 5

type PayableOrder = Static<typeof Order>
type Done = { readonly paymentId: string; readonly operationId?: string }

export const initiatePayment = saga<
  typeof route,
  Done,
  { readonly orders: OrdersClient },
  Parts,
  PayableOrder
>(route, {
  async ask({ input, caller, clients, ctx, now }) {
    const { order_id, payment_method_type_hint } = input.body
    if (payment_method_type_hint === 'saved') throw new Problem(problems.method_not_supported)
    const order = await clients.orders.getOrder({ params: { order_id } })
    if (order.user_id !== caller.id) throw new Problem(orderProblems.unknown_order)
    ctx.flow = order_id
    const payability = payabilityOf(order, now)
    if (payability !== 'payable')
      throw new Problem(problems[payability], { facts: { order_id, status: order.status } })
    return order
  },
  async act({ input, facts: order, tx, ctx, now, parts }) {
    const payment = await currentPayment(tx, order, now)
    const paymentId = payment.payment_id
    const next = continuationOf(payment)
    if (next === 'same') return { paymentId }
    if (next !== 'start')
      throw new Problem(problems[next], {
        facts: { transaction_id: paymentId },
        ...(next === 'payment_in_progress' ? { retryAfterSeconds: WAIT_SECONDS } : {}),
      })
    const request = requestOf(order, input.body, {
      paymentId,
      operationId: ctx.env.ids.next('opn'),
    })
    const { success_url: successUrl, fail_url: failUrl } = input.body
    const { amountMinor, currency, method, operationId } = request
    const provider = DEFAULT_PROVIDER
    const start = { paymentId, amountMinor, currency, provider, method, successUrl, failUrl }
    await tx.move(paymentStates, payment.status, 'pending_psp_redirect', startPayment(start))
    const started = { ...payment, amount_minor: BigInt(amountMinor), currency }
    publishStatusUpdated(tx, started, { to: 'pending_psp_redirect', late: false, atMs: now })
    tx.begin(operationStates, 'init', insertOperation(request, provider, now))
    const insurance = { startAfterSeconds: WAIT_SECONDS }
    await parts.jobs.enqueue(tx, runOperationJob, { operation_id: operationId }, insurance)
    return { paymentId, operationId }
  },
  async finish({ done, unit, ctx, parts }) {
    const { paymentId, operationId } = done
    if (operationId !== undefined) {
      const result = await runOperation({ unit, ctx, parts }, operationId)
      if (result === 'refused') throw new Problem(problems.provider_refused)
    }
    const payment = await unit((tx) => tx.one(selectPayment(paymentId)))
    return reply(201, startView(payment))
  },
})
