// Once-only by the cursor alone: an event that is published again, as a relay does that died before noting its success, comes
// with a new offset and is handled again.

import { plantedLog } from './log.ts'

export const inboxDropped = plantedLog(
  'inbox-dropped',
  `create or replace function bus.finish(p_grp text, p_topic smallint, p_part smallint, p_expected bigint, p_next bigint,
     p_epoch bigint, p_event uuid, p_attempt smallint, p_events jsonb) returns bigint[] language plpgsql as $$
   begin
     return bus.advance(p_grp, p_topic, p_part, p_expected, p_next, p_epoch, p_events);
   end $$;
   create or replace function bus.finish_together(p_grp text, p_topics smallint[], p_parts smallint[], p_expected bigint[],
     p_next bigint[], p_epochs bigint[], p_ids uuid[], p_events jsonb) returns bigint[] language plpgsql as $$
   begin
     perform bus.advance(p_grp, x.topic, x.part, x.expected, x.next, x.epoch, null)
       from unnest(p_topics, p_parts, p_expected, p_next, p_epochs) x(topic, part, expected, next, epoch);
     return case when p_events is not null then bus.append(p_events) end;
   end $$`,
)
