// Says what a log did with the events it was given. Asks the database alone: business rows say what was committed and in which
// order of each key, effect rows what readers did with it. Knows nothing of the log that is judged.

import type { Pool } from './design.ts'

/** `n` is drawn under the lock of the key's row, so that it counts the commits of a key. No constraint helps the readers. */
export const PROOF_SCHEMA = `
  create schema proof;
  create table proof.keys (key text primary key, n int not null default 0) with (fillfactor = 50);
  create table proof.touches (at timestamptz not null default clock_timestamp());
  create table proof.rows (
    id     uuid primary key,
    key    text not null,
    n      int not null,
    writer text not null,
    unique (key, n)
  );
  create table proof.effects (
    id       bigint primary key generated always as identity,
    grp      text not null,
    event_id uuid not null,
    key      text not null,
    n        int not null,
    worker   text not null
  );
  create index on proof.effects (grp, event_id);
  create table proof.traps (
    event_id uuid not null,
    grp      text not null,
    worker   text not null,
    primary key (event_id, grp)
  );`

export interface Verdict {
  /** Events whose business row was committed. */
  readonly published: number
  /** Events and groups with an effect. */
  readonly handled: number
  /** Events and groups put aside in sight. */
  readonly aside: number
  /** Committed without effect, or acknowledged and not committed. */
  readonly lost: number
  /** Events that had more than one effect in a group. */
  readonly doubled: number
  /** First effects that came after one of a later event of their key. */
  readonly inverted: number
  /** Effects of what was never committed. */
  readonly phantom: number
}

export interface Question {
  readonly groups: readonly string[]
  readonly asideQuery?: string | undefined
  /** Ids of the events whose writers were told that COMMIT had succeeded. */
  readonly acked: readonly string[]
}

const NOTHING_ASIDE = 'select null::text as grp, null::uuid as event_id where false'

const countSql = (asideQuery: string): string => `
  with aside as materialized (${asideQuery}),
  firsts as materialized (select grp, event_id, key, n, min(id) as id, count(*) as times from proof.effects group by 1, 2, 3, 4),
  owed as (select r.id as event_id, g.grp from proof.rows r cross join unnest($1::text[]) g(grp)),
  ordered as (select n, max(n) over (partition by grp, key order by id rows between unbounded preceding and 1 preceding) as before
                from firsts)
  select (select count(*)::int from proof.rows) as published,
    (select count(*)::int from firsts) as handled,
    (select count(*)::int from aside) as aside,
    (select count(*)::int from owed left join firsts f using (grp, event_id) left join aside a using (grp, event_id)
      where f.id is null and a.grp is null) as unhandled,
    (select count(*)::int from unnest($2::uuid[]) a(id) left join proof.rows r using (id) where r.key is null) as vanished,
    (select count(*)::int from firsts where times > 1) as doubled,
    (select count(*)::int from ordered where before > n) as inverted,
    (select count(*)::int from firsts f left join proof.rows r on r.id = f.event_id where r.id is null) as phantom`

interface Counts extends Omit<Verdict, 'lost'> {
  readonly unhandled: number
  readonly vanished: number
}

export async function judge(pool: Pool, question: Question): Promise<Verdict> {
  const text = countSql(question.asideQuery ?? NOTHING_ASIDE)
  // Without statistics of the fresh tables the joins take minutes at the size of a full round.
  await pool.query('analyze proof.rows, proof.effects')
  const { rows } = await pool.query(text, [question.groups, question.acked])
  const { unhandled, vanished, ...counts } = rows[0] as Counts
  return { ...counts, lost: unhandled + vanished }
}

/** A few cases of each fault, for people. */
export async function explain(pool: Pool, { groups, asideQuery }: Question): Promise<string> {
  const { rows } = await pool.query(
    `with aside as (${asideQuery ?? NOTHING_ASIDE}),
     firsts as (select grp, event_id, key, n, min(id) as id, count(*) as times from proof.effects group by 1, 2, 3, 4),
     ordered as (select *, max(n) over (partition by grp, key order by id rows between unbounded preceding and 1 preceding) as before
                   from firsts),
     cases as (
       select 'lost' as fault, g.grp, r.key, r.n, null::int as before, null::bigint as times
         from proof.rows r cross join unnest($1::text[]) g(grp)
        where not exists (select from firsts f where f.grp = g.grp and f.event_id = r.id)
          and not exists (select from aside a where a.grp = g.grp and a.event_id = r.id)
       union all select 'doubled', grp, key, n, null, times from firsts where times > 1
       union all select 'inverted', grp, key, n, before, null from ordered where before > n)
     select * from (select *, row_number() over (partition by fault, grp order by key, n) as nth,
                           count(*) over (partition by fault, grp) as of from cases) c where nth <= 3`,
    [groups],
  )
  return (rows as Record<string, unknown>[])
    .map((row) =>
      Object.entries(row)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
    )
    .join('\n')
}
