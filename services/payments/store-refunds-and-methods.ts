// The SQL of refunds and of saved payment methods. Whoever changes a refund has locked its payment first; the CHECK on the
// payment's counters is the last guard of the cap. A method's token exists only as long as its method does.

import type { RefundState } from '@rialto/contracts/payments/states.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import type { Counters } from './domain/refund.ts'

export interface RefundRow {
  readonly refund_id: string
  readonly payment_id: string
  readonly state: RefundState
  readonly cause: 'late' | 'requested'
  readonly reason: string
  readonly amount_minor: bigint
  readonly currency: string
  readonly provider_refund_id: string | null
  readonly submitted_at: number | null
}

export interface NewRefund {
  readonly refundId: string
  readonly paymentId: string
  readonly cause: RefundRow['cause']
  readonly reason: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly atMs: number
  /** When the reconciler takes it up if its job was lost. */
  readonly checkAtMs: number
}

export const insertRefund = (r: NewRefund): Sql => sql`
  insert into payments.refunds (refund_id, payment_id, state, cause, reason, amount_minor, currency, requested_at, next_check_at)
  values (${r.refundId}, ${r.paymentId}, 'requested', ${r.cause}, ${r.reason}, ${r.amountMinor}, ${r.currency},
          to_timestamp(${r.atMs}::float8 / 1000), to_timestamp(${r.checkAtMs}::float8 / 1000))`

export const setCounters = (paymentId: string, c: Counters): Sql => sql`
  update payments.payments set reserved_minor = ${c.reservedMinor}, refunded_minor = ${c.refundedMinor}, version = version + 1
   where payment_id = ${paymentId}`

/** The refund with what a call about it needs to know of its payment. */
export const selectRefund = (
  refundId: string,
): Sql<
  RefundRow & {
    order_id: string
    provider: string
    provider_payment_id: string
    next_check_at: number | null
  }
> => sql`
  select r.next_check_at, r.refund_id, r.payment_id, r.state, r.cause, r.reason, r.amount_minor, r.currency, r.provider_refund_id,
         r.submitted_at, p.order_id, p.provider, p.provider_payment_id
    from payments.refunds r join payments.payments p using (payment_id) where r.refund_id = ${refundId}`

/** Of a payment that is locked already. */
export const selectRefundOfLocked = (refundId: string): Sql<RefundRow> => sql`
  select refund_id, payment_id, state, cause, reason, amount_minor, currency, provider_refund_id, submitted_at
    from payments.refunds where refund_id = ${refundId}`

export const hasLateRefund = (paymentId: string): Sql<{ refund_id: string }> => sql`
  select refund_id from payments.refunds where payment_id = ${paymentId} and cause = 'late' limit 1`

/** What takes all of a payment's money, and of which nobody knows whether it was made; of a payment that is locked already. */
export const selectUnansweredRefund = (paymentId: string): Sql<RefundRow> => sql`
  select r.refund_id, r.payment_id, r.state, r.cause, r.reason, r.amount_minor, r.currency, r.provider_refund_id, r.submitted_at
    from payments.refunds r join payments.payments p using (payment_id)
   where r.payment_id = ${paymentId} and r.state = 'unknown' and r.provider_refund_id is null and r.amount_minor = p.captured_minor`

/** The newest of those of a payment that is locked already. */
export const selectFailedRefund = (of: {
  paymentId: string
  amountMinor: bigint
  currency: string
}): Sql<Pick<RefundRow, 'cause' | 'reason'>> => sql`
  select cause, reason from payments.refunds
   where payment_id = ${of.paymentId} and state = 'failed' and amount_minor = ${of.amountMinor} and currency = ${of.currency}
   order by requested_at desc, refund_id desc limit 1`

/** By our own id where the provider told it, else by its id. */
export const findRefund = (
  provider: string,
  by: { providerRefundId: string; refundId: string | null },
): Sql<{ refund_id: string; payment_id: string; order_id: string }> => sql`
  select r.refund_id, r.payment_id, p.order_id from payments.refunds r join payments.payments p using (payment_id)
   where p.provider = ${provider} and (r.refund_id = ${by.refundId} or r.provider_refund_id = ${by.providerRefundId})
   order by (r.refund_id = ${by.refundId}) desc nulls last limit 1`

export const setRefundSubmitted = (refundId: string, atMs: number, checkAtMs: number): Sql => sql`
  update payments.refunds set state = 'submitted', submitted_at = to_timestamp(${atMs}::float8 / 1000),
         next_check_at = to_timestamp(${checkAtMs}::float8 / 1000)
   where refund_id = ${refundId} and state = 'requested'`

/** `checkAtMs` null: nothing is left to be looked at. */
export const setRefundState = (r: {
  refundId: string
  state: RefundState
  error: string | null
  atMs: number
  checkAtMs: number | null
}): Sql => sql`
  update payments.refunds set state = ${r.state}, error = coalesce(${r.error}::text, error),
         settled_at = case when ${r.state}::text = 'unknown' then settled_at else to_timestamp(${r.atMs}::float8 / 1000) end,
         next_check_at = to_timestamp(${r.checkAtMs}::float8 / 1000)
   where refund_id = ${r.refundId}`

/** Keeps the provider's name of the refund; the first answer holds. */
export const setProviderRefund = (refundId: string, providerRefundId: string): Sql => sql`
  update payments.refunds set provider_refund_id = ${providerRefundId}
   where refund_id = ${refundId} and provider_refund_id is null`

export const planRefundCheck = (refundId: string, checkAtMs: number | null): Sql => sql`
  update payments.refunds set next_check_at = to_timestamp(${checkAtMs}::float8 / 1000)
   where refund_id = ${refundId} and state in ('submitted', 'unknown')`

/** It may change soon at its provider. Never later than planned, and not where nothing is planned any more. */
export const bringRefundCheckForward = (refundId: string, atMs: number): Sql => sql`
  update payments.refunds set next_check_at = to_timestamp(${atMs}::float8 / 1000)
   where refund_id = ${refundId} and state in ('submitted', 'unknown') and next_check_at > to_timestamp(${atMs}::float8 / 1000)`

/** Takes refunds that are due, so that no other process takes them while they are looked at. */
export const claimDueRefunds = (
  atMs: number,
  untilMs: number,
  limit: number,
): Sql<{ refund_id: string; until_ms: number }> => sql`
  update payments.refunds set next_check_at = to_timestamp(${untilMs}::float8 / 1000), checks = checks + 1
   where refund_id in (
     select refund_id from payments.refunds
      where next_check_at <= to_timestamp(${atMs}::float8 / 1000) order by next_check_at limit ${limit} for update skip locked)
  returning refund_id, ${untilMs}::float8 as until_ms`

export interface MethodRow {
  readonly method_id: string
  readonly user_id: string
  readonly type: string
  readonly title: string
  readonly created_at: number
}

/** Name of the sealed column. */
export const TOKEN_COLUMN = 'payments.methods.token'

export const insertMethod = (m: {
  methodId: string
  userId: string
  provider: string
  type: string
  title: string
  token: string
  paymentId: string
  atMs: number
}): Sql => sql`
  insert into payments.methods (method_id, user_id, provider, type, title, token, payment_id, created_at)
  values (${m.methodId}, ${m.userId}, ${m.provider}, ${m.type}, ${m.title}, ${m.token}, ${m.paymentId},
          to_timestamp(${m.atMs}::float8 / 1000))
  on conflict (payment_id) do nothing`

export const selectMethods = (userId: string): Sql<MethodRow> => sql`
  select method_id, user_id, type, title, created_at from payments.methods
   where user_id = ${userId} and removed_at is null order by created_at desc, method_id desc`

/** Keeps the method from being removed until this transaction's payment is written. */
export const lockUsableMethod = (
  methodId: string,
  owner: { userId: string; provider: string },
): Sql<{ method_id: string }> => sql`
  select method_id from payments.methods
   where method_id = ${methodId} and user_id = ${owner.userId} and provider = ${owner.provider} and removed_at is null
     for share`

export const lockMethod = (methodId: string, userId: string): Sql<{ method_id: string }> => sql`
  select method_id from payments.methods
   where method_id = ${methodId} and user_id = ${userId} and removed_at is null for update`

/** A charge whose result is not known may still have to be repeated to the letter, as long as it is looked at. */
export const selectUse = (methodId: string): Sql<{ in_use: boolean }> => sql`
  select exists (
    select from payments.payments p join payments.operations o using (payment_id)
     where p.payment_method_id = ${methodId} and p.status in ('created', 'pending_psp_redirect', 'processing', 'authorized')
       and o.next_check_at is not null) as in_use`

export const removeMethod = (
  methodId: string,
  because: { reason: 'removed' | 'revoked'; atMs: number },
): Sql => sql`
  update payments.methods set token = null, removed_at = to_timestamp(${because.atMs}::float8 / 1000),
         removed_reason = ${because.reason}
   where method_id = ${methodId} and removed_at is null`

export const selectToken = (
  methodId: string,
): Sql<{ user_id: string; token: string | null }> => sql`
  select user_id, token from payments.methods where method_id = ${methodId}`
