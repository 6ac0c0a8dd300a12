-- A member says which topics it reads of each group. Another release of a service may read more or fewer of them, and a group's
-- cursors stay when a topic is no longer read. Whoever claimed partitions of a topic that it does not read kept them from those
-- who do, and stood still; or, where another group of its process read the topic, passed over what the new handler was to hear.
alter table bus.member_groups add column topics smallint[];   -- null: all; said by processes that are older than this column

-- Takes this member's fair share of unowned or orphaned partitions and says what the share is, group by group and together for topics
-- that the same members read. Were topics with different readers shared out as one, somebody could have his share of what all
-- may read, and leave to nobody what only he does.
drop function bus.balance(int);
create function bus.balance(p_member int) returns table (grp text, topic smallint, part smallint, cursor bigint, epoch bigint,
  attempt_to bigint, orphaned boolean, topics smallint[], share int) language plpgsql as $$
declare g text; alive int[]; readers int[]; alike smallint[]; total int; mine int; fair int;
begin
  for g in select mg.grp from bus.member_groups mg where mg.member = p_member loop
    select array_agg(mg.member) into alive from bus.member_groups mg where mg.grp = g and (mg.member = p_member or bus.is_alive(mg.member));
    for readers, alike, total, mine in
      select r.members, array_agg(r.topic), sum(r.parts), sum(r.mine)
        from (select k.topic, k.parts, k.mine, array_agg(mg.member order by mg.member) as members
                from (select c.topic, count(*) as parts, count(*) filter (where c.owner = p_member) as mine
                        from bus.cursors c where c.grp = g group by c.topic) k
                join bus.member_groups mg on mg.grp = g and mg.member = any (alive) and (mg.topics is null or k.topic = any (mg.topics))
               group by k.topic, k.parts, k.mine) r
       where p_member = any (r.members) group by r.members
    loop
      fair := ceil(total::numeric / cardinality(readers));
      return query select g, null::smallint, null::smallint, null::bigint, null::bigint, null::bigint, null::boolean, alike, fair;
      if mine < fair then
        return query
          update bus.cursors c set owner = p_member, epoch = c.epoch + 1
            from (select f.topic, f.part, f.owner is not null as orphaned from bus.cursors f
                   where f.grp = g and f.topic = any (alike) and (f.owner is null or not (f.owner = any (readers)))
                   order by f.topic, f.part limit fair - mine for update skip locked) f
           where c.grp = g and c.topic = f.topic and c.part = f.part
          returning c.grp, c.topic, c.part, c.cursor, c.epoch, c.attempt_to, f.orphaned, alike, fair;
      end if;
    end loop;
  end loop;
end $$;
