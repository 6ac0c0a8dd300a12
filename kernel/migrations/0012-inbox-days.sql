-- Days are UTC's, whatever the server's own zone. A day whose rows are already in the default partition cannot get one of its own
-- any more: it stays there, and does not keep the days after it, or the dropping of old ones, from their turn.
create or replace function bus.ensure_inbox() returns void language plpgsql security definer set search_path = '' set timezone = 'UTC' as $$
declare d date; old text;
begin
  perform pg_advisory_xact_lock(hashtext('bus.ensure_inbox'));
  for d in select g::date from generate_series(current_date - 1, current_date + 3, interval '1 day') g loop
    if to_regclass('bus.inbox_' || to_char(d, 'YYYYMMDD')) is null then
      begin
        execute format('create table bus.inbox_%s partition of bus.inbox for values from (%L) to (%L)',
          to_char(d, 'YYYYMMDD'), bus.uuid_at(d::timestamptz), bus.uuid_at((d + 1)::timestamptz));
        execute format('grant select, insert on bus.inbox_%s to rialto_services', to_char(d, 'YYYYMMDD'));
      exception when check_violation or invalid_object_definition then
        raise warning 'bus: % stays in the default partition of the inbox: %', d, sqlerrm;
      end;
    end if;
  end loop;
  for old in select c.relname from pg_catalog.pg_class c join pg_catalog.pg_inherits i on i.inhrelid = c.oid
    where i.inhparent = 'bus.inbox'::regclass and c.relname ~ '^inbox_\d{8}$' and right(c.relname, 8) < to_char(current_date - 31, 'YYYYMMDD') loop
    execute format('drop table bus.%I', old);
  end loop;
end $$;
select bus.ensure_inbox();
