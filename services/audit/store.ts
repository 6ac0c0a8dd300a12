// All SQL of audit, one function a statement.

import { filteredSql } from '@rialto/kernel/db/filter.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Entry } from './domain/entry.ts'
import { type Question, subjectField } from './trail/trail.ts'

/** All entries of a batch in one statement. */
export const upsertEntries = (all: readonly Entry[]): Sql => sql`
  insert into audit.entries (entry_id, at, type, source, actor_kind, actor_id, subject, order_id, user_id, flow, correlation,
                             cause, details)
  select * from unnest(${all.map((e) => e.entryId)}::uuid[], ${all.map((e) => isoInstant(e.at))}::timestamptz[],
    ${all.map((e) => e.type)}::text[], ${all.map((e) => e.source)}::text[], ${all.map((e) => e.actorKind)}::text[],
    ${all.map((e) => e.actorId)}::text[], ${all.map((e) => e.subject)}::text[], ${all.map((e) => e.orderId)}::text[],
    ${all.map((e) => e.userId)}::text[], ${all.map((e) => e.flow)}::text[], ${all.map((e) => e.correlation)}::text[],
    ${all.map((e) => e.cause)}::text[], ${all.map((e) => JSON.stringify(e.details))}::jsonb[])
  on conflict (at, entry_id) do update
     set type = excluded.type, source = excluded.source, actor_kind = excluded.actor_kind, actor_id = excluded.actor_id,
         subject = excluded.subject, order_id = excluded.order_id, user_id = excluded.user_id, flow = excluded.flow,
         correlation = excluded.correlation, cause = excluded.cause, details = excluded.details`

export interface EntryRow {
  readonly entry_id: string
  readonly at: number
  readonly type: string
  readonly source: string
  readonly actor_kind: Entry['actorKind']
  readonly actor_id: string
  readonly subject: string
  readonly order_id: string | null
  readonly user_id: string | null
  readonly flow: string | null
  readonly correlation: string
  readonly cause: string | null
  readonly details: Entry['details']
}

/** The conditions under which an index holds only what is looked up by it; a question has to repeat them. */
const BY_SUBJECT = {
  orderId: 'order_id = ?',
  userId: 'user_id = ?',
  subject: `subject = ? and subject !~ '^(ord|usr)_'`,
} as const
const BY_ACTOR = {
  person: `actor_id = ? and actor_kind = 'person'`,
  service: `actor_id = ? and actor_kind = 'service'`,
} as const

export function selectEntries(question: Question): Sql<EntryRow> {
  const { actor, subject = '', type, from, to, after } = question
  return filteredSql<EntryRow>({
    select: `select entry_id, at, type, source, actor_kind, actor_id, subject, order_id, user_id, flow, correlation, cause, details
               from audit.entries`,
    conditions: [
      [BY_ACTOR[actor?.startsWith('usr_') === true ? 'person' : 'service'], actor],
      [BY_SUBJECT[subjectField(subject)], question.subject],
      ['type = ?', type],
      ['at >= ?::timestamptz', from],
      ['at < ?::timestamptz', to],
      [
        `(at, entry_id) < (split_part(?, ' ', 1)::timestamptz, split_part(?, ' ', 2)::uuid)`,
        after && `${isoInstant(after.at)} ${after.entryId}`,
      ],
    ],
    order: 'order by at desc, entry_id desc',
    limit: question.limit,
  })
}
