-- Old answers are found by the time they came. Each purge read the whole table: an index tells nothing of `clock_timestamp()`, which may be
-- another instant for each row; nor would one of block ranges where the space of forgotten rows was used again, and rows of now lie
-- in every range. An entry at the right end of a tree costs an answer next to nothing.
drop index kernel.idempotency_created_at;
create index idempotency_created_at on kernel.idempotency (created_at);

-- Forgets answers older than that, the oldest first, at most so many at a time; answers the number forgotten.
create or replace function kernel.idem_purge(p_older_than interval, p_limit int default 10000) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with gone as (
    delete from kernel.idempotency where ctid = any (array(
      select ctid from kernel.idempotency
      where created_at < now() - p_older_than
        and (locked_until is null or locked_until < clock_timestamp())
      order by created_at
      limit p_limit
    ))
    returning 1
  )
  select count(*) from gone
$$;
