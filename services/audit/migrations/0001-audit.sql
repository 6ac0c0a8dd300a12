-- The audit trail, where no MongoDB keeps it. An event always has the same instant, so its key holds it only once, and one index
-- serves the order of time, paging and repetition. What is looked up rarely is indexed only where it says something: a person
-- who acted, a subject that is neither an order nor a user.

create table audit.entries (
  entry_id    uuid not null,
  at          timestamptz not null,
  type        text not null,
  source      text not null,
  actor_kind  text not null check (actor_kind in ('person', 'service')),
  actor_id    text not null,
  subject     text not null,
  order_id    text,
  user_id     text,
  flow        text,
  correlation text not null,
  cause       text,
  details     jsonb not null,
  primary key (at, entry_id)
);
create index entries_by_order on audit.entries (order_id, at) where order_id is not null;
create index entries_by_user on audit.entries (user_id, at) where user_id is not null;
create index entries_by_person on audit.entries (actor_id, at) where actor_kind = 'person';
create index entries_by_subject on audit.entries (subject, at) where subject !~ '^(ord|usr)_';
