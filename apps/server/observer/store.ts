// All SQL of the observer, one function a statement.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import type { HandledRow } from '@rialto/kernel/bus/replay.ts'
import { filteredSql } from '@rialto/kernel/db/filter.ts'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'

/** What arrived together of one flow. */
export interface Part {
  readonly flow: string
  /** The same for the same interactions. */
  readonly part: string
  readonly interactions: readonly Omit<Interaction, 'flow'>[]
}

/** Adds what arrived; what is known already stays as it is, so that a batch may come twice. */
export const insertParts = (parts: readonly Part[]): Sql => sql`
  insert into observer.records (flow, part, interactions, size)
  select * from unnest(${parts.map((p) => p.flow)}::text[], ${parts.map((p) => p.part)}::text[],
    ${parts.map((p) => JSON.stringify(p.interactions))}::json[], ${parts.map((p) => p.interactions.length)}::int[])
  on conflict do nothing`

/**
 * Notes flows, whose they are where an event names one, and that they are due soon because something came. While a run is due soon
 * already nothing changes here, so that recording it stays one insert. It is first judged when a quick one is over and at rest: three
 * seconds after its beginning one in five was still running, and judged twice.
 */
export const upsertFlows = (
  flows: readonly { flow: string; userId: string | null; diagram: string | null }[],
): Sql => sql`
  insert into observer.flows as f (flow, user_id, diagram, next_at)
  select flow, user_id, diagram, case when diagram is not null then now() + interval '5 s' end
    from unnest(${flows.map((f) => f.flow)}::text[], ${flows.map((f) => f.userId)}::text[],
           ${flows.map((f) => f.diagram)}::text[]) x(flow, user_id, diagram)
  on conflict (flow) do update set user_id = coalesce(f.user_id, excluded.user_id),
         next_at = case when f.diagram is null or f.next_at <= now() + interval '5 s' then f.next_at
                        else now() + interval '3 s' end
   where (f.user_id is null and excluded.user_id is not null)
      or (f.diagram is not null and (f.next_at is null or f.next_at > now() + interval '5 s'))`

export const selectParts = (
  flows: readonly string[],
): Sql<Pick<Part, 'flow' | 'interactions'>> => sql`
  select flow, interactions from observer.records where flow = any(${flows})`

/** Those of these flows of which more than so many interactions arrived. */
export const selectLarge = (flows: readonly string[], most: number): Sql<{ flow: string }> => sql`
  select flow from observer.records where flow = any(${flows}) group by flow having sum(size) > ${most}`

/** Who handled events of these flows, as kept with their final verdicts. */
export const selectHandled = (flows: readonly string[]): Sql<{ handled: HandledRow[] }> => sql`
  select handled from observer.flows where flow = any(${flows}) and handled is not null`

export const selectFlow = (flow: string): Sql<{ user_id: string | null }> => sql`
  select user_id from observer.flows where flow = ${flow}`

/** Runs whose turn it is to be judged, locked for whoever judges them: what comes for one meanwhile waits, and has it judged again. */
export const lockDue = (limit: number): Sql<{ flow: string }> => sql`
  select flow from observer.flows where next_at <= now() order by next_at limit ${limit} for update skip locked`

/** Those that wait for it, and for how many seconds the first of them has waited. */
export const countDue = (): Sql<{ runs: number; age: number }> => sql`
  select count(*)::int as runs, coalesce(extract(epoch from now() - min(next_at)), 0)::float8 as age
    from observer.flows where next_at <= now()`

export interface Judged {
  readonly flow: string
  readonly verdict: string
  readonly required: number
  readonly seen: number
  readonly deviations: readonly unknown[]
  /** Null: the verdict stands until something new comes. */
  readonly againSeconds: number | null
  /** Who handled its events, once the verdict is final: the inbox forgets. */
  readonly handled: readonly HandledRow[] | null
}

/** Keeps verdicts, until something new comes or so many seconds have passed. */
export const saveVerdicts = (all: readonly Judged[]): Sql => sql`
  update observer.flows f set verdict = x.verdict, required = x.required, seen = x.seen, deviations = x.deviations,
         judged_at = now(), next_at = now() + make_interval(secs => x.again),
         -- Since when it does so in just this way: what goes wrong besides is news.
         deviates_at = case when x.verdict = 'deviates'
                            then case when f.deviations = x.deviations then coalesce(f.deviates_at, now()) else now() end end,
         handled = coalesce(x.handled, f.handled)
    from unnest(${all.map((v) => v.flow)}::text[], ${all.map((v) => v.verdict)}::text[], ${all.map((v) => v.required)}::int[],
           ${all.map((v) => v.seen)}::int[], ${all.map((v) => JSON.stringify(v.deviations))}::jsonb[],
           ${all.map((v) => v.againSeconds)}::float8[],
           ${all.map((v) => v.handled && JSON.stringify(v.handled))}::jsonb[])
           x(flow, verdict, required, seen, deviations, again, handled)
   where f.flow = x.flow`

/**
 * Forgets the oldest runs, with their record: those judged for good before an instant, those of no diagram begun before it, and any
 * begun before another. By age of the run, which has an index; few have been judged again long after their beginning.
 */
export const deleteRuns = (
  before: { readonly judgedMs: number; readonly anyMs: number },
  limit: number,
): Sql => sql`
  with old as materialized (
    select flow from observer.flows
     where first_at < to_timestamp(${before.judgedMs}::float8 / 1000)
       and (diagram is null or first_at < to_timestamp(${before.anyMs}::float8 / 1000)
            or (verdict <> 'running' and next_at is null and judged_at < to_timestamp(${before.judgedMs}::float8 / 1000)))
     order by first_at limit ${limit} for update skip locked),
  gone as (delete from observer.records r using old where r.flow = old.flow)
  delete from observer.flows f using old where f.flow = old.flow`

/**
 * Runs that were found to deviate within a day, by what differs. By when that was told and not by their beginning: money may go wrong
 * days after it. A day is as long as anybody can be expected to look; counting from the beginning would cost more every day.
 */
export const countDeviating = (): Sql<{ flow: string; kind: string; runs: number }> => sql`
  select f.diagram as flow, d->>'type' as kind, count(distinct f.flow)::int as runs
    from observer.flows f cross join lateral jsonb_array_elements(f.deviations) d
   where f.deviates_at > now() - interval '1 day' group by 1, 2`

export interface FlowRow {
  readonly flow: string
  readonly user_id: string | null
  readonly diagram: string
  readonly verdict: 'conforms' | 'running' | 'deviates' | 'inconclusive' | null
  readonly required: number | null
  readonly seen: number | null
  readonly deviations: readonly {
    readonly type: string
    readonly message?: string
    readonly interaction?: string
    readonly text: string
  }[]
  readonly first_at: number
  readonly judged_at: number | null
}

export const selectFlows = (s: {
  diagram?: string
  verdict?: string
  after?: { firstAtMs: number; flow: string }
  limit: number
}): Sql<FlowRow> =>
  filteredSql<FlowRow>({
    select:
      'select flow, user_id, diagram, verdict, required, seen, deviations, first_at, judged_at from observer.flows',
    conditions: [
      ['diagram is not null and ?', true],
      ['diagram = ?', s.diagram],
      ['verdict = ?', s.verdict],
      // Within one millisecond a page may show a run twice; it never leaves one out.
      [`first_at <= to_timestamp(?::float8 / 1000) + interval '1 ms'`, s.after?.firstAtMs],
      ['flow <> ?', s.after?.flow],
    ],
    order: 'order by first_at desc, flow desc',
    limit: s.limit,
  })

export const countVerdicts = (
  from: string,
  to: string | null,
): Sql<{ diagram: string; verdict: FlowRow['verdict']; runs: number }> => sql`
  select diagram, verdict, count(*)::int as runs from observer.flows
   where diagram is not null and first_at >= ${from}::timestamptz and first_at < coalesce(${to}::timestamptz, 'infinity')
   group by diagram, verdict order by diagram`

/** What differed most often, with the newest run of each. */
export const countDeviations = (
  from: string,
  to: string | null,
): Sql<{
  diagram: string
  type: string
  message: string | null
  runs: number
  flow: string
}> => sql`
  select f.diagram, d->>'type' as type, d->>'message' as message, count(distinct f.flow)::int as runs,
         (array_agg(f.flow order by f.first_at desc))[1] as flow
    from observer.flows f cross join lateral jsonb_array_elements(f.deviations) d
   where f.verdict = 'deviates' and f.first_at >= ${from}::timestamptz
     and f.first_at < coalesce(${to}::timestamptz, 'infinity')
   group by 1, 2, 3 order by runs desc limit 50`
