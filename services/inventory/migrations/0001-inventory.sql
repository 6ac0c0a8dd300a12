-- Stock of limited editions. The CHECK is the second guard; the first is the conditional update that takes a copy.

create table inventory.stock (
  product_id text primary key,
  total      int not null check (total >= 0),
  held       int not null default 0 check (held >= 0),
  sold       int not null default 0 check (sold >= 0),
  check (held + sold <= total)
) with (fillfactor = 50);

create table inventory.reservations (
  order_id    text not null,
  product_id  text not null references inventory.stock,
  quantity    int not null check (quantity > 0),
  state       text not null check (state in ('held', 'committed', 'released')),
  confirmed   boolean not null default false,   -- its order exists
  created_at  timestamptz not null,
  primary key (order_id, product_id)
);
create index reservations_orphans on inventory.reservations (created_at) where state = 'held' and not confirmed;
