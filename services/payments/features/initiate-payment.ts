// Starts paying an order: the payment and the operation are written first, then the provider is asked, and what it says makes
// the answer. The operation is `sent` from that commit on: a claim of its own, and a job in case this process dies, cost two more
// commits, and found out nothing that the reconciler does not. An answer that does not come is no failure: the buyer is told
// `processing` and the reconciler finds out.

import type { OrdersClient } from '@rialto/contracts/orders/client.ts'
import type { Order } from '@rialto/contracts/orders/http.ts'
import { orderProblems } from '@rialto/contracts/orders/problems.ts'
import { initiatePayment as route } from '@rialto/contracts/payments/http.ts'
import { operationStates, paymentStates } from '@rialto/contracts/payments/states.ts'
import type { ReplyOf } from '@rialto/kernel/pure/contract.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { type Act, type Finish, reply, saga } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Static } from 'typebox'
import { DEFAULT_PROVIDER, type Parts } from '../config.ts'
import { LOST_AFTER_MS } from '../domain/checks.ts'
import { type ChosenWay, requestOf, wayOf } from '../domain/create-request.ts'
import { continuationOf, payabilityOf, refusalOfStart, startView } from '../domain/payment.ts'
import { problems } from '../errors.ts'
import { publishStatusUpdated } from '../events/publishers.ts'
import {
  lockOrderPayments,
  type PaymentRow,
  type Start,
  selectPayment,
  startPayment,
  startWaitingPayment,
} from '../store.ts'
import { insertSentOperation, type OperationRow } from '../store-operations.ts'
import { lockUsableMethod } from '../store-refunds-and-methods.ts'
import { currentPayment, replacePayment } from './create-payment.ts'
import { type Last, runOperation } from './run-operation.ts'

const WAIT_SECONDS = 5

type PayableOrder = Static<typeof Order>
interface Facts {
  readonly order: PayableOrder
  readonly way: ChosenWay
}
type Started = ReplyOf<typeof route>
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

type Starting = Act<typeof route, Facts, Parts>
type Finishing = Finish<typeof route, Done, Parts>

const startOf = ({ input, facts: { order, way } }: Starting): Start => ({
  ...{ amountMinor: toJsonMinor(way.amount_minor), currency: way.currency },
  ...{ receiptItems: order.items, orderVersion: order.version },
  ...{ provider: DEFAULT_PROVIDER, method: way.method, confirmation: way.confirmation },
  ...{ methodId: way.payment_method_id, saveMethod: way.save_method },
  ...{ successUrl: input.body.success_url, failUrl: input.body.fail_url },
})

const startedState = ({ facts: { way } }: Starting) =>
  way.confirmation === 'none' ? ('processing' as const) : ('pending_psp_redirect' as const)

/** The start is told, and its call is committed as `sent`; `payment` is as it was before. */
function tellStart(act: Starting, payment: PaymentRow): OperationRow {
  const { tx, input, now } = act
  const { order, way } = act.facts
  const paymentId = payment.payment_id
  const operationId = tx.ctx.env.ids.next('opn')
  const chosen = { way, returnUrl: input.body.success_url }
  const request = requestOf(order, chosen, { paymentId, operationId })
  const { currency, method } = request
  const provider = DEFAULT_PROVIDER
  const started = { ...payment, amount_minor: way.amount_minor, currency, provider, method }
  publishStatusUpdated(tx, started, { to: startedState(act), late: false, atMs: now })
  tx.step(operationStates, 'init')
  const times = { atMs: now, checkAtMs: now + LOST_AFTER_MS }
  tx.begin(operationStates, 'sent', insertSentOperation(request, provider, times))
  return {
    ...{ operation_id: operationId, payment_id: paymentId, state: 'sent', provider, request },
    ...{ idempotency_key: operationId, error: null, sent_at: now },
  }
}

async function checkMethod({ tx, facts, caller }: Starting): Promise<void> {
  const methodId = facts.way.payment_method_id
  if (methodId === null) return
  const owner = { userId: caller.id, provider: DEFAULT_PROVIDER }
  const method = await tx.maybe(lockUsableMethod(methodId, owner))
  if (method === undefined) throw new Problem(problems.unknown_payment_method)
}

/**
 * Nearly always the order's payment waits to be started, and one statement does it; what else there may be is looked at. The lock
 * travels with it: a quick buyer meets the commit that makes the payment, and starts what is there after it. An order that was
 * changed since it was read is read again, by the same request sent again: it would be asked for the old amount.
 */
async function start(act: Starting): Promise<Done> {
  const { tx, facts, now, parts } = act
  tx.write(lockOrderPayments(facts.order.order_id))
  const waiting = await tx.maybe(startWaitingPayment(facts.order.order_id, startOf(act)))
  if (waiting !== undefined) {
    await checkMethod(act)
    tx.step(paymentStates, startedState(act))
    const operation = tellStart(act, { ...waiting, status: 'created' })
    return { paymentId: waiting.payment_id, operation }
  }
  const { payment, isUnderWay } = await paymentToStart(tx, facts, { now, parts })
  const paymentId = payment.payment_id
  if (isUnderWay) return { paymentId }
  await checkMethod(act)
  if ((await tx.run(startPayment(paymentId, startOf(act)))) === 0)
    throw new Unavailable(`${facts.order.order_id} was changed while a payment of it was started`)
  tx.step(paymentStates, startedState(act))
  return { paymentId, operation: tellStart(act, payment) }
}

/** Where the order was changed there is no result to wait for: the same request, sent again, begins anew on what it is then. */
const overtaken = (code: NonNullable<ReturnType<typeof refusalOfStart>>): Problem =>
  new Problem(
    problems[code],
    code === 'payment_in_progress' ? { retryAfterSeconds: WAIT_SECONDS } : {},
  )

/** The buyer is not sent to pay for what nobody waits for any more; what the provider said is written all the same. */
function answering({ answer, unit }: Pick<Finishing, 'answer' | 'unit'>): Last<Started> {
  return async (work) => {
    const refused: { code?: ReturnType<typeof refusalOfStart> } = {}
    try {
      return await answer(async (tx) => {
        const payment = await work(tx)
        refused.code = refusalOfStart(payment)
        if (refused.code !== undefined) throw overtaken(refused.code)
        return reply(201, startView(payment))
      })
    } catch (error) {
      if (refused.code !== undefined) await unit(work)
      throw error
    }
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
  act: start,
  async finish({ done, unit, answer, ctx, parts }) {
    const { paymentId, operation } = done
    const last = answering({ answer, unit })
    if (operation === undefined) return last((tx) => tx.one(selectPayment(paymentId)))
    const started = await runOperation({ unit, ctx, parts }, operation, last)
    if (started === 'refused') throw new Problem(problems.provider_refused)
    return started
  },
})
