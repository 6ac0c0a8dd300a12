// The lock is taken, but after the offset was drawn: whoever waited for the lock commits a lower offset than was read already.

import { plantedLog } from './log.ts'

export const offsetBeforeLock = plantedLog(
  'offset-before-lock',
  `create or replace function bus.append(events jsonb) returns void language plpgsql as $$
   declare drawn bigint[];
   begin
     select array_agg(nextval(tp.offsets) order by o) into drawn
       from jsonb_array_elements(events) with ordinality x(e, o) join bus.topics tp on tp.id = (e->>'t')::smallint;
     -- A process that is descheduled between the two statements, made frequent.
     perform pg_sleep(random() * 0.05);
     perform pg_advisory_xact_lock(1380073472 + t, p)
       from (select distinct (e->>'t')::int t, (e->>'p')::int p from jsonb_array_elements(events) e order by 1, 2) q;
     insert into bus.log (topic, part, off, event_id, key, type, version, source, occurred_at, headers, data)
       select (e->>'t')::smallint, (e->>'p')::smallint, drawn[o], (e->>'i')::uuid, e->>'k', e->>'y', (e->>'v')::smallint,
              e->>'s', (e->>'o')::timestamptz, e->'h', e->'d'
         from jsonb_array_elements(events) with ordinality x(e, o) order by o;
   end $$`,
)
