// The SQL of a payment's operations: the calls to its provider and the looks at what became of them. One function a statement;
// instants are passed in.

import type { OperationState } from '@rialto/contracts/payments/states.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import type { CreateRequest } from './domain/provider.ts'

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
  OperationRow & {
    last_sent_at: number | null
    order_id: string
    provider_payment_id: string | null
    next_check_at: number | null
    ended: boolean
  }
> => sql`
  select o.operation_id, o.payment_id, o.state, o.provider, o.idempotency_key, o.request, o.error, o.sent_at, o.last_sent_at,
         o.next_check_at,
         p.order_id, p.provider_payment_id, p.order_ended_at is not null or p.superseded_at is not null as ended
    from payments.operations o join payments.payments p using (payment_id) where o.operation_id = ${operationId}`

/** It is about to be sent again. */
export const setSentAgain = (operationId: string, atMs: number): Sql => sql`
  update payments.operations set last_sent_at = to_timestamp(${atMs}::float8 / 1000) where operation_id = ${operationId}`

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

/** Ends the operations of a payment that are still open; answers one row each. */
export const endOperations = (
  paymentId: string,
  state: 'succeeded' | 'declined',
  atMs: number,
): Sql<{ operation_id: string }> => sql`
  update payments.operations set state = ${state}, settled_at = to_timestamp(${atMs}::float8 / 1000), next_check_at = null
   where payment_id = ${paymentId} and state in ('sent', 'pending', 'unknown')
  returning operation_id`

/** The provider has it and goes on; no row where more is known by now. */
export const setPending = (
  operationId: string,
  checkAtMs: number,
): Sql<{ operation_id: string }> => sql`
  update payments.operations set state = 'pending', next_check_at = to_timestamp(${checkAtMs}::float8 / 1000)
   where operation_id = ${operationId} and state = 'sent'
  returning operation_id`

/** Takes operations that are due, so that no other process takes them while they are looked at. */
export const claimDueOperations = (
  atMs: number,
  untilMs: number,
  limit: number,
): Sql<{ operation_id: string; until_ms: number }> => sql`
  update payments.operations set next_check_at = to_timestamp(${untilMs}::float8 / 1000), checks = checks + 1
   where operation_id in (
     select operation_id from payments.operations
      where next_check_at <= to_timestamp(${atMs}::float8 / 1000) order by next_check_at limit ${limit} for update skip locked)
  returning operation_id, ${untilMs}::float8 as until_ms`

/** The next look, sooner or later than planned; null: nothing is left to be looked at. */
export const planCheck = (operationId: string, checkAtMs: number | null): Sql => sql`
  update payments.operations set next_check_at = to_timestamp(${checkAtMs}::float8 / 1000)
   where operation_id = ${operationId} and state in ('sent', 'pending', 'unknown')`

/** It may change soon at its provider. Never later than planned, and not where nothing is planned any more. */
export const bringCheckForward = (paymentId: string, atMs: number): Sql => sql`
  update payments.operations set next_check_at = to_timestamp(${atMs}::float8 / 1000)
   where payment_id = ${paymentId} and state in ('sent', 'pending', 'unknown') and next_check_at > to_timestamp(${atMs}::float8 / 1000)`

/** Something happened that may have changed the payment at its provider: a look then, also where none was planned. An earlier one stays. */
export const ensureCheckBy = (paymentId: string, atMs: number): Sql => sql`
  update payments.operations set next_check_at = least(next_check_at, to_timestamp(${atMs}::float8 / 1000))
   where payment_id = ${paymentId} and state in ('sent', 'pending', 'unknown')`
