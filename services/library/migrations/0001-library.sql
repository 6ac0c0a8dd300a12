-- What users own. `line_id` ties an item to the one order line that paid for it.

create table library.items (
  item_id          text primary key check (item_id ~ '^lib_'),
  user_id          text not null,
  product_id       text not null,
  title            text not null,
  state            text not null check (state in ('owned', 'revoked')),
  acquisition_type text not null check (acquisition_type in ('purchase', 'gift')),
  order_id         text not null,
  line_id          text not null unique,
  purchased_at     timestamptz not null
);
create unique index items_owned_once on library.items (user_id, product_id) where state = 'owned';
create index items_by_user on library.items (user_id, purchased_at desc, item_id desc) where state = 'owned';
