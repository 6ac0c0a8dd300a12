-- Segments are dropped. What is not there any more is noted at the topic, so that a replay can say from when on it reads.
alter table bus.topics add column dropped_to timestamptz;   -- when the newest dropped event was appended; null: none was

-- Drops the topic's oldest segment when nobody needs it: every group and relay has handled what lies in it, it is older than the
-- topic's retention, and events behind it are there (readers begin at the newest one). Answers its name; null: it stays.
-- What is parked has its event in its own row and needs no segment. A cursor that counts in another database's log tells nothing
-- of this one, so nothing is dropped before it counts in ours.
--
-- The topic is locked for the milliseconds of the dropping, and only what was still true behind that lock counts: an append may
-- have drawn an offset of this segment and be about to commit. Whoever holds the topic or the segment, such as a dump, is not
-- waited for, because appends would wait behind us: the next call, seconds later, tries again. The timeout is for what the dropping
-- itself may meet, a vacuum of what was stored aside.
create function bus.drop_segment(p_topic smallint) returns text
language plpgsql security definer set search_path = '' set lock_timeout = '100ms' as $$
declare seg text; number bigint; head bigint; own uuid; newest timestamptz; needed boolean; size constant bigint := 2000000;
begin
  if not pg_try_advisory_xact_lock(hashtext('bus.drop_segment'), p_topic) then return null; end if;
  select c.relname, substring(c.relname from '\d+$')::bigint into seg, number
    from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
   where i.inhparent = to_regclass(format('bus.log_%s', p_topic)) order by 2 limit 1;
  execute format('select last_value from bus.off_%s', p_topic) into head;
  if seg is null or number >= head / size then return null; end if;
  select log into own from bus.identity;
  for look in 1 .. 2 loop
    if look = 2 then
      execute format('lock table only bus.log_%s, bus.%I in access exclusive mode nowait', p_topic, seg);
    end if;
    execute format('select max(l.appended_at) from bus.topics t cross join generate_series(0, t.partitions - 1) p
        cross join lateral (select r.appended_at from bus.%I r where r.part = p order by r.off desc limit 1) l where t.id = %s',
      seg, p_topic) into newest;
    execute format('select coalesce($1 > clock_timestamp() - t.retention, false)
        or not exists (select from bus.log_%2$s l where l.off >= %3$s)
        or exists (select from bus.cursors c where c.topic = t.id
             and (c.log <> $2 or exists (select from bus.%1$I l where l.part = c.part and l.off > c.cursor)))
        from bus.topics t where t.id = %2$s', seg, p_topic, (number + 1) * size) using newest, own into needed;
    if needed then return null; end if;
  end loop;
  execute format('drop table bus.%I', seg);
  update bus.topics set dropped_to = greatest(dropped_to, newest) where id = p_topic;
  return seg;
exception when lock_not_available then
  return null;
end $$;
revoke all on function bus.drop_segment(smallint) from public;
