-- Purchase facts and counts. Every row has the key of the thing it tells of, and is written from one event alone, so that the
-- order of events, their repetition and a replay of the whole log leave the same rows. A fact is a sold line: the payment tells
-- when, by whom and how it was paid, the order what was bought where, and neither waits for the other.

create table analytics.purchases (
  payment_id   text primary key,
  order_id     text not null,
  provider     text,
  method       text,
  amount_minor bigint not null check (amount_minor >= 0),
  currency     text not null check (currency ~ '^[A-Z]{3}$'),
  paid_at      timestamptz not null,
  day          date not null
);
-- All that a question about a range of days reads of a payment.
create index purchases_by_day on analytics.purchases (day) include (order_id, payment_id, provider, method);

create table analytics.purchase_lines (
  order_id     text not null,
  line_id      text not null,
  payment_id   text not null,
  product_id   text not null,
  title        text not null,
  developer_id text not null,
  amount_minor bigint not null check (amount_minor >= 0),
  currency     text not null check (currency ~ '^[A-Z]{3}$'),
  region       text,
  primary key (order_id, line_id)
);

-- Revenue is what both halves agree on: a payment that its order did not take goes back to the buyer and has no lines.
create view analytics.purchase_facts as
  select l.line_id, l.order_id, p.payment_id, l.product_id, l.title, l.developer_id, l.amount_minor, l.currency,
         coalesce(l.region, 'unknown') as region, coalesce(p.provider, 'unknown') as provider,
         coalesce(p.method, 'unknown') as method, p.paid_at, p.day
    from analytics.purchases p join analytics.purchase_lines l using (order_id, payment_id);

-- One row for each thing that reached a point: counting rows can be repeated, adding to a counter cannot.
create table analytics.marks (
  name    text not null,
  subject text not null,
  day     date not null,
  primary key (name, subject)
);
create index marks_by_day on analytics.marks (day, name);
