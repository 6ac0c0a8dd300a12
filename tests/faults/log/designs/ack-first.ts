// The cursor moves when an event is begun, in a commit before that of the effects: a reader that is killed between the two takes
// the event with it.

import { plantedLog } from './log.ts'

export const ackFirst = plantedLog(
  'ack-first',
  `create or replace function bus.finish(p_grp text, p_topic smallint, p_part smallint, p_expected bigint, p_next bigint,
     p_epoch bigint, p_event uuid, p_attempt smallint, p_events jsonb) returns bigint[] language plpgsql as $$
   begin
     insert into bus.inbox (consumer, event_id, attempt) values (p_grp, p_event, p_attempt);
     perform 1 from bus.cursors where grp = p_grp and topic = p_topic and part = p_part and epoch = p_epoch for share;
     if not found then raise exception 'bus: fenced %/%/%', p_grp, p_topic, p_part using errcode = 'RB001'; end if;
     return case when p_events is not null then bus.append(p_events) end;
   end $$;
   create or replace function bus.finish_together(p_grp text, p_topics smallint[], p_parts smallint[], p_expected bigint[],
     p_next bigint[], p_epochs bigint[], p_ids uuid[], p_events jsonb) returns bigint[] language plpgsql as $$
   begin
     insert into bus.inbox (consumer, event_id) select p_grp, unnest(p_ids);
     if (select count(*) from bus.cursors c join unnest(p_topics, p_parts, p_epochs) x(topic, part, epoch) using (topic, part, epoch)
          where c.grp = p_grp) < cardinality(p_parts) then
       raise exception 'bus: fenced %', p_grp using errcode = 'RB001';
     end if;
     return case when p_events is not null then bus.append(p_events) end;
   end $$`,
  (pool, event) =>
    pool.query(
      `update bus.cursors c set cursor = greatest(c.cursor, l.off) from bus.log l
        where l.event_id = $1 and c.grp = 'records' and c.topic = l.topic and c.part = l.part`,
      [event.id],
    ),
)
