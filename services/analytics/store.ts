// All SQL of analytics, one function a statement. Writes go by the key of the thing and overwrite, so that a replay mends rows
// that a mistake of an earlier version left.

import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import type { Mark, Purchase, PurchaseLine } from './domain/facts.ts'

/** Answers those that stand there then. */
export const upsertPurchases = (all: readonly Purchase[]): Sql<{ payment_id: string }> => sql`
  insert into analytics.purchases (payment_id, order_id, provider, method, amount_minor, currency, paid_at, day)
  select x.*, (x.paid_at at time zone 'UTC')::date
    from unnest(${all.map((p) => p.paymentId)}::text[], ${all.map((p) => p.orderId)}::text[],
           ${all.map((p) => p.provider)}::text[], ${all.map((p) => p.method)}::text[],
           ${all.map((p) => p.amountMinor)}::bigint[], ${all.map((p) => p.currency)}::text[],
           ${all.map((p) => p.paidAt)}::timestamptz[])
         x(payment_id, order_id, provider, method, amount_minor, currency, paid_at)
  on conflict (payment_id) do update
     set order_id = excluded.order_id, provider = excluded.provider, method = excluded.method,
         amount_minor = excluded.amount_minor, currency = excluded.currency, paid_at = excluded.paid_at, day = excluded.day
  returning payment_id`

export const upsertLines = (all: readonly PurchaseLine[]): Sql => sql`
  insert into analytics.purchase_lines (order_id, line_id, payment_id, product_id, title, developer_id, amount_minor,
                                        currency, region)
  select * from unnest(${all.map((l) => l.orderId)}::text[], ${all.map((l) => l.lineId)}::text[],
    ${all.map((l) => l.paymentId)}::text[], ${all.map((l) => l.productId)}::text[], ${all.map((l) => l.title)}::text[],
    ${all.map((l) => l.developerId)}::text[], ${all.map((l) => l.amountMinor)}::bigint[],
    ${all.map((l) => l.currency)}::text[], ${all.map((l) => l.region)}::text[])
  on conflict (order_id, line_id) do update
     set payment_id = excluded.payment_id, product_id = excluded.product_id, title = excluded.title,
         developer_id = excluded.developer_id, amount_minor = excluded.amount_minor, currency = excluded.currency,
         region = excluded.region`

/** Told twice, a thing counts on the first day. */
export const insertMarks = (all: readonly Mark[]): Sql => sql`
  insert into analytics.marks as m (name, subject, day)
  select * from unnest(${all.map((m) => m.name)}::text[], ${all.map((m) => m.subject)}::text[],
    ${all.map((m) => m.day)}::date[])
  on conflict (name, subject) do update set day = excluded.day where excluded.day < m.day`

export interface Range {
  readonly from: string
  readonly to: string
}

export type RevenueGroup = 'day' | 'game' | 'region' | 'provider'

export interface RevenueRow {
  readonly key: string
  readonly label: string
  readonly currency: string
  readonly orders: number
  readonly lines: number
  readonly amount_minor: bigint
}

/** The largest groups of a range; days in their order. */
export const selectRevenue = (
  by: RevenueGroup,
  range: Range,
  limit: number,
): Sql<RevenueRow> => sql`
  with facts as (
    select case ${by} when 'day' then day::text when 'game' then product_id when 'region' then region else provider end as key,
           case ${by} when 'game' then title end as title, currency, order_id, amount_minor
      from analytics.purchase_facts where day between ${range.from}::date and ${range.to}::date)
  select key, coalesce(max(title), key) as label, currency, count(distinct order_id)::int as orders, count(*)::int as lines,
         sum(amount_minor)::bigint as amount_minor
    from facts group by key, currency
   order by case ${by} when 'day' then key end, sum(amount_minor) desc, key, currency limit ${limit}`

export type TotalRow = Omit<RevenueRow, 'key' | 'label'>

export const selectRevenueTotals = (range: Range): Sql<TotalRow> => sql`
  select currency, count(distinct order_id)::int as orders, count(*)::int as lines, sum(amount_minor)::bigint as amount_minor
    from analytics.purchase_facts where day between ${range.from}::date and ${range.to}::date
   group by currency order by currency`

export interface CountRow {
  readonly day: string
  readonly name: string
  readonly count: number
}

/** How many things reached each point, by day; that an order is paid is said by its facts. */
export const selectCounts = (range: Range): Sql<CountRow> => sql`
  select day::text as day, name, count(*)::int as count from analytics.marks
   where day between ${range.from}::date and ${range.to}::date group by 1, 2
  union all
  select day::text, 'orders_paid', count(distinct order_id)::int from analytics.purchase_facts
   where day between ${range.from}::date and ${range.to}::date group by 1
   order by 1, 2`
