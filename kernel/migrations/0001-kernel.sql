-- What the kernel itself keeps in every database. Services come in through the group role rialto_services, which the migrator
-- has made before this file runs; where the server does not allow roles, the migrator reads that name as current_user.

create schema kernel;

-- One row a migration file that was applied, written in the transaction that applied it. A file's checksum never changes:
-- databases that ran the old text would silently differ from those that ran the new one.
create table kernel.migrations (
  service    text        not null,
  name       text        not null,
  checksum   text        not null,
  applied_at timestamptz not null default clock_timestamp(),
  primary key (service, name)
);

-- Services see what the kernel shows them and nobody else sees anything. Tables grant nothing to PUBLIC by themselves; the
-- schema is the door.
revoke all on schema public from public;
grant usage on schema kernel to rialto_services;
