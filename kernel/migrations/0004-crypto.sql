-- Data keys: one a subject (a user), wrapped by a master key that never comes here. A dump of this database opens no field
-- without the master key, and deleting a subject's row makes every value of it unreadable for ever, backups of other tables
-- included. The row '#index' holds the root of the blind indexes: it is wrapped like the others, so that a new master key
-- rewraps it and no index has to be computed again.

create table kernel.data_keys (
  subject     text primary key,
  -- New after an erasure, and written into every sealed value: a value of the destroyed key reads as erased, not as broken.
  key_id      uuid not null unique,
  wrapped     bytea not null,
  kek_version integer not null check (kek_version > 0),
  created_at  timestamptz not null
);

-- A rotation looks for what an older master key still wraps.
create index data_keys_kek_version on kernel.data_keys (kek_version);

grant select, insert, update, delete on kernel.data_keys to rialto_services;
