// All SQL of notifications, one function a statement. Instants are passed in: schedules run on the injected clock.

import type { NotificationState } from '@rialto/contracts/notifications/states.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import type { FailureReason } from './channels/outcome.ts'
import type { Facts } from './templates/letter.ts'

export type Channel = 'email' | 'push'

/** Where the sealed values lie. */
export const PUSH_KEY_FIELD = {
  subject: '#notifications',
  column: 'notifications.push_keys.private_key',
  row: 'single',
}
export const SUBSCRIPTION_COLUMN = 'notifications.push_subscriptions.sealed'
export const ENDPOINT_INDEX = 'notifications.push_subscriptions.endpoint'

export interface NewNotice {
  readonly noticeId: string
  readonly userId: string
  readonly kind: string
  readonly factId: string
  readonly facts: Facts
  readonly orderId: string | null
  readonly quiet: boolean
}

/** What was noted before is left as it is. */
export const insertNotices = (rows: readonly NewNotice[], atMs: number): Sql => sql`
  insert into notifications.notices (notice_id, user_id, kind, fact_id, facts, order_id, quiet, created_at)
  select *, to_timestamp(${atMs}::float8 / 1000)
    from unnest(${rows.map((r) => r.noticeId)}::text[], ${rows.map((r) => r.userId)}::text[], ${rows.map((r) => r.kind)}::text[],
                ${rows.map((r) => r.factId)}::text[], ${rows.map((r) => JSON.stringify(r.facts))}::jsonb[],
                ${rows.map((r) => r.orderId)}::text[], ${rows.map((r) => r.quiet)}::boolean[])
  on conflict on constraint notices_fact_once do nothing`

export interface NewMessage {
  readonly mailId: string
  readonly pushId: string
  readonly userId: string
  readonly template: string
  readonly factId: string
  readonly facts: Facts
  readonly orderId: string | null
  readonly cause: string
  readonly flow: string | null
  readonly correlation: string
}

/** Ids and sealed addresses of a user's browsers. */
export type SealedBrowsers = readonly (readonly [subscriptionId: string, sealed: string])[]

export interface QueuedRow {
  readonly message_id: string
  readonly channel: Channel
  readonly claimed: boolean
  readonly browsers: SealedBrowsers | null
}

/**
 * A mail each, and a push message where the user has a browser to push to. Those of the first `claimed` rows are claimed at once.
 * Answers the messages that were not there yet.
 */
export const insertMessages = (
  rows: readonly NewMessage[],
  at: { readonly nowMs: number; readonly untilMs: number; readonly claimed: number },
): Sql<QueuedRow> => sql`
  with told as (
    select * from unnest(${rows.map((r) => r.mailId)}::text[], ${rows.map((r) => r.pushId)}::text[],
      ${rows.map((r) => r.userId)}::text[], ${rows.map((r) => r.template)}::text[], ${rows.map((r) => r.factId)}::text[],
      ${rows.map((r) => JSON.stringify(r.facts))}::jsonb[], ${rows.map((r) => r.orderId)}::text[],
      ${rows.map((r) => r.cause)}::text[], ${rows.map((r) => r.flow)}::text[], ${rows.map((r) => r.correlation)}::text[])
      with ordinality as t(mail_id, push_id, user_id, template, fact_id, facts, order_id, cause, flow, correlation, place)),
  ways as (
    select mail_id as message_id, 'email' as channel, told.* from told
    union all
    select push_id, 'push', told.* from told
     where exists (select from notifications.push_subscriptions s where s.user_id = told.user_id))
  insert into notifications.messages as m (message_id, user_id, template, channel, fact_id, facts, order_id, state, attempts,
                                           next_attempt_at, cause, flow, correlation, created_at)
  select message_id, user_id, template, channel, fact_id, facts, order_id, 'queued', (place <= ${at.claimed}::int)::int,
         to_timestamp(case when place <= ${at.claimed}::int then ${at.untilMs}::float8 else ${at.nowMs}::float8 end / 1000),
         cause, flow, correlation, to_timestamp(${at.nowMs}::float8 / 1000)
    from ways
  on conflict on constraint messages_fact_once do nothing
  returning m.message_id, m.channel, m.attempts > 0 as claimed,
    case when m.channel = 'push' then (
      select jsonb_agg(jsonb_build_array(s.subscription_id, s.sealed) order by s.created_at, s.subscription_id)
        from notifications.push_subscriptions s where s.user_id = m.user_id) end as browsers`

export interface MessageRow {
  readonly message_id: string
  readonly user_id: string
  readonly template: string
  readonly channel: Channel
  readonly facts: Facts
  readonly order_id: string | null
  readonly attempts: number
  readonly cause: string
  readonly flow: string | null
  readonly correlation: string
  readonly created_at: number
  /** Of a push message: where it goes, as it was when the message was claimed. */
  readonly browsers: SealedBrowsers | null
}

/** Takes messages that are due, counting the try: whoever dies in it has made it. */
export const claimDue = (claim: {
  nowMs: number
  untilMs: number
  limit: number
}): Sql<MessageRow> => sql`
  update notifications.messages m set attempts = attempts + 1, next_attempt_at = to_timestamp(${claim.untilMs}::float8 / 1000)
   where message_id in (
     select message_id from notifications.messages
      where state = 'queued' and next_attempt_at <= to_timestamp(${claim.nowMs}::float8 / 1000)
      order by next_attempt_at limit ${claim.limit} for update skip locked)
  returning message_id, user_id, template, channel, facts, order_id, attempts, cause, flow, correlation, created_at,
    case when channel = 'push' then (
      select jsonb_agg(jsonb_build_array(s.subscription_id, s.sealed) order by s.created_at, s.subscription_id)
        from notifications.push_subscriptions s where s.user_id = m.user_id) end as browsers`

export interface Settled {
  readonly messageId: string
  /** `queued`: is tried again. */
  readonly state: NotificationState
  readonly reason: FailureReason | null
  readonly answer: string
  readonly attempts: number
  readonly nextAtMs: number | null
}

/** Writes what became of messages that are still queued; answers which those were. */
export const settleMessages = (
  rows: readonly Settled[],
  atMs: number,
): Sql<{ message_id: string }> => sql`
  update notifications.messages m
     set state = x.state, reason = x.reason, answer = x.answer, attempts = x.attempts,
         next_attempt_at = to_timestamp(x.next_at / 1000),
         settled_at = case when x.state <> 'queued' then to_timestamp(${atMs}::float8 / 1000) end
    from unnest(${rows.map((r) => r.messageId)}::text[], ${rows.map((r) => r.state)}::text[], ${rows.map((r) => r.reason)}::text[],
                ${rows.map((r) => r.answer)}::text[], ${rows.map((r) => r.attempts)}::int[],
                ${rows.map((r) => r.nextAtMs)}::float8[]) as x(message_id, state, reason, answer, attempts, next_at)
   where m.message_id = x.message_id and m.state = 'queued'
  returning m.message_id`

export interface NoticeRow {
  readonly notice_id: string
  readonly kind: string
  readonly facts: Facts
  readonly order_id: string | null
  readonly created_at: number
  readonly read_at: number | null
}

/** A notice with its mail, if there is one. */
export interface OrderNoticeRow extends NoticeRow {
  readonly mail: NotificationState | null
  readonly mail_settled_at: number | null
}

type After = readonly [atMs: number, noticeId: string] | null

/** A page of what a user was told, newest first. */
export const selectNotices = (userId: string, after: After, limit: number): Sql<NoticeRow> => sql`
  select notice_id, kind, facts, order_id, created_at, read_at from notifications.notices
   where user_id = ${userId} and not quiet
     and (${after?.[1] ?? null}::text is null
          or (created_at, notice_id) < (to_timestamp(${after?.[0] ?? null}::float8 / 1000), ${after?.[1] ?? null}::text))
   order by created_at desc, notice_id desc limit ${limit}`

/** All that happened to one of the user's orders, newest first. */
export const selectNoticesOfOrder = (
  of: { userId: string; orderId: string },
  after: After,
  limit: number,
): Sql<OrderNoticeRow> => sql`
  select n.notice_id, n.kind, n.facts, n.order_id, n.created_at, n.read_at, m.state as mail, m.settled_at as mail_settled_at
    from notifications.notices n
    left join notifications.messages m on m.fact_id = n.fact_id and m.template = n.kind and m.channel = 'email'
   where n.order_id = ${of.orderId} and n.user_id = ${of.userId}
     and (${after?.[1] ?? null}::text is null
          or (n.created_at, n.notice_id) < (to_timestamp(${after?.[0] ?? null}::float8 / 1000), ${after?.[1] ?? null}::text))
   order by n.created_at desc, n.notice_id desc limit ${limit}`

export const UNREAD_MAX = 100

/** Counted up to a limit: nobody reads a longer number. */
export const countUnread = (userId: string): Sql<{ unread: number }> => sql`
  select count(*)::int as unread from (
    select from notifications.notices where user_id = ${userId} and read_at is null and not quiet limit ${UNREAD_MAX}) n`

/** The first reading counts. No row: it is not this user's, or there is none. */
export const markRead = (
  noticeId: string,
  userId: string,
  atMs: number,
): Sql<{ read_at: number }> => sql`
  update notifications.notices set read_at = coalesce(read_at, to_timestamp(${atMs}::float8 / 1000))
   where notice_id = ${noticeId} and user_id = ${userId}
  returning read_at`

/** A browser that is known stays one row, and belongs to who subscribed last. */
export const upsertSubscription = (s: {
  subscriptionId: string
  userId: string
  endpointIndex: Buffer
  sealed: string
  atMs: number
}): Sql => sql`
  insert into notifications.push_subscriptions (subscription_id, user_id, endpoint_index, sealed, created_at)
  values (${s.subscriptionId}, ${s.userId}, ${s.endpointIndex}, ${s.sealed}, to_timestamp(${s.atMs}::float8 / 1000))
  on conflict on constraint push_subscriptions_endpoint_once
  do update set subscription_id = excluded.subscription_id, user_id = excluded.user_id, sealed = excluded.sealed,
                created_at = excluded.created_at`

/** Keeps a user's newest browsers only. */
export const trimSubscriptions = (userId: string, keep: number): Sql => sql`
  delete from notifications.push_subscriptions
   where subscription_id in (select subscription_id from notifications.push_subscriptions where user_id = ${userId}
                              order by created_at desc, subscription_id desc offset ${keep})`

export const deleteSubscription = (subscriptionId: string, userId: string): Sql => sql`
  delete from notifications.push_subscriptions where subscription_id = ${subscriptionId} and user_id = ${userId}`

export const selectPushKeys = (): Sql<{ public_key: string; private_key: string }> => sql`
  select public_key, private_key from notifications.push_keys`

export const insertPushKeys = (k: { publicKey: string; sealed: string; atMs: number }): Sql => sql`
  insert into notifications.push_keys (public_key, private_key, created_at)
  values (${k.publicKey}, ${k.sealed}, to_timestamp(${k.atMs}::float8 / 1000))
  on conflict (single) do nothing`
