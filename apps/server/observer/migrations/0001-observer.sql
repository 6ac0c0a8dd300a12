-- What was said in each flow, as recorded. Publishes come from the log, calls and steps from the recorders; who handled an
-- event is read from the inbox when somebody asks, so that a lost record never loses that arrow.

-- One row for what arrived together of one flow: an order has some 90 interactions, and a row each was most of what recording it
-- wrote. Within a row they lie as the recorders told them.
create table observer.records (
  flow         text not null,
  part         text not null,                  -- a digest of the ids in it, so that the same batch may come twice
  interactions jsonb not null,
  primary key (flow, part)
);

-- An interaction a row, for whoever looks by hand. One that came again in another batch stands here twice.
create view observer.interactions as
  select r.flow, i.id, i.parent, i."from" as from_name, i."to" as to_name, i.kind, i.name, i.at as at_ms, i.seq, i.outcome,
         i.attempt, i.payload
    from observer.records r
   cross join lateral jsonb_to_recordset(r.interactions) as i(id text, parent text, "from" text, "to" text, kind text, name text,
         at float8, seq int, outcome text, attempt int, payload jsonb);

create table observer.flows (
  flow       text primary key,
  user_id    text,
  first_at   timestamptz not null default now()
);
create index flows_by_age on observer.flows (first_at desc);
