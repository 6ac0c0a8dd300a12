-- The only book of money: accounts, postings, entries. A posting moves money between accounts in one step; its entries sum to
-- zero in each currency. What an account holds for somebody (a wallet, a developer's share, tax) is positive; what is owed to us
-- (a provider's clearing account) is therefore negative, and everything together is zero at every instant.

create table wallets.accounts (
  -- Internal, small and ordered: it is the order in which accounts are locked.
  id                bigint generated always as identity primary key,
  account_id        text not null unique check (account_id ~ '^acc_'),
  kind              text not null check (kind in ('wallet', 'transit', 'clearing', 'revenue', 'developer_payable',
                                                  'certificate_liability', 'tax', 'unapplied')),
  -- Whose it is within its kind: a user, a provider, a developer, the platform.
  owner             text not null check (owner ~ '^[A-Za-z0-9_.-]{1,64}$'),
  currency          text not null check (currency ~ '^[A-Z]{3}$'),
  balance_minor     bigint not null default 0,
  -- Null: unbounded.
  min_balance_minor bigint,
  -- Entries so far; the last one bears this number.
  version           bigint not null default 0,
  state             text not null default 'active' check (state in ('active', 'inactive', 'closed')),
  opened_at         timestamptz not null,
  unique (kind, owner, currency),
  -- The second guard behind wallets.post. Null passes.
  constraint balance_within_minimum check (balance_minor >= min_balance_minor),
  -- A wallet, a transit or a liability below zero would be money that nobody has.
  constraint minimum_by_kind check (
    kind in ('clearing', 'revenue', 'tax', 'developer_payable') or (min_balance_minor is not null and min_balance_minor >= 0))
)
-- Balances change in place (HOT): no index names them, and half of every page is left for the new row versions.
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

create table wallets.postings (
  posting_id      uuid primary key,
  -- Same key, same answer. A refusal is kept as well, or a retry might change its answer.
  idempotency_key text not null unique,
  request_hash    text not null,
  kind            text not null,
  -- What it is about, such as an order's id.
  reference       text not null,
  outcome         text not null check (outcome in ('ok', 'insufficient_funds', 'inactive', 'unknown_account', 'currency_mismatch')),
  -- The leg that was refused, from 1.
  refused_leg     smallint check ((outcome = 'ok') = (refused_leg is null)),
  posted_at       timestamptz not null
);
create index postings_by_reference on wallets.postings (reference);

-- `account_id` here is accounts.id. No foreign keys: wallets.post writes both sides in one statement, a check of each row would
-- be a third of its cost, and `ledger verify` looks for strays.
create table wallets.entries (
  account             bigint not null,
  version             bigint not null,
  posting_id          uuid not null,
  leg                 smallint not null,
  amount_minor        bigint not null check (amount_minor <> 0),
  balance_after_minor bigint not null,
  -- The chain: a balance that was read twice and written twice would need the same version twice.
  primary key (account, version)
);
create index entries_by_posting on wallets.entries (posting_id);

-- What is written stays. A correction is another posting. Triggers bind the owner of the tables and superusers too, which
-- grants would not; a statement trigger costs inserts nothing.
create function wallets.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'wallets.% is append-only: a correction is another posting', tg_table_name using errcode = 'RW002';
end $$;
create trigger append_only before update or delete or truncate on wallets.postings
  for each statement execute function wallets.refuse_change();
create trigger append_only before update or delete or truncate on wallets.entries
  for each statement execute function wallets.refuse_change();
create trigger never_removed before delete or truncate on wallets.accounts
  for each statement execute function wallets.refuse_change();
create trigger identity_fixed before update of id, account_id, kind, owner, currency on wallets.accounts
  for each statement execute function wallets.refuse_change();
