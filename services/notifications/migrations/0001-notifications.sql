-- What people are told. No address and no name lies here: a message names its user, and who that is gets asked when it is sent.
-- Facts are ids, titles, sums and instants out of events. The states are those of contracts/notifications/states.ts.

-- The log of deliveries, and the queue: what is queued and due is sent.
create table notifications.messages (
  message_id      text primary key check (message_id ~ '^msg_'),
  user_id         text not null,
  template        text not null,
  channel         text not null check (channel in ('email', 'push')),
  -- What the message tells of. Redelivered, replayed or raced, a fact is told once.
  fact_id         text not null,
  facts           jsonb not null,
  order_id        text,
  state           text not null constraint messages_state_check check (state in ('queued', 'sent', 'failed')),
  attempts        int not null default 0,
  next_attempt_at timestamptz,
  reason          text check (reason in ('recipient_gone', 'rejected', 'undeliverable')),
  -- The last answer of the server, without addresses.
  answer          text,
  -- The event that caused it, for the living diagram.
  cause           text not null,
  flow            text,
  correlation     text not null,
  created_at      timestamptz not null,
  settled_at      timestamptz,
  constraint messages_fact_once unique (fact_id, template, channel),
  check ((state = 'queued') = (next_attempt_at is not null)),
  check ((state = 'failed') = (reason is not null))
);
create index messages_due on notifications.messages (next_attempt_at) where state = 'queued';

-- What its owner sees in the pages. Quiet ones are steps of an order: its history shows them, the bell does not.
create table notifications.notices (
  notice_id  text primary key check (notice_id ~ '^ntf_'),
  user_id    text not null,
  kind       text not null,
  fact_id    text not null,
  facts      jsonb not null,
  order_id   text,
  quiet      boolean not null,
  created_at timestamptz not null,
  read_at    timestamptz,
  constraint notices_fact_once unique (fact_id, kind)
);
create index notices_by_user on notifications.notices (user_id, created_at desc, notice_id desc) where not quiet;
create index notices_unread on notifications.notices (user_id) where read_at is null and not quiet;
create index notices_by_order on notifications.notices (order_id, created_at desc, notice_id desc) where order_id is not null;

-- Browsers. Whoever knows an endpoint and its keys can send to it, so both lie here sealed under their owner's key.
create table notifications.push_subscriptions (
  subscription_id text primary key check (subscription_id ~ '^psh_'),
  user_id         text not null,
  -- The same browser again, also for another user of it: keyed hash of the endpoint.
  endpoint_index  bytea not null constraint push_subscriptions_endpoint_once unique,
  sealed          text not null check (sealed ~ '^f\d+\.'),
  created_at      timestamptz not null
);
create index push_subscriptions_by_user on notifications.push_subscriptions (user_id, created_at);

create table notifications.push_keys (
  single      boolean primary key default true check (single),
  public_key  text not null,
  private_key text not null check (private_key ~ '^f\d+\.'),
  created_at  timestamptz not null
);
