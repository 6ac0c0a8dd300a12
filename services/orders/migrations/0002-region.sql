-- Where the buyer bought, for reports: the account's region may change later.

alter table orders.orders add column region text not null default 'RU' check (region ~ '^[A-Z]{2}$');
-- A line taken out of a cart stays on record, without a place in the order.
alter table orders.order_lines add column removed_at timestamptz;
