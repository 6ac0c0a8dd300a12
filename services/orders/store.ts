// All SQL of orders, one function a statement. Every change of an order increments its version.

import type { OrderState } from '@rialto/contracts/orders/states.ts'
import { filteredSql } from '@rialto/kernel/db/filter.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import type { Line, NewOrder } from './domain/order.ts'

export interface OrderRow {
  readonly order_id: string
  readonly user_id: string
  readonly order_type: 'purchase'
  readonly channel: 'online' | 'pos'
  readonly status: OrderState
  readonly total_minor: bigint
  readonly currency: string
  readonly region: string
  readonly version: number
  readonly payment_id: string | null
  readonly last_payment_status: string | null
  readonly ended_reason: string | null
  readonly created_at: number
  readonly expires_at: number
  readonly completed_at: number | null
}

export interface LineRow {
  readonly line_id: string
  readonly order_id: string
  readonly product_id: string
  readonly title: string
  readonly quantity: number
  readonly list_minor: bigint
  readonly amount_minor: bigint
  readonly tax_code: string
  readonly developer_id: string
  readonly promotions_applied: Line['promotions']
  readonly delivered_at: number | null
}

/**
 * Writes an order with its lines and answers the lines written: none for a product that another line of this user holds, or that
 * one just being written, for which it waits, comes to hold.
 */
export const insertOrder = (o: NewOrder): Sql<{ line_id: string }> => sql`
  with placed as (
    insert into orders.orders (order_id, user_id, order_type, channel, status, total_minor, currency, region, created_at, expires_at)
    values (${o.orderId}, ${o.userId}, 'purchase', 'online', 'pending_payment', ${o.totalMinor}, ${o.currency}, ${o.region},
            to_timestamp(${o.createdAtMs}::float8 / 1000), to_timestamp(${o.expiresAtMs}::float8 / 1000)))
  insert into orders.order_lines (line_id, order_id, position, user_id, product_id, title, quantity, list_minor, amount_minor,
                                  tax_code, developer_id, promotions_applied)
  select x.line_id, ${o.orderId}, x.place - 1, ${o.userId}, x.product_id, x.title, x.quantity, x.list_minor, x.amount_minor,
         x.tax_code, x.developer_id, x.promotions::jsonb
    from unnest(${o.lines.map((l) => l.lineId)}::text[], ${o.lines.map((l) => l.productId)}::text[],
           ${o.lines.map((l) => l.title)}::text[], ${o.lines.map((l) => l.quantity)}::int[],
           ${o.lines.map((l) => l.listMinor)}::bigint[], ${o.lines.map((l) => l.amountMinor)}::bigint[],
           ${o.lines.map((l) => l.taxCode)}::text[], ${o.lines.map((l) => l.developerId)}::text[],
           ${o.lines.map((l) => JSON.stringify(l.promotions))}::text[]) with ordinality
           x(line_id, product_id, title, quantity, list_minor, amount_minor, tax_code, developer_id, promotions, place)
  on conflict (user_id, product_id) where holds do nothing returning line_id`

/** The order whose line holds this product. */
export const selectHolder = (
  userId: string,
  productId: string,
): Sql<{ order_id: string; status: OrderState }> => sql`
  select o.order_id, o.status from orders.order_lines l join orders.orders o using (order_id)
   where l.user_id = ${userId} and l.product_id = ${productId} and l.holds`

/** An order with its lines, a row for each of them: an order has at least one. */
export const selectOrder = (orderId: string): Sql<OrderRow & LineRow> => sql`
  select o.order_id, o.user_id, o.order_type, o.channel, o.status, o.total_minor, o.currency, o.region, o.version, o.payment_id,
         o.last_payment_status, o.ended_reason, o.created_at, o.expires_at, o.completed_at,
         l.line_id, l.product_id, l.title, l.quantity, l.list_minor, l.amount_minor, l.tax_code, l.developer_id,
         l.promotions_applied, l.delivered_at
    from orders.orders o join orders.order_lines l using (order_id)
   where o.order_id = ${orderId} and l.removed_at is null order by l.position`

/** Orders, locked one after the other as everybody locks them, so that two who want the same never wait for each other. */
export const lockOrders = (orderIds: readonly string[]): Sql<OrderRow> => sql`
  select order_id, user_id, order_type, channel, status, total_minor, currency, region, version, payment_id, last_payment_status,
         ended_reason, created_at, expires_at, completed_at
    from orders.orders where order_id = any(${orderIds}) order by order_id for update`

export const selectLines = (orderIds: readonly string[]): Sql<LineRow> => sql`
  select line_id, order_id, product_id, title, quantity, list_minor, amount_minor, tax_code, developer_id, promotions_applied,
         delivered_at
    from orders.order_lines where order_id = any(${orderIds}) and removed_at is null order by order_id, position`

/** A page of a user's orders, newest first. */
export const selectOrders = (
  userId: string,
  after: readonly [createdAtMs: number, orderId: string] | null,
  limit: number,
): Sql<OrderRow> => sql`
  select order_id, user_id, order_type, channel, status, total_minor, currency, region, version, payment_id, last_payment_status,
         ended_reason, created_at, expires_at, completed_at
    from orders.orders
   where user_id = ${userId}
     and (${after?.[1] ?? null}::text is null
          or (created_at, order_id) < (to_timestamp(${after?.[0] ?? null}::float8 / 1000), ${after?.[1] ?? null}::text))
   order by created_at desc, order_id desc limit ${limit}`

/** Ends an unpaid order. */
export const endOrder = (
  orderId: string,
  status: 'expired' | 'canceled',
  reason: string,
): Sql => sql`
  update orders.orders set status = ${status}, ended_reason = ${reason}, version = version + 1
   where order_id = ${orderId}`

/** Lets go of the products of an order that ended without them. */
export const releaseLines = (orderId: string): Sql => sql`
  update orders.order_lines set holds = false where order_id = ${orderId} and holds`

/** Takes lines out of a cart; they hold their products no more. */
export const removeLines = (orderId: string, lineIds: readonly string[], atMs: number): Sql => sql`
  update orders.order_lines set holds = false, removed_at = to_timestamp(${atMs}::float8 / 1000)
   where order_id = ${orderId} and line_id = any(${lineIds})`

export const setTotal = (orderId: string, totalMinor: bigint): Sql => sql`
  update orders.orders set total_minor = ${totalMinor}, version = version + 1 where order_id = ${orderId}`

/** An attempt to pay as payments last told of it. */
export interface Attempt {
  readonly paymentId: string
  readonly orderId: string
  readonly status: string
  readonly atMs: number
}

/** What changed of orders that are locked, each once. */
export interface Changed {
  readonly orders: readonly (OrderRow & { readonly fulfilledAtMs: number | null })[]
  readonly attempts: readonly Attempt[]
  readonly delivered: readonly { readonly lineId: string; readonly at: string }[]
}

/** All of it in one statement, because most batches change a little of each. Answers the orders that it wrote. */
export const saveChanged = ({
  orders,
  attempts,
  delivered,
}: Changed): Sql<{ order_id: string }> => sql`
  with attempted as (
    insert into orders.payment_attempts (payment_id, order_id, status, updated_at)
    select x.payment_id, x.order_id, x.status, to_timestamp(x.at_ms / 1000)
      from unnest(${attempts.map((a) => a.paymentId)}::text[], ${attempts.map((a) => a.orderId)}::text[],
             ${attempts.map((a) => a.status)}::text[], ${attempts.map((a) => a.atMs)}::float8[])
             x(payment_id, order_id, status, at_ms)
    on conflict (payment_id) do update set status = excluded.status, updated_at = excluded.updated_at),
  delivered as (
    update orders.order_lines l set delivered_at = x.at
      from unnest(${delivered.map((d) => d.lineId)}::text[], ${delivered.map((d) => d.at)}::timestamptz[]) x(line_id, at)
     where l.line_id = x.line_id and l.delivered_at is null)
  update orders.orders o set status = x.status, payment_id = x.payment_id, last_payment_status = x.last_payment_status,
         expires_at = to_timestamp(x.expires_ms / 1000), completed_at = to_timestamp(x.completed_ms / 1000),
         fulfilled_at = coalesce(to_timestamp(x.fulfilled_ms / 1000), o.fulfilled_at), version = x.version
    from unnest(${orders.map((o) => o.order_id)}::text[], ${orders.map((o) => o.status)}::text[],
           ${orders.map((o) => o.payment_id)}::text[], ${orders.map((o) => o.last_payment_status)}::text[],
           ${orders.map((o) => o.expires_at)}::float8[], ${orders.map((o) => o.completed_at)}::float8[],
           ${orders.map((o) => o.fulfilledAtMs)}::float8[], ${orders.map((o) => o.version)}::int[])
           x(order_id, status, payment_id, last_payment_status, expires_ms, completed_ms, fulfilled_ms, version)
   where o.order_id = x.order_id
  returning o.order_id`

/** Adds why an attempt failed; its status is told by another event, before or after this one. */
export const setAttemptError = (a: {
  paymentId: string
  orderId: string
  error: string
  atMs: number
}): Sql => sql`
  insert into orders.payment_attempts as a (payment_id, order_id, status, error, updated_at)
  values (${a.paymentId}, ${a.orderId}, 'failed', ${a.error}, to_timestamp(${a.atMs}::float8 / 1000))
  on conflict (payment_id) do update set error = excluded.error`

/** Orders past their time; a page of them, those first that waited longest. Payments says which of them still wait for money. */
export const selectExpired = (
  atMs: number,
  after: { readonly expires_at: number; readonly order_id: string } | null,
  limit: number,
): Sql<{ order_id: string; expires_at: number }> => sql`
  select order_id, expires_at from orders.orders
   where status = 'pending_payment' and expires_at <= to_timestamp(${atMs}::float8 / 1000)
     and (${after?.order_id ?? null}::text is null
          or (expires_at, order_id) > (to_timestamp(${after?.expires_at ?? null}::float8 / 1000), ${after?.order_id ?? null}::text))
   order by expires_at, order_id limit ${limit}`

/** The same order, locked, unless somebody works on it or it is due no more. */
export const lockExpired = (orderId: string, atMs: number): Sql<OrderRow> => sql`
  select order_id, user_id, order_type, channel, status, total_minor, currency, region, version, payment_id, last_payment_status,
         ended_reason, created_at, expires_at, completed_at
    from orders.orders
   where order_id = ${orderId} and status = 'pending_payment' and expires_at <= to_timestamp(${atMs}::float8 / 1000)
     for update skip locked`

export const insertAbsorbed = (a: {
  eventId: string
  orderId: string
  paymentId: string
  eventType: string
  reason: string
  atMs: number
}): Sql => sql`
  insert into orders.absorbed_messages (event_id, order_id, payment_id, event_type, reason, absorbed_at)
  values (${a.eventId}, ${a.orderId}, ${a.paymentId}, ${a.eventType}, ${a.reason}, to_timestamp(${a.atMs}::float8 / 1000))
  on conflict (event_id) do nothing`

/** What operators look for; `after` is the last order of the page before. */
export interface OrderSearch {
  readonly order_id?: string
  readonly user_id?: string
  readonly product_id?: string
  readonly status?: OrderState
  readonly paid?: boolean
  readonly currency?: string
  readonly from?: string
  readonly to?: string
  readonly amount_min?: number
  readonly amount_max?: number
  readonly after?: string
  readonly limit: number
}

export interface FoundRow extends OrderRow {
  readonly fulfilled_at: number | null
  readonly title: string | null
  readonly lines: number
}

/** The states of orders that were paid, whatever went back since. */
export const PAID: readonly OrderState[] = [
  'completed',
  'fulfilled',
  'partially_refunded',
  'refunded',
]

/** Newest first by their ids, which are ordered by time: the primary key serves the page, and placing pays for no index. */
export const selectFound = (s: OrderSearch): Sql<FoundRow> =>
  filteredSql<FoundRow>({
    select: `
  select o.order_id, o.user_id, o.order_type, o.channel, o.status, o.total_minor, o.currency, o.region, o.version, o.payment_id,
         o.last_payment_status, o.ended_reason, o.created_at, o.expires_at, o.completed_at, o.fulfilled_at,
         (select l.title from orders.order_lines l where l.order_id = o.order_id and l.removed_at is null
           order by l.position limit 1) as title,
         (select count(*)::int from orders.order_lines l where l.order_id = o.order_id and l.removed_at is null) as lines
    from orders.orders o`,
    conditions: [
      ['o.order_id = ?', s.order_id],
      ['o.order_id < ?', s.after],
      ['o.user_id = ?', s.user_id],
      ['o.status = ?', s.status],
      [`(o.status in ('${PAID.join("', '")}')) = ?`, s.paid],
      ['o.currency = ?', s.currency],
      ['o.created_at >= ?::timestamptz', s.from],
      ['o.created_at < ?::timestamptz', s.to],
      ['o.total_minor >= ?', s.amount_min],
      ['o.total_minor <= ?', s.amount_max],
      [
        'o.order_id in (select l.order_id from orders.order_lines l where l.product_id = ? and l.removed_at is null)',
        s.product_id,
      ],
    ],
    order: 'order by o.order_id desc',
    limit: s.limit,
  })

export const selectCounts = (
  from: string,
  to: string | null,
): Sql<{ status: OrderState; currency: string; orders: bigint; minor: bigint }> => sql`
  select status, currency, count(*)::bigint as orders, sum(total_minor)::bigint as minor from orders.orders
   where created_at >= ${from}::timestamptz and created_at < coalesce(${to}::timestamptz, 'infinity')
   group by status, currency`

export const selectAttempts = (
  orderId: string,
): Sql<{ payment_id: string; status: string; error: string | null; updated_at: number }> => sql`
  select payment_id, status, error, updated_at from orders.payment_attempts where order_id = ${orderId} order by payment_id`

export const selectAbsorbed = (
  orderId: string,
): Sql<{
  event_id: string
  payment_id: string
  event_type: string
  reason: string
  absorbed_at: number
}> => sql`
  select event_id, payment_id, event_type, reason, absorbed_at from orders.absorbed_messages where order_id = ${orderId}
   order by absorbed_at`
