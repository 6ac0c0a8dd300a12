-- Products are few and read often; prices are rows a region, so that "not sold here" is the absence of a row.

create table catalog.products (
  product_id   text primary key check (product_id ~ '^prd_'),
  slug         text not null unique,
  title        text not null,
  description  text not null,
  kind         text not null check (kind in ('game')),
  genre        text not null,
  developer_id text not null,
  age_mark     text not null check (age_mark in ('0+', '6+', '12+', '16+', '18+')),
  tax_code     text not null,
  added_at     timestamptz not null default now(),
  words        tsvector generated always as (to_tsvector('simple', title || ' ' || genre || ' ' || description)) stored
);
create index products_words on catalog.products using gin (words);
create index products_by_title on catalog.products (title, product_id);

create table catalog.prices (
  product_id   text not null references catalog.products,
  region       text not null check (region ~ '^[A-Z]{2}$'),
  currency     text not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  primary key (product_id, region)
);

create table catalog.promotions (
  promotion_id text primary key,
  name         text not null,
  product_id   text references catalog.products,       -- null: every product
  percent_off  int not null check (percent_off between 1 and 99),
  rank         int not null default 100,               -- lower applies first
  starts_at    timestamptz not null,
  ends_at      timestamptz not null check (ends_at > starts_at)
);
create index promotions_by_product on catalog.promotions (product_id, ends_at);
