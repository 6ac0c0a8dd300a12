-- Payments, the calls to providers behind them, and what providers said unasked. The states are those of
-- contracts/payments/states.ts; a test compares the lists.
-- Whoever changes an operation locks its payment first, so that answer, webhook, poll and operator queue up in one place.

create table payments.payments (
  payment_id          text primary key check (payment_id ~ '^pay_'),
  order_id            text not null,
  user_id             text not null,
  channel             text not null check (channel in ('online')),
  kind                text not null check (kind in ('purchase')),
  status              text not null constraint payments_status_check check (status in
                        ('created', 'pending_psp_redirect', 'processing', 'authorized', 'completed', 'failed', 'canceled')),
  amount_minor        bigint not null check (amount_minor >= 0),
  currency            text not null check (currency ~ '^[A-Z]{3}$'),
  -- The attempt that counts for its order. One that failed is history, and stays so even when its money arrives late.
  is_current          boolean not null default true,
  provider            text,
  provider_payment_id text,
  method              text,
  preferred_method    text,
  redirect_url        text,
  success_url         text,
  fail_url            text,
  receipt_items       jsonb,
  failure_reason      text,
  late                boolean not null default false,
  order_ended_at      timestamptz,
  version             int not null default 1,
  created_at          timestamptz not null,
  completed_at        timestamptz,
  unique (provider, provider_payment_id)
);
create unique index payments_one_current on payments.payments (order_id) where is_current;
create index payments_by_order on payments.payments (order_id, created_at desc);

-- One call that moves money at a provider. `sent` is committed before the call: found without a result, it is never simply
-- sent again.
create table payments.operations (
  operation_id    text primary key check (operation_id ~ '^opn_'),
  payment_id      text not null references payments.payments,
  kind            text not null check (kind in ('purchase')),
  state           text not null constraint operations_state_check check (state in
                    ('init', 'sent', 'pending', 'unknown', 'succeeded', 'declined')),
  provider        text not null,
  idempotency_key text not null unique,
  amount_minor    bigint not null check (amount_minor > 0),
  currency        text not null,
  request         jsonb not null,             -- exactly what was asked, so that a repeat is the same request
  error           text,
  created_at      timestamptz not null,
  sent_at         timestamptz,
  settled_at      timestamptz,
  checks          int not null default 0,
  next_check_at   timestamptz
);
create index operations_by_payment on payments.operations (payment_id);
create index operations_to_check on payments.operations (next_check_at) where next_check_at is not null;

-- Every notification as it arrived. It is a hint: what counts is what the provider answers when asked.
create table payments.webhook_inbox (
  inbox_id    text primary key check (inbox_id ~ '^whk_'),
  provider    text not null,
  dedupe_key  text not null,                  -- event and object; YooKassa's body has no id of its own
  event       text not null,
  object_id   text not null,
  body        bytea not null,
  state       text not null check (state in ('received', 'done', 'ignored', 'review')),
  outcome     text,
  deliveries  int not null default 1,
  received_at timestamptz not null,
  handled_at  timestamptz,
  unique (provider, dedupe_key)
);

-- What a person has to look at. Nothing moves money from here by itself.
create table payments.reviews (
  review_id   text primary key check (review_id ~ '^rev_'),
  payment_id  text,
  subject     text not null,                  -- payment, or inbox row when no payment is known
  reason      text not null,
  details     jsonb not null,
  opened_at   timestamptz not null,
  resolved_at timestamptz
);
create unique index reviews_open_once on payments.reviews (subject, reason) where resolved_at is null;
