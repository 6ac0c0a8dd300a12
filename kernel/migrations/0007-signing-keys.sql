-- The keys that sign tokens, one row a key, each sealed by the master key: every process of the platform signs and verifies with
-- the same ones, wherever it runs. Services get at them only through the kernel, so nothing is granted to their roles.

create table kernel.signing_keys (
  kid         text primary key,
  created_at  bigint not null,  -- milliseconds since the epoch, exact: part of what the seal is bound to
  kek_version int not null check (kek_version > 0),
  sealed      bytea not null,
  is_first    boolean not null default false
);

-- Of processes that start at the same moment on an empty database one makes the first key.
create unique index signing_keys_first on kernel.signing_keys (is_first) where is_first;
