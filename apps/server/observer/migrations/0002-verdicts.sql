-- The verdict over each run, so that runs can be counted and found by it. Judged by a sweep and again whenever something new
-- arrives for a run that was judged: `judged_at` null says that it is to be done.

alter table observer.flows
  add column diagram    text,
  add column verdict    text check (verdict in ('conforms', 'running', 'deviates', 'inconclusive')),
  add column required   int,
  add column seen       int,
  add column deviations jsonb not null default '[]',
  add column judged_at  timestamptz,
  -- When a run that is under way is looked at again: the older it is, the later.
  add column next_at    timestamptz not null default now() + interval '3 s';
create index flows_to_judge on observer.flows (next_at) where judged_at is null;
create index flows_by_verdict on observer.flows (verdict, first_at desc) where verdict <> 'conforms';
