// The SQL of payments, their operations, notifications and reviews, one function a statement; refunds, saved methods and receipts
// have files of their own. Instants are passed in: schedules run on the injected clock.

import type { OperationState, PaymentState } from '@rialto/contracts/payments/states.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import type { CreateRequest } from './domain/provider.ts'

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

export interface OperationRow {
  readonly operation_id: string
  readonly payment_id: string
  readonly state: OperationState
  readonly provider: string
  readonly idempotency_key: string
  readonly request: CreateRequest
  readonly error: string | null
  readonly sent_at: number | null
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

export const setReceipt = (
  orderId: string,
  receipt: { items: readonly unknown[]; preferredMethod: string | null },
): Sql => sql`
  update payments.payments set receipt_items = ${JSON.stringify(receipt.items)}::jsonb,
         preferred_method = ${receipt.preferredMethod}, version = version + 1
   where order_id = ${orderId}`

/** Sets what a payment that was not started will ask for. */
export const followOrder = (
  orderId: string,
  order: { amountMinor: number; items: readonly unknown[] },
): Sql => sql`
  update payments.payments set amount_minor = ${order.amountMinor}, receipt_items = ${JSON.stringify(order.items)}::jsonb,
         version = version + 1
   where order_id = ${orderId} and status = 'created'`

/** Whether the order has any payment, in whatever state, and whether it has ended. */
export const selectOrderFacts = (orderId: string): Sql<{ payments: number; ended: boolean }> => sql`
  select (select count(*)::int from payments.payments where order_id = ${orderId}) as payments,
         exists (select from payments.ended_orders where order_id = ${orderId}) as ended`

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

/** By our own id where the provider told it, else by its id. */
export const findPayment = (
  provider: string,
  by: { providerPaymentId: string; paymentId: string | null },
): Sql<{ payment_id: string; order_id: string; status: PaymentState }> => sql`
  select payment_id, order_id, status from payments.payments
   where payment_id = ${by.paymentId} or (provider = ${provider} and provider_payment_id = ${by.providerPaymentId})
   order by (payment_id = ${by.paymentId}) desc nulls last limit 1`

export const startPayment = (p: {
  paymentId: string
  amountMinor: number
  currency: string
  provider: string
  method: string
  confirmation: 'redirect' | 'qr' | 'none'
  methodId: string | null
  saveMethod: boolean
  successUrl: string
  failUrl: string
}): Sql => sql`
  update payments.payments
     set status = case when ${p.confirmation}::text = 'none' then 'processing' else 'pending_psp_redirect' end,
         amount_minor = ${p.amountMinor}, currency = ${p.currency}, provider = ${p.provider}, method = ${p.method},
         confirmation = ${p.confirmation}, payment_method_id = ${p.methodId}, save_method = ${p.saveMethod},
         success_url = ${p.successUrl}, fail_url = ${p.failUrl}, version = version + 1
   where payment_id = ${p.paymentId}`

/** Another attempt takes its place. */
export const supersede = (paymentId: string, atMs: number): Sql => sql`
  update payments.payments set is_current = false, superseded_at = to_timestamp(${atMs}::float8 / 1000), version = version + 1
   where payment_id = ${paymentId}`

/** Moves a payment; what failed or was canceled is no longer the order's current one, what completed may be refunded. */
export const setStatus = (p: {
  paymentId: string
  status: PaymentState
  late: boolean
  reason: string | null
  atMs: number
}): Sql => sql`
  update payments.payments set status = ${p.status}, late = late or ${p.late},
         failure_reason = coalesce(${p.reason}::text, failure_reason),
         is_current = is_current and ${p.status}::text not in ('failed', 'canceled'),
         completed_at = case when ${p.status}::text = 'completed' then to_timestamp(${p.atMs}::float8 / 1000) else completed_at end,
         captured_minor = case when ${p.status}::text = 'completed' then amount_minor else captured_minor end,
         version = version + 1
   where payment_id = ${p.paymentId}`

/** Keeps what the provider named; the first answer holds. */
export const setProviderFacts = (p: {
  paymentId: string
  providerPaymentId: string
  redirectUrl: string | null
  qrData: string | null
}): Sql => sql`
  update payments.payments set provider_payment_id = coalesce(provider_payment_id, ${p.providerPaymentId}),
         redirect_url = coalesce(redirect_url, ${p.redirectUrl}), qr_data = coalesce(qr_data, ${p.qrData}),
         version = version + 1
   where payment_id = ${p.paymentId}
     and (provider_payment_id is null or (redirect_url is null and ${p.redirectUrl}::text is not null)
          or (qr_data is null and ${p.qrData}::text is not null))`

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

/** An operation whose call follows this commit; without a result it is looked at when its time has come. */
export const insertSentOperation = (
  request: CreateRequest,
  provider: string,
  times: { atMs: number; checkAtMs: number },
): Sql => sql`
  insert into payments.operations (operation_id, payment_id, kind, state, provider, idempotency_key, amount_minor, currency,
                                   request, created_at, sent_at, next_check_at)
  values (${request.operationId}, ${request.paymentId}, 'purchase', 'sent', ${provider}, ${request.operationId},
          ${request.amountMinor}, ${request.currency}, ${JSON.stringify(request)}::jsonb,
          to_timestamp(${times.atMs}::float8 / 1000), to_timestamp(${times.atMs}::float8 / 1000),
          to_timestamp(${times.checkAtMs}::float8 / 1000))`

export const selectOperation = (
  operationId: string,
): Sql<
  OperationRow & { order_id: string; provider_payment_id: string | null; ended: boolean }
> => sql`
  select o.operation_id, o.payment_id, o.state, o.provider, o.idempotency_key, o.request, o.error, o.sent_at, p.order_id,
         p.provider_payment_id, p.order_ended_at is not null as ended
    from payments.operations o join payments.payments p using (payment_id) where o.operation_id = ${operationId}`

/** The operations of a payment that is locked already. */
export const selectOperationsOf = (paymentId: string): Sql<OperationRow> => sql`
  select operation_id, payment_id, state, provider, idempotency_key, request, error, sent_at
    from payments.operations where payment_id = ${paymentId} order by created_at, operation_id`

/** `checkAtMs` null: nothing is left to be looked at. */
export const setOperationState = (o: {
  operationId: string
  state: OperationState
  error: string | null
  atMs: number
  checkAtMs: number | null
}): Sql => sql`
  update payments.operations set state = ${o.state}, error = coalesce(${o.error}::text, error),
         settled_at = case when ${o.state}::text in ('succeeded', 'declined') then to_timestamp(${o.atMs}::float8 / 1000) end,
         next_check_at = to_timestamp(${o.checkAtMs}::float8 / 1000)
   where operation_id = ${o.operationId}`

/** Takes operations that are due, so that no other process takes them while they are looked at. */
export const claimDueOperations = (
  atMs: number,
  untilMs: number,
  limit: number,
): Sql<{ operation_id: string }> => sql`
  update payments.operations set next_check_at = to_timestamp(${untilMs}::float8 / 1000), checks = checks + 1
   where operation_id in (
     select operation_id from payments.operations
      where next_check_at <= to_timestamp(${atMs}::float8 / 1000) order by next_check_at limit ${limit} for update skip locked)
  returning operation_id`

export const setNextCheck = (operationId: string, checkAtMs: number | null): Sql => sql`
  update payments.operations set next_check_at = to_timestamp(${checkAtMs}::float8 / 1000)
   where operation_id = ${operationId} and state in ('sent', 'pending', 'unknown')`

/** Something happened that may have changed the payment at its provider. */
export const checkSoon = (paymentId: string, atMs: number): Sql => sql`
  update payments.operations set next_check_at = to_timestamp(${atMs}::float8 / 1000)
   where payment_id = ${paymentId} and state in ('sent', 'pending', 'unknown')`

export interface InboxRow {
  readonly inbox_id: string
  readonly provider: string
  readonly event: string
  readonly object_id: string
  readonly state: 'received' | 'done' | 'ignored' | 'review'
  readonly outcome: string | null
}

/** Keeps a notification; one that came before is only counted. Answers what the row was before, and what it is now. */
export const insertNotification = (n: {
  inboxId: string
  provider: string
  dedupeKey: string
  event: string
  objectId: string
  body: Uint8Array
  atMs: number
}): Sql<{
  inbox_id: string
  deliveries: number
  state: InboxRow['state']
  outcome: string | null
}> => sql`
  insert into payments.webhook_inbox as i (inbox_id, provider, dedupe_key, event, object_id, body, state, received_at)
  values (${n.inboxId}, ${n.provider}, ${n.dedupeKey}, ${n.event}, ${n.objectId}, ${n.body}, 'received',
          to_timestamp(${n.atMs}::float8 / 1000))
  on conflict (provider, dedupe_key) do update set deliveries = i.deliveries + 1
  returning inbox_id, deliveries, state, outcome`

export const reopenNotification = (inboxId: string): Sql => sql`
  update payments.webhook_inbox set state = 'received' where inbox_id = ${inboxId}`

export const selectNotification = (inboxId: string): Sql<InboxRow> => sql`
  select inbox_id, provider, event, object_id, state, outcome from payments.webhook_inbox where inbox_id = ${inboxId}`

export const closeNotification = (n: {
  inboxId: string
  state: 'done' | 'ignored' | 'review'
  outcome: string
  atMs: number
}): Sql => sql`
  update payments.webhook_inbox set state = ${n.state}, outcome = ${n.outcome},
         handled_at = to_timestamp(${n.atMs}::float8 / 1000)
   where inbox_id = ${n.inboxId}`

/** At most one open review of a subject and reason: a poll that sees the same again adds nothing. */
export const insertReview = (r: {
  reviewId: string
  paymentId: string | null
  subject: string
  reason: string
  details: Readonly<Record<string, unknown>>
  atMs: number
}): Sql => sql`
  insert into payments.reviews (review_id, payment_id, subject, reason, details, opened_at)
  values (${r.reviewId}, ${r.paymentId}, ${r.subject}, ${r.reason}, ${JSON.stringify(r.details)}::jsonb,
          to_timestamp(${r.atMs}::float8 / 1000))
  on conflict (subject, reason) where resolved_at is null do nothing`
