-- What appends says which offsets it drew, in the order of the events. A process that readers share with writers then knows its
-- own events' places without reading them back: 11 of the 52 transactions of a paid order were such reads.

drop function bus.append_one(smallint, smallint, oid, uuid, text, text, smallint, text, timestamptz, jsonb, jsonb);
create function bus.append_one(t smallint, p smallint, q oid, i uuid, k text, y text, v smallint, s text, o timestamptz,
  h jsonb, d jsonb) returns bigint[] language plpgsql as $$
declare drawn bigint;
begin
  perform pg_advisory_xact_lock(1380073472 + t, p);
  drawn := nextval(q::regclass);
  insert into bus.log (topic, part, off, event_id, key, type, version, source, occurred_at, headers, data)
    values (t, p, drawn, i, k, y, v, s, o, h, d);
  return array[drawn];
end $$;

-- Appends events: [{t: topic id, p: partition, i: id, k: key, y: type, v: version, s: source, o: occurred, h: headers, d: data}].
-- Always the last statement before COMMIT. Locks are taken in one order, after all row locks and before none: no cycle.
drop function bus.append(jsonb);
create function bus.append(events jsonb) returns bigint[] language plpgsql as $$
declare lone jsonb; drawn bigint[];
begin
  if jsonb_array_length(events) = 1 then
    lone := events->0;
    return (select bus.append_one((lone->>'t')::smallint, (lone->>'p')::smallint, tp.offsets, (lone->>'i')::uuid, lone->>'k',
        lone->>'y', (lone->>'v')::smallint, lone->>'s', (lone->>'o')::timestamptz, lone->'h', lone->'d')
      from bus.topics tp where tp.id = (lone->>'t')::smallint);
  end if;
  perform pg_advisory_xact_lock(1380073472 + t, p)
    from (select distinct (e->>'t')::int t, (e->>'p')::int p from jsonb_array_elements(events) e order by 1, 2) q;
  drawn := array(select nextval(tp.offsets)
    from jsonb_array_elements(events) with ordinality x(e, o) join bus.topics tp on tp.id = (x.e->>'t')::smallint order by x.o);
  insert into bus.log (topic, part, off, event_id, key, type, version, source, occurred_at, headers, data)
    select (x.e->>'t')::smallint, (x.e->>'p')::smallint, drawn[x.o], (x.e->>'i')::uuid, x.e->>'k', x.e->>'y', (x.e->>'v')::smallint,
           x.e->>'s', (x.e->>'o')::timestamptz, x.e->'h', x.e->'d'
      from jsonb_array_elements(events) with ordinality x(e, o);
  return drawn;
end $$;

drop function bus.finish(text, smallint, smallint, bigint, bigint, bigint, uuid, smallint, jsonb);
create function bus.finish(p_grp text, p_topic smallint, p_part smallint, p_expected bigint, p_next bigint, p_epoch bigint,
  p_event uuid, p_attempt smallint, p_events jsonb) returns bigint[] language plpgsql as $$
begin
  insert into bus.inbox (consumer, event_id, attempt) values (p_grp, p_event, p_attempt);
  update bus.cursors set cursor = p_next, moved_at = clock_timestamp()
   where grp = p_grp and topic = p_topic and part = p_part and epoch = p_epoch and cursor = p_expected;
  if not found then raise exception 'bus: fenced %/%/%', p_grp, p_topic, p_part using errcode = 'RB001'; end if;
  if p_events is null then return null; end if;
  return bus.append(p_events);
end $$;

drop function bus.advance(text, smallint, smallint, bigint, bigint, bigint, jsonb);
create function bus.advance(p_grp text, p_topic smallint, p_part smallint, p_expected bigint, p_next bigint, p_epoch bigint,
  p_events jsonb) returns bigint[] language plpgsql as $$
begin
  update bus.cursors set cursor = p_next, moved_at = clock_timestamp()
   where grp = p_grp and topic = p_topic and part = p_part and epoch = p_epoch and cursor = p_expected;
  if not found then raise exception 'bus: fenced %/%/%', p_grp, p_topic, p_part using errcode = 'RB001'; end if;
  if p_events is null then return null; end if;
  return bus.append(p_events);
end $$;

drop function bus.finish_parked(text, smallint, smallint, bigint, bigint, uuid, smallint, jsonb);
create function bus.finish_parked(p_grp text, p_topic smallint, p_part smallint, p_off bigint, p_epoch bigint, p_event uuid,
  p_attempt smallint, p_events jsonb) returns bigint[] language plpgsql as $$
begin
  insert into bus.inbox (consumer, event_id, attempt) values (p_grp, p_event, p_attempt);
  delete from bus.parked where grp = p_grp and topic = p_topic and part = p_part and off = p_off and dead_at is null;
  if not found then raise exception 'bus: parked event % is gone', p_off using errcode = 'RB002'; end if;
  perform 1 from bus.cursors where grp = p_grp and topic = p_topic and part = p_part and epoch = p_epoch for share;
  if not found then raise exception 'bus: fenced %/%/%', p_grp, p_topic, p_part using errcode = 'RB001'; end if;
  if p_events is null then return null; end if;
  return bus.append(p_events);
end $$;

drop function bus.finish_together(text, smallint[], smallint[], bigint[], bigint[], bigint[], uuid[], jsonb);
create function bus.finish_together(p_grp text, p_topics smallint[], p_parts smallint[], p_expected bigint[], p_next bigint[],
  p_epochs bigint[], p_ids uuid[], p_events jsonb) returns bigint[] language plpgsql as $$
declare moved int;
begin
  insert into bus.inbox (consumer, event_id) select p_grp, unnest(p_ids);
  update bus.cursors c set cursor = x.next, moved_at = clock_timestamp()
    from unnest(p_topics, p_parts, p_expected, p_next, p_epochs) x(topic, part, expected, next, epoch)
   where c.grp = p_grp and c.topic = x.topic and c.part = x.part and c.epoch = x.epoch and c.cursor = x.expected;
  get diagnostics moved = row_count;
  if moved <> cardinality(p_parts) then raise exception 'bus: fenced %', p_grp using errcode = 'RB001'; end if;
  if p_events is null then return null; end if;
  return bus.append(p_events);
end $$;

-- The end of a topic at an instant when nothing is on its way into it: every offset up to here is in the log or never will be.
-- Takes the locks of all partitions, in the order in which appends take them, until the caller's transaction ends.
create function bus.barrier(p_topic smallint) returns bigint language plpgsql as $$
declare reached bigint; begun boolean;
begin
  perform pg_advisory_xact_lock(1380073472 + p_topic, g)
    from bus.topics t, generate_series(0, t.partitions - 1) g where t.id = p_topic;
  execute format('select last_value, is_called from bus.off_%s', p_topic) into reached, begun;
  return case when begun then reached else 0 end;
end $$;
