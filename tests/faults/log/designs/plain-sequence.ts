// No lock: an offset is drawn from the sequence and becomes visible at COMMIT, so a reader that has seen a higher one passes
// over those still in flight. Everything else is the product's.

import { plantedLog } from './log.ts'

export const plainSequence = plantedLog(
  'plain-sequence',
  `create or replace function bus.append(events jsonb) returns void language plpgsql as $$
   begin
     insert into bus.log (topic, part, off, event_id, key, type, version, source, occurred_at, headers, data)
       select tp.id, (e->>'p')::smallint, nextval(tp.offsets), (e->>'i')::uuid, e->>'k', e->>'y', (e->>'v')::smallint, e->>'s',
              (e->>'o')::timestamptz, e->'h', e->'d'
         from jsonb_array_elements(events) with ordinality x(e, o) join bus.topics tp on tp.id = (e->>'t')::smallint
        order by o;
   end $$`,
)
