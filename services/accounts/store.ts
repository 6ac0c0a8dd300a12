// All SQL of accounts, one function a statement.

import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { PlainPart } from './domain/user.ts'

/** Columns whose values are sealed, as the seal names them. */
export const SEALED = { email: 'accounts.users.email', displayName: 'accounts.users.display_name' }

export interface UserRow extends PlainPart {
  /** Sealed. */
  readonly email: string
  /** Sealed. */
  readonly display_name: string
  readonly password_hash: string
}

export const selectUser = (userId: string): Sql<UserRow> => sql`
  select user_id, email, display_name, password_hash, region, locale, tier, roles, created_at
    from accounts.users where user_id = ${userId}`

export const selectUserByEmail = (emailIndex: Buffer): Sql<UserRow> => sql`
  select user_id, email, display_name, password_hash, region, locale, tier, roles, created_at
    from accounts.users where email_index = ${emailIndex}`

/** Writes nothing when the address has an account, also when another transaction is just making it. */
export const insertUser = (u: UserRow, emailIndex: Buffer): Sql => sql`
  insert into accounts.users (user_id, email, email_index, display_name, password_hash, region, locale, tier, roles, created_at)
  values (${u.user_id}, ${u.email}, ${emailIndex}, ${u.display_name}, ${u.password_hash}, ${u.region}, ${u.locale}, ${u.tier},
          ${u.roles}, ${isoInstant(u.created_at)})
  on conflict on constraint users_email_once do nothing`

/** Only where it is still the hash that was verified: a password changed meanwhile stays changed. */
export const replaceHash = (userId: string, hashes: { old: string; fresh: string }): Sql => sql`
  update accounts.users set password_hash = ${hashes.fresh}
   where user_id = ${userId} and password_hash = ${hashes.old}`

export const insertSession = (s: {
  sessionId: string
  userId: string
  startedAtMs: number
  expiresAtMs: number
}): Sql => sql`
  insert into accounts.sessions (session_id, user_id, started_at, expires_at)
  values (${s.sessionId}, ${s.userId}, ${isoInstant(s.startedAtMs)}, ${isoInstant(s.expiresAtMs)})`
