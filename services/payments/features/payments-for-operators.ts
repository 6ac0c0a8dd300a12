// Payments as operators see them: lists, tables for spreadsheets, figures, and all of one order with what lies behind them.

import * as contract from '@rialto/contracts/payments/admin.ts'
import { csvOf } from '@rialto/kernel/documents/csv.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { decodeCursor, pageOf } from '@rialto/kernel/service/cursor.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { paymentView } from '../domain/payment.ts'
import {
  countReviews,
  type OperationFound,
  type RefundFound,
  selectCounts,
  selectCurrent,
  selectFound,
  selectOperationsOf,
  selectRefundsOf,
  selectWebhooksOf,
  type WebhookFound,
} from '../store-admin.ts'

const DEFAULT_LIMIT = 50
const EXPORT_MAX = 20_000
/** Nobody tries to pay one order so often. */
const PAYMENTS_OF_ORDER_MAX = 100

export const listAllPayments = query(contract.listAllPayments, ({ input, read }) =>
  read(async (tx) => {
    const { limit = DEFAULT_LIMIT, cursor, ...filter } = input.query
    const [after] = decodeCursor(cursor, ['text']) ?? []
    const rows = await tx.many(
      selectFound({
        ...filter,
        ...(after === undefined ? {} : { after }),
        limit: limit + 1,
      }),
    )
    const { shown, next } = pageOf(rows, limit, (row) => [row.payment_id])
    return reply(200, { items: shown.map(paymentView), ...next })
  }),
)

const COLUMNS = [
  ...['transaction_id', 'order_id', 'user_id', 'status', 'amount_minor', 'currency'],
  ...['refunded_minor', 'provider', 'provider_payment_id', 'method', 'failure_reason', 'late'],
  ...['created_at', 'completed_at'],
]

export const exportPayments = query(contract.exportPayments, async ({ input, read }) => {
  const rows = await read((tx) => tx.many(selectFound({ ...input.query, limit: EXPORT_MAX })))
  return reply(
    200,
    csvOf(
      COLUMNS,
      rows.map((r) => [
        ...[r.payment_id, r.order_id, r.user_id, r.status, r.amount_minor, r.currency],
        ...[r.refunded_minor, r.provider, r.provider_payment_id, r.method, r.failure_reason],
        ...[String(r.late), isoInstant(r.created_at)],
        r.completed_at === null ? null : isoInstant(r.completed_at),
      ]),
    ),
  )
})

export const countPayments = query(contract.countPayments, ({ input, read }) =>
  read(async (tx) => {
    const { from, to } = input.query
    const rows = await tx.many(selectCounts(from, to ?? null))
    const [reviews] = await tx.many(countReviews())
    return reply(200, {
      groups: rows.map(({ status, provider, method, count }) => ({
        status,
        count,
        ...(provider === null ? {} : { provider }),
        ...(method === null ? {} : { method }),
      })),
      reviews: reviews?.open ?? 0,
    })
  }),
)

const at = <Name extends string>(name: Name, value: number | null) =>
  (value === null ? {} : { [name]: isoInstant(value) }) as { readonly [K in Name]?: string }
const text = <Name extends string>(name: Name, value: string | null) =>
  (value === null ? {} : { [name]: value }) as { readonly [K in Name]?: string }

const operationView = (row: OperationFound) => ({
  operation_id: row.operation_id,
  state: row.state,
  provider: row.provider,
  idempotency_key: row.idempotency_key,
  amount: toJsonMinor(row.amount_minor),
  created_at: isoInstant(row.created_at),
  ...text('error', row.error),
  ...at('sent_at', row.sent_at),
  ...at('settled_at', row.settled_at),
})

const refundView = (row: RefundFound) => ({
  refund_id: row.refund_id,
  state: row.state,
  cause: row.cause,
  reason: row.reason,
  amount: toJsonMinor(row.amount_minor),
  requested_at: isoInstant(row.requested_at),
  ...text('error', row.error),
  ...at('settled_at', row.settled_at),
})

const webhookView = (row: WebhookFound) => ({
  event: row.event,
  state: row.state,
  deliveries: row.deliveries,
  received_at: isoInstant(row.received_at),
  ...text('outcome', row.outcome),
  ...at('handled_at', row.handled_at),
})

/** Belongs to no flow: who watches a run must not stand in its record. */
export const examinePayments = query(contract.examinePayments, ({ input, read }) =>
  read(async (tx) => {
    const { order_id } = input.params
    const rows = await tx.many(selectFound({ order_id, limit: PAYMENTS_OF_ORDER_MAX }))
    const ids = rows.map((row) => row.payment_id)
    const current = await tx.maybe(selectCurrent(order_id))
    const operations = await tx.many(selectOperationsOf(ids))
    const refunds = await tx.many(selectRefundsOf(ids))
    const objects = rows.flatMap((row) => row.provider_payment_id ?? [])
    const webhooks = await tx.many(selectWebhooksOf(objects))
    return reply(200, {
      items: rows.map((row) => ({
        payment: paymentView(row),
        is_current: row.payment_id === current?.payment_id,
        ...text('provider_payment_id', row.provider_payment_id),
        operations: operations.filter((o) => o.payment_id === row.payment_id).map(operationView),
        refunds: refunds.filter((r) => r.payment_id === row.payment_id).map(refundView),
        webhooks: webhooks.filter((w) => w.object_id === row.provider_payment_id).map(webhookView),
      })),
    })
  }),
)
