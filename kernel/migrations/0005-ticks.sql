-- Repeating jobs: one row a job, saying which tick was last begun and by whom. Instants are the database's, because the
-- processes that compete for a tick have clocks of their own.
create table kernel.ticks (
  name          text primary key,
  every_seconds int not null check (every_seconds > 0),
  tick_at       timestamptz not null default '-infinity',  -- start of the last tick begun, a multiple of every_seconds
  owner         text,
  lease_until   timestamptz not null default '-infinity'   -- nobody else begins a tick before
) with (fillfactor = 50);
