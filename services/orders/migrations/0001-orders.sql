-- Orders and their lines. The states are those of contracts/orders/states.ts; a test compares the lists.

create table orders.orders (
  order_id            text primary key check (order_id ~ '^ord_'),
  user_id             text not null,
  order_type          text not null check (order_type in ('purchase')),
  channel             text not null check (channel in ('online', 'pos')),
  status              text not null constraint orders_status_check check (status in
                        ('pending_payment', 'completed', 'fulfilled', 'partially_refunded', 'refunded', 'canceled', 'expired')),
  total_minor         bigint not null check (total_minor >= 0),
  currency            text not null check (currency ~ '^[A-Z]{3}$'),
  version             int not null default 1,
  payment_id          text,                 -- the current attempt, or the one that paid
  last_payment_status text,                 -- of the current attempt; an order does not end while it is processing
  ended_reason        text,
  created_at          timestamptz not null,
  expires_at          timestamptz not null,
  completed_at        timestamptz,
  fulfilled_at        timestamptz
);
create index orders_by_user on orders.orders (user_id, created_at desc, order_id desc);
-- Only open orders can expire, and they are few among all.
create index orders_to_expire on orders.orders (expires_at) where status = 'pending_payment';

create table orders.order_lines (
  line_id            text primary key check (line_id ~ '^lin_'),
  order_id           text not null references orders.orders,
  position           int not null,
  user_id            text not null,
  product_id         text not null,
  title              text not null,
  quantity           int not null check (quantity > 0),
  list_minor         bigint not null check (list_minor >= 0),
  amount_minor       bigint not null check (amount_minor >= 0),
  tax_code           text not null,
  developer_id       text not null,
  promotions_applied jsonb not null,        -- as the catalog told them; later changes of a promotion do not reach a placed order
  holds              boolean not null default true,
  delivered_at       timestamptz,
  unique (order_id, position)
);
-- A game is bought once: a line holds its product from placing until its order ends without it. Two tabs that order the same
-- game meet here, and nowhere else.
create unique index order_lines_bought_once on orders.order_lines (user_id, product_id) where holds;

-- Attempts to pay, as payments tells of them.
create table orders.payment_attempts (
  payment_id text primary key,
  order_id   text not null references orders.orders,
  status     text not null,
  error      text,
  updated_at timestamptz not null
);
create index payment_attempts_by_order on orders.payment_attempts (order_id);

-- Messages that came too late, twice or with the wrong amount: they changed nothing, and this is why.
create table orders.absorbed_messages (
  event_id    text primary key,
  order_id    text not null,
  payment_id  text not null,
  event_type  text not null,
  reason      text not null,
  absorbed_at timestamptz not null
);
create index absorbed_messages_by_order on orders.absorbed_messages (order_id);
