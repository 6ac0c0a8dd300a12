// No lock: an offset is drawn from the sequence and becomes visible at COMMIT, so a reader that has seen a higher one passes
// over those still in flight. Everything else is the product's.

import { plantedLog } from './log.ts'

export const plainSequence = plantedLog(
  'plain-sequence',
  `create or replace function bus.append_one(t smallint, p smallint, q oid, i uuid, k text, y text, v smallint, s text,
     o timestamptz, h jsonb, d jsonb) returns bigint[] language plpgsql as $$
   begin
     insert into bus.log (topic, part, off, event_id, key, type, version, source, occurred_at, headers, data)
       values (t, p, nextval(q::regclass), i, k, y, v, s, o, h, d);
     return null;
   end $$`,
)
