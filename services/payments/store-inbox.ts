// The SQL of what providers notified and of what a person has to look at, one function a statement. A notification is owed its
// reading while it is `received`; `deliveries` names the copy that a run has read, so that a later one is not taken for read.

import { type Sql, sql } from '@rialto/kernel/db/sql.ts'

export interface InboxRow {
  readonly inbox_id: string
  readonly provider: string
  readonly event: string
  readonly object_id: string
  readonly deliveries: number
  /** Readings that failed. */
  readonly attempts: number
}

/** Who asked for the work, so that it goes on in the same record when somebody else takes it up. */
export interface Brought {
  readonly correlation: string | null
  readonly cause: string | null
  readonly flow: string | null
}

export interface NewNotification extends Omit<Brought, 'correlation'> {
  readonly inboxId: string
  readonly provider: string
  readonly dedupeKey: string
  readonly event: string
  readonly objectId: string
  readonly about: 'payment' | 'refund' | null
  /** What it says, in the provider's word. */
  readonly claimed: string
  readonly body: Uint8Array
  readonly correlation: string
  readonly atMs: number
  readonly claimedUntilMs: number
}

/**
 * Keeps a notification, claimed for a first reading and with the order that it is about, where that is known. One that came before
 * is read again, unless the provider has said meanwhile just what it claims. What is about nothing of ours is only kept.
 */
export const insertNotification = (
  n: NewNotification,
): Sql<InboxRow & { state: string; flow: string | null }> => sql`
  insert into payments.webhook_inbox as i (inbox_id, provider, dedupe_key, event, object_id, body, state, outcome, received_at,
                                           handled_at, next_at, correlation, cause, flow)
  values (${n.inboxId}, ${n.provider}, ${n.dedupeKey}, ${n.event}, ${n.objectId}, ${n.body},
          case when ${n.about}::text is null then 'ignored' else 'received' end,
          case when ${n.about}::text is null then 'not_about_a_payment' end, to_timestamp(${n.atMs}::float8 / 1000),
          case when ${n.about}::text is null then to_timestamp(${n.atMs}::float8 / 1000) end,
          to_timestamp(${n.claimedUntilMs}::float8 / 1000), ${n.correlation}, ${n.cause},
          coalesce(${n.flow}::text, case ${n.about}::text
            when 'payment' then (select p.order_id from payments.payments p
                                  where p.provider = ${n.provider} and p.provider_payment_id = ${n.objectId})
            when 'refund' then (select p.order_id from payments.refunds r join payments.payments p using (payment_id)
                                 where p.provider = ${n.provider} and r.provider_refund_id = ${n.objectId}) end))
  on conflict (provider, dedupe_key) do update
     set deliveries = i.deliveries + 1,
         state = case when i.state = 'done' and i.outcome = ${n.claimed} then i.state else excluded.state end,
         outcome = coalesce(excluded.outcome, i.outcome), attempts = 0, next_at = excluded.next_at,
         correlation = excluded.correlation, cause = excluded.cause, flow = coalesce(excluded.flow, i.flow)
  returning inbox_id, provider, event, object_id, deliveries, attempts, state, flow`

/** Takes notifications that nobody has read so far; not those that this process is at. */
export const claimUnread = (claim: {
  atMs: number
  untilMs: number
  busy: readonly string[]
  limit: number
}): Sql<InboxRow & Brought> => sql`
  update payments.webhook_inbox set next_at = to_timestamp(${claim.untilMs}::float8 / 1000)
   where inbox_id in (
     select inbox_id from payments.webhook_inbox
      where state = 'received' and next_at <= to_timestamp(${claim.atMs}::float8 / 1000)
        and inbox_id <> all(${claim.busy}::text[])
      order by next_at limit ${claim.limit} for update skip locked)
  returning inbox_id, provider, event, object_id, deliveries, attempts, correlation, cause, flow`

type Read = Pick<InboxRow, 'inbox_id' | 'deliveries'>

/** A copy that came while this one was read is still to be read. */
export const closeNotification = (
  read: Read,
  end: { state: 'done' | 'ignored' | 'review'; outcome: string; atMs: number },
): Sql => sql`
  update payments.webhook_inbox set state = ${end.state}, outcome = ${end.outcome},
         handled_at = to_timestamp(${end.atMs}::float8 / 1000)
   where inbox_id = ${read.inbox_id} and deliveries = ${read.deliveries}`

/** What came so long ago is not needed by its words any more; nor by anybody but a person, what was read. */
export const emptyBodies = (beforeMs: number, limit: number): Sql => sql`
  update payments.webhook_inbox set body = ''
   where inbox_id in (
     select inbox_id from payments.webhook_inbox
      where body <> '' and received_at < to_timestamp(${beforeMs}::float8 / 1000) and state <> 'received'
      order by received_at limit ${limit} for update skip locked)`

export const deleteRead = (beforeMs: number, limit: number): Sql => sql`
  delete from payments.webhook_inbox
   where inbox_id in (
     select inbox_id from payments.webhook_inbox
      where body = '' and received_at < to_timestamp(${beforeMs}::float8 / 1000) and state in ('done', 'ignored')
      order by received_at limit ${limit} for update skip locked)`

/** It could not be read now. */
export const postponeNotification = (
  read: Read,
  next: { attempts: number; atMs: number },
): Sql => sql`
  update payments.webhook_inbox set attempts = ${next.attempts}, next_at = to_timestamp(${next.atMs}::float8 / 1000)
   where inbox_id = ${read.inbox_id} and deliveries = ${read.deliveries} and state = 'received'`

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
