// All SQL of the gateway, one function a statement.

import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Push } from './push/told.ts'

/** How many of these are each user's, and how many of a user's come after each. */
function counted(pushes: readonly Push[]): { counts: Map<string, number>; after: number[] } {
  const counts = new Map<string, number>()
  const places = pushes.map(({ userId }) => {
    const place = (counts.get(userId) ?? 0) + 1
    counts.set(userId, place)
    return place
  })
  const after = pushes.map(({ userId }, i) => (counts.get(userId) ?? 0) - (places[i] ?? 0))
  return { counts, after }
}

/** Gives each its user's next number. Users are locked in their order, so that two such statements cannot block each other. */
export function insertPushes(pushes: readonly Push[]): Sql {
  const { counts, after } = counted(pushes)
  const users = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  return sql`
    with ends as (
      insert into gateway.feeds (user_id, seq)
      select u.user_id, u.more from unnest(${users.map(([user]) => user)}::text[], ${users.map(([, n]) => n)}::bigint[])
        u(user_id, more)
      on conflict (user_id) do update set seq = feeds.seq + excluded.seq
      returning user_id, seq)
    insert into gateway.pushes (user_id, seq, event, data, at)
    select p.user_id, ends.seq - p.after, p.event, p.data::json, p.at
      from unnest(${pushes.map((p) => p.userId)}::text[], ${after}::bigint[], ${pushes.map((p) => p.event)}::text[],
             ${pushes.map((p) => p.data)}::text[], ${pushes.map((p) => p.at)}::timestamptz[]) p(user_id, after, event, data, at)
      join ends using (user_id)`
}

/** Where a user's feed ends, and whether what comes after `since` is kept. */
export const selectStand = (
  userId: string,
  since: number,
): Sql<{ seq: number; kept: boolean }> => sql`
  select coalesce((select seq from gateway.feeds where user_id = ${userId}), 0)::float8 as seq,
         exists (select from gateway.pushes where user_id = ${userId} and seq = ${since}::bigint + 1) as kept`

/** Those of these feeds that go on after where they were read to. */
export const selectLonger = (
  feeds: readonly { readonly userId: string; readonly seq: number }[],
): Sql<{ user_id: string }> => sql`
  select f.user_id from unnest(${feeds.map((f) => f.userId)}::text[], ${feeds.map((f) => f.seq)}::bigint[]) r(user_id, seq)
    join gateway.feeds f on f.user_id = r.user_id and f.seq > r.seq`

export interface PushRow {
  readonly user_id: string
  readonly seq: number
  readonly event: string
  /** JSON text. */
  readonly data: string
  readonly at: number
}

/** What comes next in each of these feeds, a page of each. */
export const selectPushes = (
  feeds: readonly { readonly userId: string; readonly seq: number }[],
  limit: number,
): Sql<PushRow> => sql`
  select p.* from unnest(${feeds.map((f) => f.userId)}::text[], ${feeds.map((f) => f.seq)}::bigint[]) r(user_id, seq)
   cross join lateral (
     select user_id, seq::float8 as seq, event, data::text as data, at from gateway.pushes
      where user_id = r.user_id and seq > r.seq order by seq limit ${limit}) p
   order by p.user_id, p.seq`

/** Up to so many of the oldest. */
export const deletePushes = (beforeMs: number, limit: number): Sql => sql`
  delete from gateway.pushes where ctid = any (array(
    select ctid from gateway.pushes where at < ${isoInstant(beforeMs)} limit ${limit}))`

export const insertEndedSessions = (
  userId: string,
  sessionIds: readonly string[],
  endedAtMs: number,
): Sql => sql`
  insert into gateway.ended_sessions (session_id, user_id, ended_at)
  select id, ${userId}, ${isoInstant(endedAtMs)} from unnest(${sessionIds}::text[]) id
  on conflict (session_id) do nothing`

export interface EndedSession {
  readonly session_id: string
  readonly user_id: string
  readonly ended_at: number
}

export const selectEndedSessions = (sinceMs: number): Sql<EndedSession> => sql`
  select session_id, user_id, ended_at from gateway.ended_sessions where ended_at >= ${isoInstant(sinceMs)}`

export const deleteEndedSessions = (beforeMs: number): Sql => sql`
  delete from gateway.ended_sessions where ended_at < ${isoInstant(beforeMs)}`
