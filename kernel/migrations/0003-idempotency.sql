-- Answers kept by Idempotency-Key. The answer is written in the commit that made it true, so a plain feature pays one insert
-- and no commit of its own. Who works on a key is told by an advisory transaction lock: a killed process leaves no lock
-- behind, where a reserved row would have to wait for its time-out. Only a saga, which goes on after its commit, leaves a row
-- `running` with a deadline, by this server's clock: two processes' clocks differ, and two runs at once are the worse mistake.

create table kernel.idempotency (
  -- Who asked: keys of different callers never meet.
  scope        text     collate "C" not null,
  key          text     collate "C" not null,
  route        text     not null,
  -- SHA-256 of method, path, query and body.
  request_hash bytea    not null,
  state        text     not null check (state in ('running', 'done')),
  status       smallint,
  body         text,
  -- The run that may give a `running` row up; a run that was overtaken may not.
  owner        text,
  locked_until timestamptz,
  created_at   timestamptz not null default clock_timestamp(),
  primary key (scope, key),
  check ((state = 'done') = (status is not null)),
  check ((state = 'running') = (locked_until is not null))
);
-- Rows arrive in order of time and are purged in that order; a block range index costs an insert next to nothing.
create index idempotency_created_at on kernel.idempotency using brin (created_at);

-- One-argument advisory locks; the log's locks have two arguments and live in another space.
create function kernel.idem_lock_id(p_scope text, p_key text) returns bigint
language sql immutable strict parallel safe
return pg_catalog.hashtextextended(p_scope || E'\x1f' || p_key, 3003);

-- First statement of a keyed transaction. fresh: go on, the key is ours until this transaction ends. replay: the answer is
-- here. conflict: the key belongs to another request. running: someone is at it, ask again after so many seconds.
-- The row is read before the lock, so that replays never wait for each other, and again under it, because its writer may
-- have committed in between.
create function kernel.idem_begin(
  p_scope text, p_key text, p_route text, p_hash bytea,
  out outcome text, out status smallint, out body text, out retry_after_s int
)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r      kernel.idempotency;
  seen   boolean;
  locked boolean := false;
begin
  loop
    select i.* into r from kernel.idempotency i where i.scope = p_scope and i.key = p_key;
    seen := found;
    if seen and (r.route <> p_route or r.request_hash <> p_hash) then
      outcome := 'conflict';
      return;
    end if;
    if seen and r.state = 'done' then
      outcome := 'replay';
      status := r.status;
      body := r.body;
      return;
    end if;
    if seen and r.locked_until > clock_timestamp() then
      outcome := 'running';
      -- A saga at work ends in a second or two; only a dead one needs the whole wait, and will be asked again.
      retry_after_s := least(5, ceil(extract(epoch from r.locked_until - clock_timestamp())));
      return;
    end if;
    if locked then
      outcome := 'fresh';
      return;
    end if;
    locked := pg_try_advisory_xact_lock(kernel.idem_lock_id(p_scope, p_key));
    if not locked then
      outcome := 'running';
      retry_after_s := 1;
      return;
    end if;
  end loop;
end $$;

-- With the commit of a plain feature. The caller holds the key since idem_begin, so an answer that is already there is a
-- mistake of ours and must not let a second effect commit.
create function kernel.idem_store(
  p_scope text, p_key text, p_route text, p_hash bytea, p_status int, p_body text
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into kernel.idempotency as i (scope, key, route, request_hash, state, status, body)
  values (p_scope, p_key, p_route, p_hash, 'done', p_status, p_body)
  on conflict (scope, key) do update
    set state = 'done', status = excluded.status, body = excluded.body, owner = null, locked_until = null
    where i.state = 'running';
  if not found then
    raise exception 'idempotency key % of % was already answered', p_key, p_scope;
  end if;
end $$;

-- With the first commit of a saga: taken for as long as its calls to the outside may last.
create function kernel.idem_running(
  p_scope text, p_key text, p_route text, p_hash bytea, p_owner text, p_lease_ms int
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  until timestamptz := clock_timestamp() + p_lease_ms * interval '1 millisecond';
begin
  insert into kernel.idempotency as i (scope, key, route, request_hash, state, owner, locked_until)
  values (p_scope, p_key, p_route, p_hash, 'running', p_owner, until)
  on conflict (scope, key) do update set owner = p_owner, locked_until = until
    where i.state = 'running';
  if not found then
    raise exception 'idempotency key % of % was already answered', p_key, p_scope;
  end if;
end $$;

-- The end of a saga, and every refusal: keeps this answer unless there is one, and says which answer holds. Waits for whoever
-- is at the key. A run whose time had passed and that another has taken over learns that the key is at work again: its answer
-- must not differ from the one that will be kept.
create function kernel.idem_settle(
  p_scope text, p_key text, p_route text, p_hash bytea, p_owner text, p_status int, p_body text,
  out outcome text, out status smallint, out body text
)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r kernel.idempotency;
begin
  perform pg_advisory_xact_lock(kernel.idem_lock_id(p_scope, p_key));
  insert into kernel.idempotency as i (scope, key, route, request_hash, state, status, body)
  values (p_scope, p_key, p_route, p_hash, 'done', p_status, p_body)
  on conflict (scope, key) do update
    set state = 'done', status = excluded.status, body = excluded.body, owner = null, locked_until = null
    where i.state = 'running' and i.route = p_route and i.request_hash = p_hash
      and (i.owner = p_owner or i.locked_until <= clock_timestamp());
  if found then
    outcome := 'stored';
    return;
  end if;
  select i.* into strict r from kernel.idempotency i where i.scope = p_scope and i.key = p_key;
  if r.route <> p_route or r.request_hash <> p_hash then
    outcome := 'conflict';
  elsif r.state = 'running' then
    outcome := 'running';
  else
    outcome := 'replay';
    status := r.status;
    body := r.body;
  end if;
end $$;

-- A saga that could not find its answer (something is down) gives the key back, so that the next try need not wait.
create function kernel.idem_release(p_scope text, p_key text, p_owner text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update kernel.idempotency set locked_until = clock_timestamp()
  where scope = p_scope and key = p_key and state = 'running' and owner = p_owner
$$;

-- Forgets answers older than that, at most so many at a time; answers the number forgotten.
create function kernel.idem_purge(p_older_than interval, p_limit int default 10000) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with gone as (
    delete from kernel.idempotency where ctid = any (array(
      select ctid from kernel.idempotency
      where created_at < clock_timestamp() - p_older_than
        and (locked_until is null or locked_until < clock_timestamp())
      limit p_limit
    ))
    returning 1
  )
  select count(*) from gone
$$;

-- Services use the functions only: no statement of theirs reads another caller's answers.
revoke all on function kernel.idem_lock_id(text, text) from public;
revoke all on function kernel.idem_begin(text, text, text, bytea) from public;
revoke all on function kernel.idem_store(text, text, text, bytea, int, text) from public;
revoke all on function kernel.idem_running(text, text, text, bytea, text, int) from public;
revoke all on function kernel.idem_settle(text, text, text, bytea, text, int, text) from public;
revoke all on function kernel.idem_release(text, text, text) from public;
revoke all on function kernel.idem_purge(interval, int) from public;
grant execute on function kernel.idem_begin(text, text, text, bytea) to rialto_services;
grant execute on function kernel.idem_store(text, text, text, bytea, int, text) to rialto_services;
grant execute on function kernel.idem_running(text, text, text, bytea, text, int) to rialto_services;
grant execute on function kernel.idem_settle(text, text, text, bytea, text, int, text) to rialto_services;
grant execute on function kernel.idem_release(text, text, text) to rialto_services;
grant execute on function kernel.idem_purge(interval, int) to rialto_services;
