-- Days of the inbox come and go without anybody waiting for it. `create table … partition of` locks the whole inbox: behind a dump it
-- waited for seconds at each try, every handler waited behind it, and no process could start.
--
-- A day is made aside and attached, which stops no handler; it only needs the default partition for itself, for the time in which that is looked
-- through. To drop one, PostgreSQL needs the inbox itself. Who holds what is needed is not waited for: the next call, seconds later,
-- tries again, and days are made three ahead. The time-out is for two calls at once, and for a vacuum of what is stored aside.
--
-- Days are UTC's, whatever the server's own zone. A day whose rows are already in the default partition cannot get one of its own
-- any more: it stays there, and does not keep the days after it, or the dropping of old ones, from their turn.
create or replace function bus.ensure_inbox() returns void
language plpgsql security definer set search_path = '' set timezone = 'UTC' set lock_timeout = '1s' as $$
declare d date; day text; old text;
begin
  perform pg_advisory_xact_lock(hashtext('bus.ensure_inbox'));
  for d in select g::date from generate_series(current_date - 1, current_date + 3, interval '1 day') g loop
    day := 'inbox_' || to_char(d, 'YYYYMMDD');
    if to_regclass('bus.' || day) is null then
      begin
        lock table only bus.inbox in share update exclusive mode nowait;
        lock table only bus.inbox_other in access exclusive mode nowait;
        execute format('create table bus.%I (like bus.inbox including defaults, primary key (consumer, event_id))', day);
        execute format('grant select, insert on bus.%I to rialto_services', day);
        execute format('alter table bus.inbox attach partition bus.%I for values from (%L) to (%L)',
          day, bus.uuid_at(d::timestamptz), bus.uuid_at((d + 1)::timestamptz));
      exception
        when lock_not_available then exit;
        when check_violation or invalid_object_definition then
          raise warning 'bus: % stays in the default partition of the inbox: %', d, sqlerrm;
      end;
    end if;
  end loop;
  for old in select c.relname from pg_catalog.pg_class c join pg_catalog.pg_inherits i on i.inhrelid = c.oid
    where i.inhparent = 'bus.inbox'::regclass and c.relname ~ '^inbox_\d{8}$' and right(c.relname, 8) < to_char(current_date - 31, 'YYYYMMDD') loop
    begin
      execute format('lock table only bus.inbox, bus.inbox_other, bus.%I in access exclusive mode nowait', old);
      execute format('drop table bus.%I', old);
    exception when lock_not_available then exit;
    end;
  end loop;
end $$;

-- The default partition has no day on which it is dropped, and all of it is looked through whenever a day is attached. What lies there was
-- older than the days when it was handled, as by a replay, or came while its day was not there. Rows go when they would have gone with
-- their day, but not before a month after they were handled: an event may be sent again for so long. Answers how many.
create function bus.purge_inbox(p_limit int) returns bigint language sql security definer set search_path = '' as $$
  with gone as (
    delete from bus.inbox_other where ctid = any (array(
      select o.ctid from bus.inbox_other o
       where o.handled_at < clock_timestamp() - interval '31 days'
         and o.event_id < bus.uuid_at(clock_timestamp() - interval '31 days')
       limit p_limit))
    returning 1)
  select count(*) from gone
$$;
revoke all on function bus.purge_inbox(int) from public;
