// The SQL of saved payment methods. A token exists only as long as its method does.

import { type Sql, sql } from '@rialto/kernel/db/sql.ts'

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

/** A charge whose result is not known may still have to be repeated to the letter. */
export const selectUse = (methodId: string): Sql<{ in_use: boolean }> => sql`
  select exists (
    select from payments.payments
     where payment_method_id = ${methodId} and status in ('created', 'pending_psp_redirect', 'processing', 'authorized')) as in_use`

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
