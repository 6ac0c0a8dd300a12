// Orders as operators see them: lists, tables for spreadsheets, figures, and one order with all that is known of it.

import * as contract from '@rialto/contracts/orders/admin.ts'
import { csvOf } from '@rialto/kernel/documents/csv.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { decodeCursor, pageOf } from '@rialto/kernel/service/cursor.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { orderView } from '../domain/order.ts'
import { problems } from '../errors.ts'
import {
  type FoundRow,
  type OrderRow,
  PAID,
  selectAbsorbed,
  selectAttempts,
  selectCounts,
  selectFound,
  selectOrder,
} from '../store.ts'

const DEFAULT_LIMIT = 50
const EXPORT_MAX = 20_000

const summaryOf = (row: FoundRow) => ({
  order_id: row.order_id,
  user_id: row.user_id,
  status: row.status,
  total_amount: toJsonMinor(row.total_minor),
  currency: row.currency,
  region: row.region,
  channel: row.channel,
  title: row.title ?? '',
  lines: row.lines,
  created_at: isoInstant(row.created_at),
  ...(row.payment_id === null ? {} : { payment_id: row.payment_id }),
  ...(row.last_payment_status === null ? {} : { payment_status: row.last_payment_status }),
  ...(row.ended_reason === null ? {} : { ended_reason: row.ended_reason }),
  ...(row.completed_at === null ? {} : { completed_at: isoInstant(row.completed_at) }),
})

export const listAllOrders = query(contract.listAllOrders, ({ input, read }) =>
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
    const { shown, next } = pageOf(rows, limit, (row) => [row.order_id])
    return reply(200, { items: shown.map(summaryOf), ...next })
  }),
)

const COLUMNS = [
  ...['order_id', 'user_id', 'status', 'total_minor', 'currency', 'region', 'channel'],
  ...[
    'title',
    'lines',
    'payment_id',
    'payment_status',
    'ended_reason',
    'created_at',
    'completed_at',
  ],
]

export const exportOrders = query(contract.exportOrders, async ({ input, read }) => {
  const rows = await read((tx) => tx.many(selectFound({ ...input.query, limit: EXPORT_MAX })))
  return reply(
    200,
    csvOf(
      COLUMNS,
      rows.map((r) => [
        ...[r.order_id, r.user_id, r.status, r.total_minor, r.currency, r.region, r.channel],
        ...[r.title, r.lines, r.payment_id, r.last_payment_status, r.ended_reason],
        isoInstant(r.created_at),
        r.completed_at === null ? null : isoInstant(r.completed_at),
      ]),
    ),
  )
})

export const countOrders = query(contract.countOrders, async ({ input, read }) => {
  const rows = await read((tx) => tx.many(selectCounts(input.query.from, input.query.to ?? null)))
  const sum = (holds: (status: OrderRow['status']) => boolean): number =>
    rows.reduce((all, row) => all + (holds(row.status) ? Number(row.orders) : 0), 0)
  const currencies = [...new Set(rows.map((row) => row.currency))]
  return reply(200, {
    placed: sum(() => true),
    paid: sum((status) => PAID.includes(status)),
    open: sum((status) => status === 'pending_payment'),
    expired: sum((status) => status === 'expired'),
    canceled: sum((status) => status === 'canceled'),
    refunded: sum((status) => status === 'refunded' || status === 'partially_refunded'),
    revenue: currencies.map((currency) => ({
      currency,
      amount: toJsonMinor(
        rows
          .filter((row) => row.currency === currency && PAID.includes(row.status))
          .reduce((all, row) => all + row.minor, 0n),
      ),
    })),
  })
})

/** Belongs to no flow: who watches a run must not stand in its record. */
export const examineOrder = query(contract.examineOrder, ({ input, read }) =>
  read(async (tx) => {
    const { order_id: orderId } = input.params
    const [lines, attempts, absorbed, [found]] = await Promise.all([
      tx.many(selectOrder(orderId)),
      tx.many(selectAttempts(orderId)),
      tx.many(selectAbsorbed(orderId)),
      tx.many(selectFound({ order_id: orderId, limit: 1 })),
    ])
    const [order] = lines
    if (order === undefined) throw new Problem(problems.unknown_order)
    const fulfilledAt = found?.fulfilled_at ?? null
    return reply(200, {
      order: orderView(order, lines),
      region: order.region,
      ...(fulfilledAt === null ? {} : { fulfilled_at: isoInstant(fulfilledAt) }),
      delivered: lines.flatMap((line) =>
        line.delivered_at === null
          ? []
          : [{ line_id: line.line_id, at: isoInstant(line.delivered_at) }],
      ),
      attempts: attempts.map((row) => ({
        transaction_id: row.payment_id,
        status: row.status,
        ...(row.error === null ? {} : { error: row.error }),
        at: isoInstant(row.updated_at),
      })),
      absorbed: absorbed.map((row) => ({
        event_id: row.event_id,
        event: row.event_type,
        transaction_id: row.payment_id,
        reason: row.reason,
        at: isoInstant(row.absorbed_at),
      })),
    })
  }),
)
