// The SQL of payments, one function a statement; their operations, notifications and reviews, refunds, saved methods and receipts
// have files of their own. Instants are passed in: schedules run on the injected clock.

import type { PaymentState } from '@rialto/contracts/payments/states.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'

export interface PaymentRow {
  readonly payment_id: string
  readonly order_id: string
  readonly user_id: string
  readonly status: PaymentState
  readonly amount_minor: bigint
  readonly currency: string
  readonly provider: string | null
  readonly provider_payment_id: string | null
  readonly method: string | null
  readonly confirmation: string | null
  readonly payment_method_id: string | null
  readonly save_method: boolean
  readonly redirect_url: string | null
  readonly qr_data: string | null
  readonly failure_reason: string | null
  readonly captured_minor: bigint
  readonly reserved_minor: bigint
  readonly refunded_minor: bigint
  readonly late: boolean
  readonly order_ended_at: number | null
  readonly superseded_at: number | null
  readonly created_at: number
  readonly completed_at: number | null
}

/** Makes all writers about an order's payments wait for each other; there may be no row yet to lock. */
export const lockOrderPayments = (orderId: string): Sql => sql`
  select pg_advisory_xact_lock(hashtextextended('payments of ' || ${orderId}::text, 0))`

export interface NewPayment {
  readonly paymentId: string
  readonly orderId: string
  readonly userId: string
  readonly amountMinor: number
  readonly currency: string
  readonly receiptItems: readonly unknown[] | null
  readonly preferredMethod: string | null
  readonly createdAtMs: number
}

export const insertPayment = (p: NewPayment): Sql => sql`
  insert into payments.payments (payment_id, order_id, user_id, channel, kind, status, amount_minor, currency, receipt_items,
                                 preferred_method, created_at)
  values (${p.paymentId}, ${p.orderId}, ${p.userId}, 'online', 'purchase', 'created', ${p.amountMinor}, ${p.currency},
          ${p.receiptItems === null ? null : JSON.stringify(p.receiptItems)}::jsonb, ${p.preferredMethod},
          to_timestamp(${p.createdAtMs}::float8 / 1000))`

/**
 * The payment of an order that has none and has not ended; answers whether it is new. Its writers wait for each other here too, and
 * who was quicker after this statement began is met by the index of current payments.
 */
export const insertFirstPayment = (p: NewPayment): Sql<{ is_new: true }> => sql`
  with alone as materialized (select pg_advisory_xact_lock(hashtextextended('payments of ' || ${p.orderId}::text, 0)))
  insert into payments.payments (payment_id, order_id, user_id, channel, kind, status, amount_minor, currency, receipt_items,
                                 preferred_method, created_at)
  select ${p.paymentId}, ${p.orderId}, ${p.userId}, 'online', 'purchase', 'created', ${p.amountMinor}::bigint, ${p.currency},
         ${p.receiptItems === null ? null : JSON.stringify(p.receiptItems)}::jsonb, ${p.preferredMethod}::text,
         to_timestamp(${p.createdAtMs}::float8 / 1000)
    from alone
   where not exists (select from payments.payments where order_id = ${p.orderId})
     and not exists (select from payments.ended_orders where order_id = ${p.orderId})
  on conflict (order_id) where is_current do nothing
  returning true as is_new`

/**
 * The same where the order's request to start is known: what there is already learns from it what the receipt will say. A payment
 * that was started knows better: its order may have changed since that request.
 */
export const insertRequestedPayment = (p: NewPayment): Sql<{ is_new: boolean }> => sql`
  with alone as materialized (select pg_advisory_xact_lock(hashtextextended('payments of ' || ${p.orderId}::text, 0))),
  asked as (select ${p.receiptItems === null ? null : JSON.stringify(p.receiptItems)}::jsonb as items, ${p.preferredMethod}::text as method),
  told as (
    update payments.payments p set receipt_items = items, preferred_method = asked.method, version = version + 1
      from alone, asked
     where order_id = ${p.orderId} and status = 'created'
       and (receipt_items, preferred_method) is distinct from (items, asked.method))
  insert into payments.payments as p (payment_id, order_id, user_id, channel, kind, status, amount_minor, currency, receipt_items,
                                      preferred_method, created_at)
  select ${p.paymentId}, ${p.orderId}, ${p.userId}, 'online', 'purchase', 'created', ${p.amountMinor}::bigint, ${p.currency},
         items, asked.method, to_timestamp(${p.createdAtMs}::float8 / 1000)
    from alone, asked
   where not exists (select from payments.payments where order_id = ${p.orderId})
     and not exists (select from payments.ended_orders where order_id = ${p.orderId})
  on conflict (order_id) where is_current do update
    set receipt_items = excluded.receipt_items, preferred_method = excluded.preferred_method, version = p.version + 1
  where p.status = 'created'
  returning xmax = 0 as is_new`

export interface ChangedOrder {
  readonly orderId: string
  readonly amountMinor: number
  readonly items: readonly unknown[]
  readonly version: number
}

/** Sets what a payment that was not started will ask for. */
export const setChangedOrder = (order: ChangedOrder): Sql => sql`
  update payments.payments set amount_minor = ${order.amountMinor}, receipt_items = ${JSON.stringify(order.items)}::jsonb,
         version = version + 1
   where order_id = ${order.orderId} and status = 'created'`

/** Whoever has read the order before this does not start a payment of it any more. */
export const setOrderVersion = ({ orderId, version }: ChangedOrder): Sql => sql`
  update payments.payments set order_version = ${version}, version = version + 1
   where order_id = ${orderId} and coalesce(order_version, 0) < ${version}`

/** The payment that was started for another amount, before the order was changed. */
export const lockOutdatedPayment = (order: ChangedOrder): Sql<PaymentRow> => sql`
  select payment_id, order_id, user_id, status, amount_minor, currency, provider, provider_payment_id, method, confirmation,
         payment_method_id, save_method, redirect_url, qr_data, failure_reason, captured_minor, reserved_minor, refunded_minor,
         late, order_ended_at, superseded_at, created_at, completed_at
    from payments.payments
   where order_id = ${order.orderId} and is_current and status <> 'created' and order_version < ${order.version}
     and amount_minor <> ${order.amountMinor} for update`

export const selectEnded = (orderId: string): Sql<{ ended: boolean }> => sql`
  select exists (select from payments.ended_orders where order_id = ${orderId}) as ended`

export const selectPayment = (paymentId: string): Sql<PaymentRow> => sql`
  select payment_id, order_id, user_id, status, amount_minor, currency, provider, provider_payment_id, method, confirmation,
         payment_method_id, save_method, redirect_url, qr_data, failure_reason, captured_minor, reserved_minor, refunded_minor,
         late, order_ended_at, superseded_at, created_at, completed_at
    from payments.payments where payment_id = ${paymentId}`

export const selectPaymentsOf = (orderId: string, userId: string): Sql<PaymentRow> => sql`
  select payment_id, order_id, user_id, status, amount_minor, currency, provider, provider_payment_id, method, confirmation,
         payment_method_id, save_method, redirect_url, qr_data, failure_reason, captured_minor, reserved_minor, refunded_minor,
         late, order_ended_at, superseded_at, created_at, completed_at
    from payments.payments where order_id = ${orderId} and user_id = ${userId} order by created_at desc, payment_id desc limit 50`

/**
 * Payments that count for these orders and are paid, being decided, or begun and not looked at but for the last look. What no look
 * is planned of any more is a person's, and nothing to wait for: should its money still be found, it is late.
 */
export const selectUnsettled = (
  orderIds: readonly string[],
  lastLookMs: number,
): Sql<{ order_id: string; payment_id: string }> => sql`
  select p.order_id, p.payment_id from payments.payments p
   where p.order_id = any (${orderIds}) and p.order_ended_at is null and p.superseded_at is null and not p.late
     and (p.status in ('authorized', 'completed')
          or p.status in ('pending_psp_redirect', 'processing') and exists (
            select from payments.operations o
             where o.payment_id = p.payment_id and o.state in ('sent', 'pending', 'unknown')
               and (o.next_check_at < o.sent_at + ${lastLookMs}::float8 * interval '1 millisecond'
                    or p.status = 'processing' and o.next_check_at is not null)))
   order by p.payment_id`

export const lockPayment = (paymentId: string): Sql<PaymentRow> => sql`
  select payment_id, order_id, user_id, status, amount_minor, currency, provider, provider_payment_id, method, confirmation,
         payment_method_id, save_method, redirect_url, qr_data, failure_reason, captured_minor, reserved_minor, refunded_minor,
         late, order_ended_at, superseded_at, created_at, completed_at
    from payments.payments where payment_id = ${paymentId} for update`

export const lockCurrentPayment = (orderId: string): Sql<PaymentRow> => sql`
  select payment_id, order_id, user_id, status, amount_minor, currency, provider, provider_payment_id, method, confirmation,
         payment_method_id, save_method, redirect_url, qr_data, failure_reason, captured_minor, reserved_minor, refunded_minor,
         late, order_ended_at, superseded_at, created_at, completed_at
    from payments.payments where order_id = ${orderId} and is_current for update`

/** All attempts to pay an order, in one order of locking. */
export const lockPaymentsOf = (orderId: string): Sql<PaymentRow> => sql`
  select payment_id, order_id, user_id, status, amount_minor, currency, provider, provider_payment_id, method, confirmation,
         payment_method_id, save_method, redirect_url, qr_data, failure_reason, captured_minor, reserved_minor, refunded_minor,
         late, order_ended_at, superseded_at, created_at, completed_at
    from payments.payments where order_id = ${orderId} order by payment_id for update`

/** By the provider's id of it. */
export const lockPaymentAt = (provider: string, providerPaymentId: string): Sql<PaymentRow> => sql`
  select payment_id, order_id, user_id, status, amount_minor, currency, provider, provider_payment_id, method, confirmation,
         payment_method_id, save_method, redirect_url, qr_data, failure_reason, captured_minor, reserved_minor, refunded_minor,
         late, order_ended_at, superseded_at, created_at, completed_at
    from payments.payments where provider = ${provider} and provider_payment_id = ${providerPaymentId} for update`

export const findPaymentAt = (
  provider: string,
  providerPaymentId: string,
): Sql<{ order_id: string }> => sql`
  select order_id from payments.payments where provider = ${provider} and provider_payment_id = ${providerPaymentId}`

export interface Start {
  readonly amountMinor: number
  readonly currency: string
  /** Of the order as it was read for this amount: the receipt is made of both. */
  readonly receiptItems: readonly unknown[]
  readonly orderVersion: number
  readonly provider: string
  readonly method: string
  readonly confirmation: 'redirect' | 'qr' | 'none'
  readonly methodId: string | null
  readonly saveMethod: boolean
  readonly successUrl: string
  readonly failUrl: string
}

/** Starts the order's payment if it waits for that, which is how nearly all are found; answers it as it is then. */
export const startWaitingPayment = (orderId: string, p: Start): Sql<PaymentRow> => sql`
  update payments.payments
     set status = case when ${p.confirmation}::text = 'none' then 'processing' else 'pending_psp_redirect' end,
         amount_minor = ${p.amountMinor}, currency = ${p.currency}, receipt_items = ${JSON.stringify(p.receiptItems)}::jsonb,
         provider = ${p.provider}, method = ${p.method}, confirmation = ${p.confirmation}, payment_method_id = ${p.methodId},
         save_method = ${p.saveMethod}, success_url = ${p.successUrl}, fail_url = ${p.failUrl},
         order_version = ${p.orderVersion}, version = version + 1
   where order_id = ${orderId} and is_current and status = 'created' and order_ended_at is null
     and coalesce(order_version, 0) <= ${p.orderVersion}
  returning payment_id, order_id, user_id, status, amount_minor, currency, provider, provider_payment_id, method, confirmation,
            payment_method_id, save_method, redirect_url, qr_data, failure_reason, captured_minor, reserved_minor, refunded_minor,
            late, order_ended_at, superseded_at, created_at, completed_at`

/** No row: the order has changed since it was read for this start. */
export const startPayment = (paymentId: string, s: Start): Sql => sql`
  update payments.payments p
     set status = case when ${s.confirmation}::text = 'none' then 'processing' else 'pending_psp_redirect' end,
         amount_minor = ${s.amountMinor}, currency = ${s.currency}, receipt_items = ${JSON.stringify(s.receiptItems)}::jsonb,
         provider = ${s.provider}, method = ${s.method}, confirmation = ${s.confirmation}, payment_method_id = ${s.methodId},
         save_method = ${s.saveMethod}, success_url = ${s.successUrl}, fail_url = ${s.failUrl},
         order_version = ${s.orderVersion}, version = version + 1
   where payment_id = ${paymentId}
     and not exists (select from payments.payments o where o.order_id = p.order_id and o.order_version > ${s.orderVersion})`

/** Another attempt takes its place. */
export const supersede = (paymentId: string, atMs: number): Sql => sql`
  update payments.payments set is_current = false, superseded_at = to_timestamp(${atMs}::float8 / 1000), version = version + 1
   where payment_id = ${paymentId}`

/** What the provider calls the payment, and where its payer is sent; the first answer holds. */
export interface ProviderRefs {
  readonly providerPaymentId: string | null
  readonly redirectUrl: string | null
  readonly qrData: string | null
}

/** Moves a payment; what failed or was canceled is no longer the order's current one, what completed may be refunded. */
export const setStatus = (p: {
  paymentId: string
  status: PaymentState
  late: boolean
  reason: string | null
  refs: ProviderRefs
  atMs: number
}): Sql => sql`
  update payments.payments set status = ${p.status}, late = late or ${p.late},
         failure_reason = coalesce(${p.reason}::text, failure_reason),
         is_current = is_current and ${p.status}::text not in ('failed', 'canceled'),
         completed_at = case when ${p.status}::text = 'completed' then to_timestamp(${p.atMs}::float8 / 1000) else completed_at end,
         captured_minor = case when ${p.status}::text = 'completed' then amount_minor else captured_minor end,
         provider_payment_id = coalesce(provider_payment_id, ${p.refs.providerPaymentId}),
         redirect_url = coalesce(redirect_url, ${p.refs.redirectUrl}), qr_data = coalesce(qr_data, ${p.refs.qrData}),
         version = version + 1
   where payment_id = ${p.paymentId}`

export const setProviderRefs = (paymentId: string, refs: ProviderRefs): Sql => sql`
  update payments.payments set provider_payment_id = coalesce(provider_payment_id, ${refs.providerPaymentId}),
         redirect_url = coalesce(redirect_url, ${refs.redirectUrl}), qr_data = coalesce(qr_data, ${refs.qrData}),
         version = version + 1
   where payment_id = ${paymentId}`

/** Keeps these where all else that the provider says is what is known already; no row where it is not. */
export const setProviderRefsIfRepeat = (
  paymentId: string,
  truth: { status: string; amountMinor: bigint; currency: string },
  refs: ProviderRefs,
): Sql<PaymentRow> => sql`
  update payments.payments set provider_payment_id = coalesce(provider_payment_id, ${refs.providerPaymentId}),
         redirect_url = coalesce(redirect_url, ${refs.redirectUrl}), qr_data = coalesce(qr_data, ${refs.qrData}),
         version = version + 1
   where payment_id = ${paymentId} and status = ${truth.status} and amount_minor = ${truth.amountMinor}
     and currency = ${truth.currency} and coalesce(provider_payment_id, ${refs.providerPaymentId}) = ${refs.providerPaymentId}
  returning payment_id, order_id, user_id, status, amount_minor, currency, provider, provider_payment_id, method, confirmation,
            payment_method_id, save_method, redirect_url, qr_data, failure_reason, captured_minor, reserved_minor, refunded_minor,
            late, order_ended_at, superseded_at, created_at, completed_at`

/** Its money turned out to have come too late. */
export const markLate = (paymentId: string): Sql => sql`
  update payments.payments set late = true, version = version + 1 where payment_id = ${paymentId}`

/** Remembered for the order too: its payment may still be on its way to us. */
export const insertEndedOrder = (orderId: string, atMs: number): Sql => sql`
  insert into payments.ended_orders (order_id, ended_at) values (${orderId}, to_timestamp(${atMs}::float8 / 1000))
  on conflict do nothing`

export const markOrderEnded = (orderId: string, atMs: number): Sql => sql`
  update payments.payments set order_ended_at = to_timestamp(${atMs}::float8 / 1000), version = version + 1
   where order_id = ${orderId} and order_ended_at is null`
