// All SQL of developers, one function a statement.

import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import type { Entry } from './domain/entry.ts'

/** An entry that was new, and what its developer has then. */
export interface BookedRow {
  readonly order_id: string
  readonly line_id: string
  readonly cause: string
  readonly payment_id: string
  /** After all entries of the statement. */
  readonly balance_minor: bigint
}

/**
 * Books entries and moves the balances by those that are new; answers these. Balances are locked in one order, so that two
 * batches that share developers never wait for each other in a circle.
 */
export const bookEntries = (all: readonly Entry[], bookedAtMs: number): Sql<BookedRow> => sql`
  with fresh as (
    insert into developers.entries (order_id, line_id, cause, payment_id, developer_id, product_id, title, price_minor,
                                    tax_minor, amount_minor, currency, sold_at, booked_at)
    select x.*, to_timestamp(${bookedAtMs}::float8 / 1000)
      from unnest(${all.map((e) => e.orderId)}::text[], ${all.map((e) => e.lineId)}::text[],
             ${all.map((e) => e.cause)}::text[], ${all.map((e) => e.paymentId)}::text[],
             ${all.map((e) => e.developerId)}::text[], ${all.map((e) => e.productId)}::text[],
             ${all.map((e) => e.title)}::text[], ${all.map((e) => e.priceMinor)}::bigint[],
             ${all.map((e) => e.taxMinor)}::bigint[], ${all.map((e) => e.amountMinor)}::bigint[],
             ${all.map((e) => e.currency)}::text[], ${all.map((e) => e.soldAt)}::timestamptz[]) x
    on conflict do nothing
    returning order_id, line_id, cause, payment_id, developer_id, currency, amount_minor),
  moved as (
    insert into developers.balances as b (developer_id, currency, balance_minor, updated_at)
    select developer_id, currency, sum(amount_minor), to_timestamp(${bookedAtMs}::float8 / 1000)
      from fresh group by developer_id, currency order by developer_id, currency
    on conflict (developer_id, currency) do update
       set balance_minor = b.balance_minor + excluded.balance_minor,
           updated_at = greatest(b.updated_at, excluded.updated_at)
    returning developer_id, currency, balance_minor)
  select f.order_id, f.line_id, f.cause, f.payment_id, m.balance_minor from fresh f join moved m using (developer_id, currency)`

export interface EntryRow {
  readonly order_id: string
  readonly line_id: string
  readonly cause: string
  readonly payment_id: string
  readonly developer_id: string
  readonly product_id: string
  readonly title: string
  readonly price_minor: bigint
  readonly tax_minor: bigint
  readonly amount_minor: bigint
  readonly currency: string
  readonly sold_at: number
  readonly booked_at: number
}

/** What a payment's sale booked, and its refunds so far. */
export const selectEntriesOf = (orderId: string, paymentId: string): Sql<EntryRow> => sql`
  select order_id, line_id, cause, payment_id, developer_id, product_id, title, price_minor, tax_minor, amount_minor,
         currency, sold_at, booked_at
    from developers.entries where order_id = ${orderId} and payment_id = ${paymentId} order by line_id, cause`

export const selectMembership = (userId: string): Sql<{ developer_id: string }> => sql`
  select developer_id from developers.members where user_id = ${userId}`

export const insertMember = (userId: string, developerId: string): Sql => sql`
  insert into developers.members (user_id, developer_id) values (${userId}, ${developerId}) on conflict do nothing`

export interface BalanceRow {
  readonly currency: string
  readonly balance_minor: bigint
  readonly updated_at: number
}

export const selectBalances = (developerId: string): Sql<BalanceRow> => sql`
  select currency, balance_minor, updated_at from developers.balances where developer_id = ${developerId} order by currency`

/** A span of booking time, `to` excluded. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export interface TotalRow {
  readonly currency: string
  readonly balance_minor: bigint
  readonly sales_minor: bigint
  readonly refunds_minor: bigint
  readonly later_minor: bigint
  readonly entries: number
}

/**
 * The sums of a span. What was booked before it is the balance less all that came after: reading forward from the span costs
 * what the span and the time since cost, and not the whole past.
 */
export const selectTotals = (developerId: string, { fromMs, toMs }: Span): Sql<TotalRow> => sql`
  select b.currency, b.balance_minor,
         coalesce(sum(e.amount_minor) filter (where e.booked_at < s.upto and e.cause = 'sale'), 0)::bigint as sales_minor,
         coalesce(sum(e.amount_minor) filter (where e.booked_at < s.upto and e.cause <> 'sale'), 0)::bigint as refunds_minor,
         coalesce(sum(e.amount_minor) filter (where e.booked_at >= s.upto), 0)::bigint as later_minor,
         (count(*) filter (where e.booked_at < s.upto))::int as entries
    from developers.balances b
   cross join (select to_timestamp(${fromMs}::float8 / 1000) as since, to_timestamp(${toMs}::float8 / 1000) as upto) s
    left join developers.entries e
      on e.developer_id = b.developer_id and e.currency = b.currency and e.booked_at >= s.since
   where b.developer_id = ${developerId}
   group by b.currency, b.balance_minor order by b.currency`

/** Where a page of entries begins. */
type After = readonly [bookedAtMs: number, lineId: string, cause: string, paymentId: string]

/** A page of a span's entries, oldest first. */
export const selectEntries = (
  developerId: string,
  span: Span,
  { after, limit }: { readonly after: After | null; readonly limit: number },
): Sql<EntryRow> => sql`
  select order_id, line_id, cause, payment_id, developer_id, product_id, title, price_minor, tax_minor, amount_minor,
         currency, sold_at, booked_at
    from developers.entries
   where developer_id = ${developerId}
     and booked_at >= to_timestamp(${span.fromMs}::float8 / 1000) and booked_at < to_timestamp(${span.toMs}::float8 / 1000)
     and (${after?.[1] ?? null}::text is null
          or (booked_at, line_id, cause, payment_id)
             > (to_timestamp(${after?.[0] ?? null}::float8 / 1000), ${after?.[1] ?? null}::text, ${after?.[2] ?? null}::text,
                ${after?.[3] ?? null}::text))
   order by booked_at, line_id, cause, payment_id limit ${limit}`
