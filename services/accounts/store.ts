// All SQL of accounts, one function a statement.

import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { PlainPart } from './domain/user.ts'

/** Columns whose values are sealed, as the seal names them. */
export const SEALED = { email: 'accounts.users.email', displayName: 'accounts.users.display_name' }

/** What others may come to see of an account. */
export interface PersonRow extends PlainPart {
  /** Sealed. */
  readonly email: string
  /** Sealed. */
  readonly display_name: string
}

export interface UserRow extends PersonRow {
  readonly email_index: Buffer
  readonly password_hash: string
}

export const selectPerson = (userId: string): Sql<PersonRow> => sql`
  select user_id, email, display_name, region, locale, tier, roles, created_at, email_verified_at
    from accounts.users where user_id = ${userId}`

/** While its password is the one that was verified. Locked, so that who sets another one waits, and finds the session to end. */
export const lockPersonWith = (userId: string, passwordHash: string): Sql<PersonRow> => sql`
  select user_id, email, display_name, region, locale, tier, roles, created_at, email_verified_at
    from accounts.users where user_id = ${userId} and password_hash = ${passwordHash} for no key update`

export const selectUser = (userId: string): Sql<UserRow> => sql`
  select user_id, email, email_index, display_name, password_hash, region, locale, tier, roles, created_at, email_verified_at
    from accounts.users where user_id = ${userId}`

export const selectUserByEmail = (emailIndex: Buffer): Sql<UserRow> => sql`
  select user_id, email, email_index, display_name, password_hash, region, locale, tier, roles, created_at, email_verified_at
    from accounts.users where email_index = ${emailIndex}`

/** Writes nothing when the address has an account, also when another transaction is just making it. */
export const insertUser = (u: UserRow): Sql => sql`
  insert into accounts.users (user_id, email, email_index, display_name, password_hash, region, locale, tier, roles, created_at,
                              email_verified_at)
  values (${u.user_id}, ${u.email}, ${u.email_index}, ${u.display_name}, ${u.password_hash}, ${u.region}, ${u.locale}, ${u.tier},
          ${u.roles}, ${isoInstant(u.created_at)}, ${u.email_verified_at === null ? null : isoInstant(u.email_verified_at)})
  on conflict on constraint users_email_once do nothing`

/** The first time counts. */
export const markVerified = (userId: string, atMs: number): Sql => sql`
  update accounts.users set email_verified_at = coalesce(email_verified_at, ${isoInstant(atMs)}) where user_id = ${userId}`

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

export interface SessionRow {
  readonly session_id: string
  readonly user_id: string
  readonly started_at: number
  readonly expires_at: number
  readonly ended_at: number | null
}

/** The session of a refresh token, locked: of two uses at once the second sees what the first has done. */
export const lockSessionOf = (tokenHash: Buffer): Sql<SessionRow> => sql`
  select session_id, user_id, started_at, expires_at, ended_at from accounts.sessions
   where session_id = (select session_id from accounts.refresh_tokens where hash = ${tokenHash}) for update`

export interface TokenRow {
  readonly spent_at: number | null
  readonly salt: Buffer | null
}

export const selectToken = (hash: Buffer): Sql<TokenRow> => sql`
  select spent_at, salt from accounts.refresh_tokens where hash = ${hash}`

export const insertToken = (t: { hash: Buffer; sessionId: string; issuedAtMs: number }): Sql => sql`
  insert into accounts.refresh_tokens (hash, session_id, issued_at) values (${t.hash}, ${t.sessionId}, ${isoInstant(t.issuedAtMs)})`

export const spendToken = (hash: Buffer, salt: Buffer, atMs: number): Sql => sql`
  update accounts.refresh_tokens set spent_at = ${isoInstant(atMs)}, salt = ${salt} where hash = ${hash}`

export const prolongSession = (sessionId: string, expiresAtMs: number): Sql => sql`
  update accounts.sessions set expires_at = ${isoInstant(expiresAtMs)} where session_id = ${sessionId}`

export type EndReason =
  | 'logged_out'
  | 'logged_out_everywhere'
  | 'refresh_reused'
  | 'password_reset'
  /** Others began after it, and an account has only so many. */
  | 'too_many'

export const endSession = (
  s: { readonly sessionId: string; readonly userId: string },
  reason: EndReason,
  atMs: number,
): Sql<{ session_id: string }> => sql`
  update accounts.sessions set ended_at = ${isoInstant(atMs)}, end_reason = ${reason}
   where session_id = ${s.sessionId} and user_id = ${s.userId} and ended_at is null
  returning session_id`

export const endSessionsOf = (
  userId: string,
  reason: EndReason,
  atMs: number,
): Sql<{ session_id: string }> => sql`
  update accounts.sessions set ended_at = ${isoInstant(atMs)}, end_reason = ${reason}
   where user_id = ${userId} and ended_at is null and expires_at > ${isoInstant(atMs)}
  returning session_id`

/** All but the newest. By the user's row, which is locked, no other session begins meanwhile. */
export const endOldSessionsOf = (
  userId: string,
  keep: number,
  atMs: number,
): Sql<{ session_id: string }> => sql`
  update accounts.sessions set ended_at = ${isoInstant(atMs)}, end_reason = 'too_many'
   where ended_at is null and session_id in (
     select session_id from accounts.sessions
      where user_id = ${userId} and ended_at is null and expires_at > ${isoInstant(atMs)}
      order by started_at desc, session_id desc offset ${keep})
  returning session_id`

/** Sessions over since then, with their tokens. */
export const deleteSessions = (beforeMs: number, limit: number): Sql => sql`
  delete from accounts.sessions where session_id in (
    select session_id from accounts.sessions where expires_at < ${isoInstant(beforeMs)} or ended_at < ${isoInstant(beforeMs)}
     limit ${limit})`

/** Spent tokens of sessions that go on. */
export const deleteSpentTokens = (beforeMs: number, limit: number): Sql => sql`
  delete from accounts.refresh_tokens where hash in (
    select hash from accounts.refresh_tokens where spent_at < ${isoInstant(beforeMs)} limit ${limit})`
