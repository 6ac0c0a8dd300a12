// All SQL of the observer, one function a statement.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'

/** Adds interactions; those known already stay as they are, so that a batch may come twice. */
export const insertInteractions = (all: readonly Interaction[]): Sql => sql`
  insert into observer.interactions (flow, id, parent, from_name, to_name, kind, name, at_ms, seq, outcome, attempt, payload)
  select * from unnest(${all.map((i) => i.flow)}::text[], ${all.map((i) => i.id)}::text[],
    ${all.map((i) => i.parent ?? null)}::text[], ${all.map((i) => i.from)}::text[], ${all.map((i) => i.to)}::text[],
    ${all.map((i) => i.kind)}::text[], ${all.map((i) => i.name)}::text[], ${all.map((i) => i.at)}::float8[],
    ${all.map((i) => i.seq)}::int[], ${all.map((i) => i.outcome)}::text[], ${all.map((i) => i.attempt)}::int[],
    ${all.map((i) => (i.payload === undefined ? null : JSON.stringify(i.payload)))}::jsonb[])
  on conflict do nothing`

/** Notes flows and, where an event names one, whose they are. */
export const upsertFlows = (flows: readonly { flow: string; userId: string | null }[]): Sql => sql`
  insert into observer.flows as f (flow, user_id)
  select * from unnest(${flows.map((f) => f.flow)}::text[], ${flows.map((f) => f.userId)}::text[])
  on conflict (flow) do update set user_id = excluded.user_id where f.user_id is null and excluded.user_id is not null`

export interface InteractionRow {
  readonly flow: string
  readonly id: string
  readonly parent: string | null
  readonly from_name: string
  readonly to_name: string
  readonly kind: Interaction['kind']
  readonly name: string
  readonly at_ms: number
  readonly seq: number
  readonly outcome: string
  readonly attempt: number
  readonly payload: Record<string, unknown> | null
}

export const selectInteractions = (flow: string): Sql<InteractionRow> => sql`
  select flow, id, parent, from_name, to_name, kind, name, at_ms, seq, outcome, attempt, payload
    from observer.interactions where flow = ${flow} order by at_ms, seq`

export const selectFlow = (flow: string): Sql<{ user_id: string | null }> => sql`
  select user_id from observer.flows where flow = ${flow}`
