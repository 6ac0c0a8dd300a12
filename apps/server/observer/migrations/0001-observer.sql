-- What was said in each flow, as recorded. Publishes come from the log, calls and steps from the recorders; who handled an
-- event is read from the inbox when somebody asks, so that a lost record never loses that arrow.

create table observer.interactions (
  flow        text not null,
  id          text not null,
  parent      text,
  from_name   text not null,
  to_name     text not null,
  kind        text not null check (kind in ('call', 'reply', 'publish', 'step')),
  name        text not null,
  at_ms       float8 not null,
  seq         int not null,
  outcome     text not null,
  attempt     int not null,
  payload     jsonb,
  primary key (flow, id)
);

create table observer.flows (
  flow       text primary key,
  user_id    text,
  first_at   timestamptz not null default now()
);
create index flows_by_age on observer.flows (first_at desc);
