// Leases without a fence: the cursor moves without a look at epoch or old value. A reader that was frozen for longer than its
// lease goes on where it stood, beside its successor. The inbox would hide the doubled effects, so it is away too: this is the
// log that trusts its leases.

import { plantedLog } from './log.ts'

export const fenceDropped = plantedLog(
  'fence-dropped',
  `create or replace function bus.finish(p_grp text, p_topic smallint, p_part smallint, p_expected bigint, p_next bigint,
     p_epoch bigint, p_event uuid, p_attempt smallint, p_events jsonb) returns bigint[] language plpgsql as $$
   begin
     update bus.cursors set cursor = greatest(cursor, p_next) where grp = p_grp and topic = p_topic and part = p_part;
     return case when p_events is not null then bus.append(p_events) end;
   end $$;
   create or replace function bus.finish_together(p_grp text, p_topics smallint[], p_parts smallint[], p_expected bigint[],
     p_next bigint[], p_epochs bigint[], p_ids uuid[], p_events jsonb) returns bigint[] language plpgsql as $$
   begin
     update bus.cursors c set cursor = greatest(cursor, x.next)
       from unnest(p_topics, p_parts, p_next) x(topic, part, next)
      where c.grp = p_grp and c.topic = x.topic and c.part = x.part;
     return case when p_events is not null then bus.append(p_events) end;
   end $$`,
)
