// Starts paying an order: the payment and the operation are written first, then the provider is asked, and what it says makes
// the answer. The operation is `sent` from that commit on: a claim of its own, and a job in case this process dies, cost two more
// commits, and found out nothing that the reconciler does not. An answer that does not come is no failure: the buyer is told
// `processing` and the reconciler finds out.

import type { OrdersClient } from '@rialto/contracts/orders/client.ts'
import type { Order } from '@rialto/contracts/orders/http.ts'
import { orderProblems } from '@rialto/contracts/orders/problems.ts'
import { initiatePayment as route } from '@rialto/contracts/payments/http.ts'
import { operationStates, paymentStates } from '@rialto/contracts/payments/states.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { type Act, reply, saga } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Static } from 'typebox'
import { DEFAULT_PROVIDER, type Parts } from '../config.ts'
import { LOST_AFTER_MS } from '../domain/checks.ts'
import { type ChosenWay, requestOf, wayOf } from '../domain/create-request.ts'
import { continuationOf, payabilityOf, startView } from '../domain/payment.ts'
import { problems } from '../errors.ts'
import { publishStatusUpdated } from '../events/publishers.ts'
import {
  insertSentOperation,
  type OperationRow,
  type PaymentRow,
  selectPayment,
  startPayment,
} from '../store.ts'
import { lockUsableMethod } from '../store-methods.ts'
import { currentPayment, replacePayment } from './create-payment.ts'
import { runOperation } from './run-operation.ts'

const WAIT_SECONDS = 5

type PayableOrder = Static<typeof Order>
interface Facts {
  readonly order: PayableOrder
  readonly way: ChosenWay
}
type Done = { readonly paymentId: string; readonly operation?: OperationRow }

/** The payment to be started, or the one that is under way just as it is asked for. */
async function paymentToStart(
  tx: Tx,
  { order, way }: Facts,
  at: { now: number; parts: Parts },
): Promise<{ payment: PaymentRow; isUnderWay: boolean }> {
  const current = await currentPayment(tx, order, at.now)
  const next = continuationOf(current, way)
  if (next === 'same') return { payment: current, isUnderWay: true }
  if (next === 'start') return { payment: current, isUnderWay: false }
  if (next === 'supersede')
    return { payment: await replacePayment(tx, { order, current }, at), isUnderWay: false }
  throw new Problem(problems[next], {
    facts: { transaction_id: current.payment_id },
    ...(next === 'payment_in_progress' ? { retryAfterSeconds: WAIT_SECONDS } : {}),
  })
}

async function start(
  tx: Tx,
  payment: PaymentRow,
  { input, facts: { order, way }, now }: Act<typeof route, Facts, Parts>,
): Promise<OperationRow> {
  const { success_url: successUrl, fail_url: failUrl } = input.body
  const paymentId = payment.payment_id
  const operationId = tx.ctx.env.ids.next('opn')
  const request = requestOf(order, { way, returnUrl: successUrl }, { paymentId, operationId })
  const { amountMinor, currency, method } = request
  const { confirmation, payment_method_id: methodId, save_method: saveMethod } = way
  const provider = DEFAULT_PROVIDER
  const to = confirmation === 'none' ? 'processing' : 'pending_psp_redirect'
  const chosen = { provider, method, confirmation, methodId, saveMethod }
  const row = { paymentId, amountMinor, currency, ...chosen, successUrl, failUrl }
  await tx.move(paymentStates, payment.status, to, startPayment(row))
  const started = { ...payment, amount_minor: way.amount_minor, currency, provider, method }
  publishStatusUpdated(tx, started, { to, late: false, atMs: now })
  tx.step(operationStates, 'init')
  const times = { atMs: now, checkAtMs: now + LOST_AFTER_MS }
  tx.begin(operationStates, 'sent', insertSentOperation(request, provider, times))
  return {
    ...{ operation_id: operationId, payment_id: paymentId, state: 'sent', provider, request },
    ...{ idempotency_key: operationId, error: null, sent_at: now },
  }
}

export const initiatePayment = saga<
  typeof route,
  Done,
  { readonly orders: OrdersClient },
  Parts,
  Facts
>(route, {
  async ask({ input, caller, clients, ctx, now }) {
    const { order_id } = input.body
    const order = await clients.orders.getOrder({ params: { order_id } })
    if (order.user_id !== caller.id) throw new Problem(orderProblems.unknown_order)
    ctx.flow = order_id
    const payability = payabilityOf(order, now)
    if (payability !== 'payable')
      throw new Problem(problems[payability], { facts: { order_id, status: order.status } })
    const way = wayOf(order, input.body)
    if (typeof way === 'string') throw new Problem(problems[way])
    return { order, way }
  },
  async act(act) {
    const { facts, tx, caller, now, parts } = act
    const methodId = facts.way.payment_method_id
    const { payment, isUnderWay } = await paymentToStart(tx, facts, { now, parts })
    const paymentId = payment.payment_id
    if (isUnderWay) return { paymentId }
    if (methodId !== null) {
      const owner = { userId: caller.id, provider: DEFAULT_PROVIDER }
      const method = await tx.maybe(lockUsableMethod(methodId, owner))
      if (method === undefined) throw new Problem(problems.unknown_payment_method)
    }
    return { paymentId, operation: await start(tx, payment, act) }
  },
  async finish({ done, unit, ctx, parts }) {
    const { paymentId, operation } = done
    const payment =
      operation === undefined
        ? await unit((tx) => tx.one(selectPayment(paymentId)))
        : await runOperation({ unit, ctx, parts }, operation)
    if (payment === 'refused') throw new Problem(problems.provider_refused)
    return reply(201, startView(payment))
  },
})
