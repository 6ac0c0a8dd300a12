-- A claim says whether the partition was given back in order or taken from a member that is gone. Only in the second case may an
-- event have killed its reader, so only then does the new one note beforehand what it is about to handle.
drop function bus.balance(int);
create function bus.balance(p_member int) returns table (grp text, topic smallint, part smallint, cursor bigint, epoch bigint,
  attempt_to bigint, orphaned boolean, share int) language plpgsql as $$
declare g text; alive int[]; total int; mine int; fair int;
begin
  for g in select mg.grp from bus.member_groups mg where mg.member = p_member loop
    select array_agg(mg.member) into alive from bus.member_groups mg where mg.grp = g and (mg.member = p_member or bus.is_alive(mg.member));
    select count(*), count(*) filter (where c.owner = p_member) into total, mine from bus.cursors c where c.grp = g;
    fair := ceil(total::numeric / cardinality(alive));
    return query select g, null::smallint, null::smallint, null::bigint, null::bigint, null::bigint, null::boolean, fair;
    if mine < fair then
      return query
        update bus.cursors c set owner = p_member, epoch = c.epoch + 1
          from (select f.topic, f.part, f.owner is not null as orphaned from bus.cursors f
                 where f.grp = g and (f.owner is null or not (f.owner = any (alive)))
                 order by f.topic, f.part limit fair - mine for update skip locked) f
         where c.grp = g and c.topic = f.topic and c.part = f.part
        returning c.grp, c.topic, c.part, c.cursor, c.epoch, c.attempt_to, f.orphaned, fair;
    end if;
  end loop;
end $$;
