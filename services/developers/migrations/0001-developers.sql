-- What each developer has earned: one entry for every line sold or refunded, and their sums. The entries are the truth; the
-- balance is kept beside them so that an event can say what it became.

-- Which company a login belongs to.
create table developers.members (
  user_id      text primary key check (user_id ~ '^usr_'),
  developer_id text not null
);

-- One row takes every sale of a developer. Batches move it once for many lines, so that its lock is not held once a sale.
create table developers.balances (
  developer_id  text not null,
  currency      text not null check (currency ~ '^[A-Z]{3}$'),
  balance_minor bigint not null,
  updated_at    timestamptz not null,
  primary key (developer_id, currency)
) with (fillfactor = 50);

-- `cause` is 'sale', or the refund's id: a line is sold once, whatever is delivered how often, and a refund takes from it once.
create table developers.entries (
  order_id     text not null,
  line_id      text not null check (line_id ~ '^lin_'),
  cause        text not null check (cause = 'sale' or cause ~ '^rfd_'),
  payment_id   text not null,
  developer_id text not null,
  product_id   text not null,
  title        text not null,
  price_minor  bigint not null,
  tax_minor    bigint not null,
  amount_minor bigint not null,
  currency     text not null check (currency ~ '^[A-Z]{3}$'),
  sold_at      timestamptz not null,
  booked_at    timestamptz not null,
  primary key (order_id, line_id, cause),
  check (case when cause = 'sale' then amount_minor >= 0 and tax_minor >= 0 and price_minor >= amount_minor + tax_minor
              else amount_minor <= 0 and tax_minor <= 0 and price_minor < 0 end)
);
create index entries_by_developer on developers.entries (developer_id, booked_at, line_id, cause);
