-- What the Kafka transport keeps beside the log's tables. A group's cursor counts in offsets of the publisher's log on both
-- transports, so a platform can change from one to the other and back.

-- Which log this database is. Records say where they come from by it: offsets of two logs must not be compared.
create table bus.identity (
  one boolean primary key default true check (one),
  log uuid not null default gen_random_uuid()
);
insert into bus.identity default values;

alter table bus.cursors
  add column log       uuid,             -- the log that `cursor` counts in; null: this database's own
  add column kafka_off bigint;           -- all before it in Kafka's partition is done; where a new owner begins to read

-- The dead letter's copy on the topic for them, by the time of death: one that was sent again and died anew is copied anew.
alter table bus.parked add column mirrored_at timestamptz;
create index parked_unmirrored on bus.parked (grp) where dead_at is not null and mirrored_at is distinct from dead_at;
