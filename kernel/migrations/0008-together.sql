-- End of one transaction that handled records of several partitions: their inbox rows, all cursors fenced, append. Fewer moved
-- cursors than given means that one partition has another owner: nothing of the transaction may stay. An event that the inbox
-- has already raises 23505. In both cases the caller goes on partition by partition.
create function bus.finish_together(p_grp text, p_topics smallint[], p_parts smallint[], p_expected bigint[], p_next bigint[],
  p_epochs bigint[], p_ids uuid[], p_events jsonb) returns void language plpgsql as $$
declare moved int;
begin
  insert into bus.inbox (consumer, event_id) select p_grp, unnest(p_ids);
  update bus.cursors c set cursor = x.next, moved_at = clock_timestamp()
    from unnest(p_topics, p_parts, p_expected, p_next, p_epochs) x(topic, part, expected, next, epoch)
   where c.grp = p_grp and c.topic = x.topic and c.part = x.part and c.epoch = x.epoch and c.cursor = x.expected;
  get diagnostics moved = row_count;
  if moved <> cardinality(p_parts) then raise exception 'bus: fenced %', p_grp using errcode = 'RB001'; end if;
  if p_events is not null then perform bus.append(p_events); end if;
end $$;
