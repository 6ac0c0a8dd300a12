-- Money that goes back, ways to pay that a person has saved, and attempts that another attempt has replaced.

alter table payments.payments
  -- Another attempt took its place. Its state goes on; if it still completes, its money is late.
  add column superseded_at     timestamptz,
  add column confirmation      text check (confirmation in ('redirect', 'qr', 'none')),
  add column qr_data           text,
  add column payment_method_id text,
  add column save_method       boolean not null default false,
  add column captured_minor    bigint not null default 0,
  -- In refunds that are under way, and in those that succeeded. Both change only under the lock of this row.
  add column reserved_minor    bigint not null default 0 check (reserved_minor >= 0),
  add column refunded_minor    bigint not null default 0 check (refunded_minor >= 0);
update payments.payments set captured_minor = amount_minor where status = 'completed';
alter table payments.payments
  add constraint payments_refund_cap check (reserved_minor + refunded_minor <= captured_minor);

-- Orders that wait for no money any more, also those whose end was told before they had a payment.
create table payments.ended_orders (
  order_id text primary key,
  ended_at timestamptz not null
);
insert into payments.ended_orders (order_id, ended_at)
  select order_id, min(order_ended_at) from payments.payments where order_ended_at is not null group by order_id;

-- Money on its way back to where it came from. The refund's id is also the key under which the provider is asked.
create table payments.refunds (
  refund_id          text primary key check (refund_id ~ '^rfd_'),
  payment_id         text not null references payments.payments,
  state              text not null constraint refunds_state_check check (state in
                       ('requested', 'submitted', 'succeeded', 'failed', 'unknown', 'reversed')),
  cause              text not null check (cause in ('late', 'requested')),
  reason             text not null,
  amount_minor       bigint not null check (amount_minor > 0),
  currency           text not null check (currency ~ '^[A-Z]{3}$'),
  provider_refund_id text,
  error              text,
  requested_at       timestamptz not null,
  submitted_at       timestamptz,
  settled_at         timestamptz,
  checks             int not null default 0,
  next_check_at      timestamptz
);
-- Late money goes back once, whoever finds it and however often.
create unique index refunds_late_once on payments.refunds (payment_id) where cause = 'late';
create unique index refunds_at_provider on payments.refunds (provider_refund_id) where provider_refund_id is not null;
create index refunds_by_payment on payments.refunds (payment_id);
create index refunds_to_check on payments.refunds (next_check_at) where next_check_at is not null;

-- Ways to pay without the provider's page. The token is all that is needed to charge, so it is sealed by its owner's key and
-- erased as soon as the way is given up. The title shows at most four digits.
create table payments.methods (
  method_id      text primary key check (method_id ~ '^pmt_'),
  user_id        text not null,
  provider       text not null,
  type           text not null,
  title          text not null,
  token          text,
  payment_id     text not null unique references payments.payments,  -- the one that saved it
  created_at     timestamptz not null,
  removed_at     timestamptz,
  removed_reason text check (removed_reason in ('removed', 'revoked')),
  check ((token is null) = (removed_at is not null))
);
create index methods_by_user on payments.methods (user_id, created_at desc) where removed_at is null;
create index payments_by_method on payments.payments (payment_method_id) where payment_method_id is not null;
