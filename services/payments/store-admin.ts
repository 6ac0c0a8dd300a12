// What operators read of payments. Reads only; no way of money goes through here.

import { filteredSql } from '@rialto/kernel/db/filter.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import type { PaymentRow } from './store.ts'

export interface PaymentSearch {
  readonly transaction_id?: string
  readonly order_id?: string
  readonly user_id?: string
  readonly status?: string
  readonly provider?: string
  readonly method?: string
  readonly currency?: string
  readonly late?: boolean
  readonly from?: string
  readonly to?: string
  readonly amount_min?: number
  readonly amount_max?: number
  /** The last payment of the page before. */
  readonly after?: string
  readonly limit: number
}

/** A payment is shown as refunded by what went back of it; its own state stays `completed`. */
const REFUNDED: Readonly<Record<string, string>> = {
  completed: `status = 'completed' and refunded_minor = 0 and ?::text is not null`,
  partially_refunded:
    'refunded_minor > 0 and refunded_minor < captured_minor and ?::text is not null',
  refunded: 'refunded_minor > 0 and refunded_minor >= captured_minor and ?::text is not null',
}

/** Newest first by their ids, which are ordered by time: the primary key serves the page. */
export const selectFound = (s: PaymentSearch): Sql<PaymentRow> =>
  filteredSql<PaymentRow>({
    select: `
  select payment_id, order_id, user_id, status, amount_minor, currency, provider, provider_payment_id, method, confirmation,
         payment_method_id, save_method, redirect_url, qr_data, failure_reason, captured_minor, reserved_minor, refunded_minor,
         late, order_ended_at, superseded_at, created_at, completed_at
    from payments.payments`,
    conditions: [
      ['payment_id = ?', s.transaction_id],
      ['payment_id < ?', s.after],
      ['order_id = ?', s.order_id],
      ['user_id = ?', s.user_id],
      [REFUNDED[s.status ?? ''] ?? 'status = ?', s.status],
      ['provider = ?', s.provider],
      ['method = ?', s.method],
      ['currency = ?', s.currency],
      ['late = ?', s.late],
      ['created_at >= ?::timestamptz', s.from],
      ['created_at < ?::timestamptz', s.to],
      ['amount_minor >= ?', s.amount_min],
      ['amount_minor <= ?', s.amount_max],
    ],
    order: 'order by payment_id desc',
    limit: s.limit,
  })

export const selectCounts = (
  from: string,
  to: string | null,
): Sql<{ status: string; provider: string | null; method: string | null; count: number }> => sql`
  select status, provider, method, count(*)::int as count from payments.payments
   where created_at >= ${from}::timestamptz and created_at < coalesce(${to}::timestamptz, 'infinity')
   group by status, provider, method order by status, provider, method`

export const countReviews = (): Sql<{ open: number }> => sql`
  select count(*)::int as open from payments.reviews where resolved_at is null`

export interface OperationFound {
  readonly payment_id: string
  readonly operation_id: string
  readonly state: string
  readonly provider: string
  readonly idempotency_key: string
  readonly amount_minor: bigint
  readonly error: string | null
  readonly created_at: number
  readonly sent_at: number | null
  readonly settled_at: number | null
}

export const selectOperationsOf = (paymentIds: readonly string[]): Sql<OperationFound> => sql`
  select payment_id, operation_id, state, provider, idempotency_key, amount_minor, error, created_at, sent_at, settled_at
    from payments.operations where payment_id = any (${paymentIds}) order by operation_id`

export interface RefundFound {
  readonly payment_id: string
  readonly refund_id: string
  readonly state: string
  readonly cause: string
  readonly reason: string
  readonly amount_minor: bigint
  readonly error: string | null
  readonly requested_at: number
  readonly settled_at: number | null
}

export const selectRefundsOf = (paymentIds: readonly string[]): Sql<RefundFound> => sql`
  select payment_id, refund_id, state, cause, reason, amount_minor, error, requested_at, settled_at
    from payments.refunds where payment_id = any (${paymentIds}) order by refund_id`

export interface WebhookFound {
  readonly object_id: string
  readonly event: string
  readonly state: string
  readonly outcome: string | null
  readonly deliveries: number
  readonly received_at: number
  readonly handled_at: number | null
}

/** By the providers' own ids. The bodies stay where they are: they are the providers' words about people. */
export const selectWebhooksOf = (objectIds: readonly string[]): Sql<WebhookFound> => sql`
  select object_id, event, state, outcome, deliveries, received_at, handled_at
    from payments.webhook_inbox where object_id = any (${objectIds}) order by received_at`

export const selectCurrent = (orderId: string): Sql<{ payment_id: string }> => sql`
  select payment_id from payments.payments where order_id = ${orderId} and is_current`

export interface Unsettled {
  readonly items: number
  /** Milliseconds since the epoch of the oldest; null for none. */
  readonly since: number | null
}

/** Calls that moved money and have no result yet. */
export const countUnsettledOperations = (): Sql<Unsettled & { state: string }> => sql`
  select state, count(*)::int as items, min(sent_at) as since from payments.operations
   where next_check_at is not null group by state`

export const countUnsettledRefunds = (): Sql<Unsettled> => sql`
  select count(*)::int as items, min(requested_at) as since from payments.refunds where next_check_at is not null`

export const countOwedReceipts = (): Sql<Unsettled> => sql`
  select count(*)::int as items, min(created_at) as since from payments.receipts where next_at is not null`

export const countUnreadNotifications = (): Sql<Unsettled> => sql`
  select count(*)::int as items, min(received_at) as since from payments.webhook_inbox where state = 'received'`
