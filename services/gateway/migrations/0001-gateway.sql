-- What people are pushed: no personal data, ids and states only, kept for a day. A user's numbers have no gap, and a number that
-- can be read has all lower ones before it: the counter's row is locked from its update to COMMIT, so numbers become visible in
-- their order.

create table gateway.feeds (
  user_id text primary key,
  seq     bigint not null check (seq > 0)
) with (fillfactor = 60);

create table gateway.pushes (
  user_id text not null,
  seq     bigint not null,
  event   text not null,
  data    json not null,
  at      timestamptz not null,
  primary key (user_id, seq)
);
-- Rows lie in the order of their time, so a few pages of index find those to sweep; a B-tree would cost every insert.
create index pushes_by_time on gateway.pushes using brin (at) with (pages_per_range = 32, autosummarize = on);
